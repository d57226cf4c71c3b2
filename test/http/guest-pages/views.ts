import type { PublicView, Receipt } from "#domain/board/public-view";
import { ALL_LANGUAGES } from "#domain/languages";
import { cents } from "#domain/money";
import type { PageSite } from "../../../src/http/guest-pages/site.ts";
import { AFRIKAANS } from "../../../src/http/guest-pages/words/af/words.ts";
import { ENGLISH } from "../../../src/http/guest-pages/words/en/words.ts";
import { ISIZULU } from "../../../src/http/guest-pages/words/zu/words.ts";

export const ORIGIN = "https://chipin.test";
export const SITE: PageSite = { origin: ORIGIN, words: ENGLISH, languages: ["en"] };
/** A site that offers every language, in each of them. */
export const SITES: readonly PageSite[] = [ENGLISH, AFRIKAANS, ISIZULU].map((words) => ({
  origin: ORIGIN,
  words,
  languages: ALL_LANGUAGES,
}));
export const GIFT_NAME = "Scarlet bicycle";
export const GIFT_IMAGE = "/images/demo/bicycle.webp";

/** The public view of an open board at 64% of its gift. */
export const GIFT_VIEW: PublicView = {
  slug: "maya-birthday-8k3m9q2rtw",
  childName: "Maya",
  photoUrl: "/images/demo/maya.webp",
  hostMessage: "Thank you, everyone!",
  phase: "open",
  mode: "gift",
  gift: { kind: "product", name: GIFT_NAME, image: GIFT_IMAGE },
  charity: null,
  payoutMethod: "takealot_gift_card",
  percent: 64,
  fullyFunded: false,
  nearGoal: false,
  acceptsContributions: true,
  deadline: "2026-12-13T21:59:59.000Z",
  daysLeft: 6,
  contributors: ["Gogo", "Thandi", null],
  contributionCount: 5,
};

export const CHARITY_VIEW: PublicView = {
  ...GIFT_VIEW,
  mode: "charity",
  gift: null,
  charity: {
    causeId: "food-forward",
    name: "Feed Hungry Children",
    organisation: "Food Forward SA",
    description: "Food Forward SA brings good surplus food to children.",
    image: "/causes/food-forward.jpg",
    impact: "Feed 5 children for a week",
    raised: cents(34_050),
  },
  percent: null,
  fullyFunded: true,
};

export const CAUSE_VIEW: PublicView = {
  ...GIFT_VIEW,
  gift: {
    kind: "cause",
    name: "Plant Trees",
    organisation: "Greenpop",
    image: "/causes/greenpop.jpg",
    description: "Greenpop plants indigenous trees.",
    impact: "Plant 10 trees",
  },
};

const ENDED = { acceptsContributions: false, daysLeft: 0 } as const;

export const CLOSED_VIEW: PublicView = { ...GIFT_VIEW, ...ENDED, phase: "closed" };
export const CLOSED_FUNDED_VIEW: PublicView = {
  ...CHARITY_VIEW,
  ...ENDED,
  phase: "closed",
  percent: 100,
  charity: {
    causeId: "food-forward",
    name: "Feed Hungry Children",
    organisation: "Food Forward SA",
    description: "Food Forward SA brings good surplus food to children.",
    image: "/causes/food-forward.jpg",
    impact: "Feed 5 children for a week",
    raised: null,
  },
};
export const EXPIRED_VIEW: PublicView = {
  ...GIFT_VIEW,
  ...ENDED,
  phase: "expired",
  percent: 0,
  contributors: [],
  contributionCount: 0,
};
export const CANCELLED_VIEW: PublicView = { ...GIFT_VIEW, ...ENDED, phase: "cancelled" };

export const RECEIPT: Receipt = {
  reference: "8k3m9q2rtw0123456789",
  provider: "payfast",
  status: "completed",
  amount: cents(20_000),
  contributorName: "Thandi",
  completedAt: "2026-11-20T10:00:05.000Z",
  afterGoal: false,
  wrongAmount: null,
  refund: null,
  payable: false,
  attempt: 1,
  attemptedAt: "2026-11-20T10:00:00.000Z",
  attemptExpiresAt: null,
};

/** English words that neither Afrikaans nor isiZulu has. */
export const ENGLISH_WORDS =
  /\b(the|your|you|and|please|thank|thanks|back|board|gift|with|from|birthday|payment|today|chip in)\b/i;

/** Matches an amount of money in every form that the pages use. */
export const RAND = /\bR\s?\d|\bZAR\b|\brand\b/;

/** The text that people and link previews read: text nodes, attributes with text and the shared message, no URLs. */
export function readableText(page: string): string {
  const html = page.replace(/<style>.*?<\/style>/s, "");
  const attributes = [...html.matchAll(/(?:content|alt|title|aria-label|data-text|value)="([^"]*)"/g)].map(
    ([, text]) => text,
  );
  const shared = [...html.matchAll(/wa\.me\/\?text=([^"]*)"/g)].map(([, text]) => decodeURIComponent(text ?? ""));
  return [html.replace(/<[^>]*>/g, " "), ...attributes, ...shared].join("\n");
}
