import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SYSTEM } from "#domain/board/actor";
import type { BoardCommand } from "#domain/board/commands";
import { decide } from "#domain/board/decide";
import { evolve } from "#domain/board/evolve";
import { potOf } from "#domain/board/pot";
import { type PublicView, publicView, type Receipt, receiptOf } from "#domain/board/public-view";
import { unopenedBoard } from "#domain/board/state";
import { boardCode, derivedId, paymentReference } from "#domain/ids";
import type { Language } from "#domain/languages";
import { cents, formatRand } from "#domain/money";
import { renderBoardPage } from "../../../src/http/guest-pages/board-page.tsx";
import { renderFormCheckout } from "../../../src/http/guest-pages/checkout-page.tsx";
import { renderContributePage } from "../../../src/http/guest-pages/contribute-page.tsx";
import { shareText } from "../../../src/http/guest-pages/copy.ts";
import { renderClosedMeanwhile, renderPaymentFailed } from "../../../src/http/guest-pages/message-page.tsx";
import { renderReturned } from "../../../src/http/guest-pages/returned-page.tsx";
import type { PageSite } from "../../../src/http/guest-pages/site.ts";
import { renderThanksPage, thanksState } from "../../../src/http/guest-pages/thanks-page.tsx";
import { BEFORE_DEADLINE, boardProfile, DEADLINE, later, OPENED_AT, openCommand } from "../../support/board.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { GIFT_IMAGE, GIFT_NAME, RAND, readableText, SITES } from "./views.ts";

/*
 * No guest can compute what another guest gave. (design 6 and 7.5)
 *
 * A guest, who may have chipped in too, looks at the board twice: before the contribution of another guest and after it, or before
 * it goes back and after that. The guest sees everything that guests are shown: each page in their language with its head, the
 * JSON of `live.json` and of the socket, the text to share, and what the address of the other guest's thanks page gives away.
 *
 * For whatever was given there must be another amount, and a sum before it, with which both looks show the same, byte for byte. The
 * amounts differ by `DOUBT` of a step: of 5 % of the goal and R50 at least in gift mode, of R50 in charity mode. Then the guest
 * cannot tell which of the two it was. Both amounts are ones that a guest may give: what is nearer to R20 or R10,000 is guessed by
 * that limit, and not by what is shown. Goals below R100 have one step; `test/domain/board/public-view.test.ts` has them.
 */
const DOUBT = 1 / 5;

type Story = Readonly<{
  goal: number;
  philanthropy: boolean;
  /** Of other guests, before the two looks. */
  earlier: readonly number[];
  /** Of the guest who looks. */
  own: number;
  secret: number;
  /** Between the last of them and the secret. */
  pauseMinutes: number;
  happens: "it arrives" | "it goes back";
  next: "nothing" | "an hour passes" | "the board is closed" | "the deadline passes" | "the board is cancelled";
  isNamed: boolean;
}>;

const amount = (max: number) => fc.integer({ min: 2_000, max });
const given = fc.record({
  philanthropy: fc.boolean(),
  earlier: fc
    .tuple(fc.integer({ min: 20_000, max: 300_000 }), fc.array(amount(60_000), { maxLength: 5 }))
    .map(([first, more]) => [first, ...more]),
  own: amount(60_000),
  secret: fc.oneof(amount(30_000), amount(30_000), amount(1_000_000)),
  pauseMinutes: fc.constantFrom(1, 30, 61),
  happens: fc.constantFrom("it arrives", "it arrives", "it goes back"),
  next: fc.constantFrom(
    "nothing",
    "nothing",
    "nothing",
    "an hour passes",
    "the board is closed",
    "the deadline passes",
    "the board is cancelled",
  ),
  isNamed: fc.boolean(),
  /** How much of what is given the goal is. Most goals are near it, so that many are reached. */
  share: fc.oneof(fc.integer({ min: 50, max: 110 }), fc.integer({ min: 10, max: 400 })),
});
const story: fc.Arbitrary<Story> = given.map(({ share, ...about }) => {
  const all = [...about.earlier, about.own, about.secret].reduce((sum, one) => sum + one, 0);
  const goal = Math.max(10_000, Math.floor((all * share) / 100));
  const most = doubtOf("gift", goal);
  return { ...about, goal, secret: Math.min(1_000_000 - most, Math.max(2_000 + most, about.secret)) };
});

/** By how much the other amount must differ, in cents. */
function doubtOf(mode: PublicView["mode"], goal: number): number {
  return Math.floor(DOUBT * (mode === "gift" ? Math.max(5_000, goal * 0.05) : 5_000));
}

const BOARD_ID = derivedId(OPENED_AT, "a board");
const CODE = boardCode(BOARD_ID);
const GIFTS = {
  takealot_product: {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/x/PLID91234567",
    productName: GIFT_NAME,
  },
  philanthropy: { type: "philanthropy", causeId: "greenpop", causeName: "Plant Trees", causeDescription: "Trees." },
} as const;
const MINUTE_MS = 60_000;

/** One look: what the board gives to the pages. `theirs`: the receipt by the other guest's reference, null before it is paid. */
type Look = Readonly<{ view: PublicView; own: Receipt; theirs: Receipt | null }>;

/** What is added to what guests see, to try this test. */
type ToView = (view: PublicView, pot: { payable: number; goal: number }) => PublicView;

/** Plays a story by the rules of the board, and looks twice. */
function looksOf(told: Story, toView: ToView): [before: Look, after: Look] {
  const { goal, philanthropy, earlier, own, secret, pauseMinutes, happens, next, isNamed } = told;
  const giftType = philanthropy ? "philanthropy" : "takealot_product";
  const payoutMethod = philanthropy ? "philanthropy_donation" : "takealot_gift_card";
  const profile = boardProfile(BOARD_ID, {
    childPhotoUrl: "/images/demo/maya.webp",
    gift: philanthropy
      ? { ...GIFTS.philanthropy, causeImage: "/trees.webp", impactDescription: "Plant 10 trees" }
      : { ...GIFTS.takealot_product, productImage: GIFT_IMAGE, productPrice: goal },
  });
  const names = new Map<string, string | null>();
  const nameOf = (id: string) => names.get(id) ?? null;
  let state = unopenedBoard();
  let now = BEFORE_DEADLINE;
  const play = (command: BoardCommand) => {
    const { events, refusal } = decide(state, command, { now, at: now, by: SYSTEM, profile });
    if (refusal) throw new Error(`refused: ${refusal.refused}`);
    for (const event of events) state = evolve(state, event, now.toISOString());
  };
  const give = (who: string, given: number, name: string | null) => {
    const contributionId = derivedId(OPENED_AT, who);
    const reference = paymentReference(CODE, contributionId);
    const payment = { provider: "payfast", amount: cents(given) } as const;
    names.set(contributionId, name);
    play({
      type: "open_contribution",
      contributionId,
      submission: who,
      ...payment,
      signals: [],
      challengePassed: true,
    });
    const paid = { status: "completed", providerPaymentId: who, providerStatus: "COMPLETE" } as const;
    play({ type: "report_payment", reference, ...payment, ...paid });
  };
  const receiptFor = (who: string) => {
    const contribution = state.contributions.get(derivedId(OPENED_AT, who));
    return contribution ? receiptOf(state, contribution, nameOf) : null;
  };
  const look = (): Look => {
    const view = publicView({ state, profile, nameOf }, now);
    const mine = receiptFor("own");
    if (!view || !mine) throw new Error("a board that was opened shows itself");
    return { view: toView(view, { payable: potOf(state).payable, goal }), own: mine, theirs: receiptFor("secret") };
  };

  play(openCommand({ boardId: BOARD_ID, goal: cents(goal), giftType, payoutMethod }));
  for (const [n, given] of earlier.entries()) give(`earlier ${n}`, given, `Guest ${n}`);
  give("own", own, "Lerato");
  now = later(now, pauseMinutes * MINUTE_MS);
  const arrive = () => give("secret", secret, isNamed ? "Thandi Mokoena" : null);
  if (happens === "it goes back") arrive();
  const before = look();
  if (happens === "it arrives") arrive();
  else play({ type: "request_refund", contributionId: derivedId(OPENED_AT, "secret"), providerPaymentId: null });
  if (next === "an hour passes") now = later(now, 61 * MINUTE_MS);
  if (next === "the deadline passes") now = later(DEADLINE, MINUTE_MS);
  if (next === "the board is closed") play({ type: "close_board", reason: "manual" });
  if (next === "the board is cancelled") play({ type: "cancel_board" });
  return [before, look()];
}

const LIMITS = { minimum: cents(2_000), maximum: cents(1_000_000) };
const PAYFAST = { kind: "form", action: "https://x.test/", fields: [] } as const;
/** `live.json`, and what the socket tells. */
const JSON_OF_VIEW = "the JSON";

/** What guests are shown in one look. It is made of the view and of their own receipt, and so it is equal where those are. */
const SHOWN: Readonly<Record<string, (look: Pick<Look, "view" | "own">, site: PageSite) => string>> = {
  [JSON_OF_VIEW]: ({ view }) => JSON.stringify(view),
  "the text to share": ({ view }, { words }) => shareText(view, words),
  "the board": ({ view }, site) => renderBoardPage({ view, site }),
  "the board after a cancelled payment": ({ view }, site) => cancelled(view, site, null),
  "a thanks page": ({ view }, site) => renderThanksPage({ view, site, receipt: null, isPayer: false }),
  "the board that closed meanwhile": ({ view }, site) => renderClosedMeanwhile(view, site),
  "a failed payment": ({ view }, site) => renderPaymentFailed(view, site),
};
/** The same, with the own amount in it or the ones that everybody may choose. */
const SHOWN_WITH_AMOUNTS: typeof SHOWN = {
  "the own thanks page": ({ view, own }, site) => renderThanksPage({ view, site, receipt: own, isPayer: true }),
  "the form": ({ view }, site) =>
    renderContributePage({ view, site, options: [{ name: "payfast", limits: LIMITS }], submission: "s" }),
  "the way to PayFast": ({ view, own: { amount, reference } }, site) =>
    renderFormCheckout({ view, site, provider: "payfast", charge: amount, reference, checkout: PAYFAST }),
};
const ALL_SHOWN = { ...SHOWN, ...SHOWN_WITH_AMOUNTS };

/** What the address of the other guest's thanks page shows to those to whom it was passed on. */
const SHOWN_OF_THEIRS: Readonly<Record<string, (look: Pick<Look, "view" | "theirs">, site: PageSite) => string>> = {
  "their thanks page": ({ view, theirs }, site) => renderThanksPage({ view, site, receipt: theirs, isPayer: false }),
  "their thanks.json": ({ theirs }) => JSON.stringify(theirs && [thanksState(theirs), theirs.status]),
  "the board after their cancelled payment": ({ view, theirs }, site) => cancelled(view, site, theirs),
};

const cancelled = (view: PublicView, site: PageSite, receipt: Receipt | null) =>
  renderReturned({ view, site, way: "cancelled", receipt, answer: "no_news" }) ?? "the thanks page";

/** Stories with other amounts: the secret is `doubt` more or less, and one of those before it makes up for quarters of that. */
function* othersOf(told: Story, doubt: number): Generator<Story> {
  for (const part of [0, 4, 5, 2, 1, 3]) {
    for (const changed of part === 0 ? [0] : told.earlier.keys()) {
      for (const sign of [1, -1]) {
        const secret = told.secret + sign * doubt;
        const less = sign * Math.floor((doubt * part) / 4);
        const earlier = told.earlier.map((given, n) => (n === changed ? given - less : given));
        const isAllowed = [secret, ...earlier].every((given) => given >= 2_000 && given <= 1_000_000);
        if (isAllowed) yield { ...told, secret, earlier };
      }
    }
  }
}

const factsOf = ({ view, own }: Look) => JSON.stringify([view, own]);

/**
 * Why a guest can compute the amount, or sees what must not be shown; null when all is well. `page`: which of `ALL_SHOWN` is read,
 * beside all of `SHOWN_OF_THEIRS`.
 */
function problemOf({ told, language, page }: Case, toView: ToView): string | null {
  const site = siteIn(language);
  const looks = looksOf(told, toView);
  // Nothing is shown of a payment that is not there.
  const theirs = (look: Look) => (look.theirs ? Object.values(SHOWN_OF_THEIRS).map((show) => show(look, site)) : []);
  const shown = looks.map(theirs);
  const [, last] = looks;
  const read = {
    [page]: ALL_SHOWN[page]?.(last, site) ?? "",
    "what is shown of their payment": shown[1]?.join() ?? "",
  };
  for (const [what, text] of Object.entries(read)) {
    const wrong = wrongIn(text, last.view, !(what in SHOWN_WITH_AMOUNTS) && what !== JSON_OF_VIEW);
    if (wrong) return `${what} shows ${wrong}`;
  }
  const isGift = looks.some(({ view }) => view.mode === "gift");
  for (const other of othersOf(told, doubtOf(isGift ? "gift" : "charity", told.goal))) {
    const alike = looksOf(other, toView);
    if (alike.map(factsOf).join() !== looks.map(factsOf).join()) continue;
    if (isDeepStrictEqual(alike.map(theirs), shown)) return null;
  }
  return `only about ${formatRand(cents(told.secret))} shows this`;
}

function wrongIn(text: string, { mode, charity }: PublicView, showsNoAmount: boolean): string | null {
  if (mode === "charity" && /scarlet|bicycle|PLID/i.test(text)) return "the gift";
  if (!showsNoAmount) return null;
  const read = readableText(text);
  const wrong = RAND.exec(charity?.raised ? read.replaceAll(formatRand(charity.raised), "") : read);
  return wrong?.[0] ?? null;
}

const LANGUAGES = SITES.map(({ words }) => words.frame.language);
type Case = { told: Story; language: Language; page: string };
const cases: fc.Arbitrary<Case> = fc.record({
  told: story,
  language: fc.constantFrom(...LANGUAGES),
  page: fc.constantFrom(...Object.keys(ALL_SHOWN)),
});
const siteIn = (language: Language) => SITES[LANGUAGES.indexOf(language)] as PageSite;
const asItIs: ToView = (view) => view;

describe("what guests see of each other's contributions", () => {
  it("leaves in doubt what another guest gave, and shows no amount in gift mode and no gift in charity mode", () => {
    const kinds = new Map<string, number>();
    fc.assert(
      fc.property(cases, (one) => {
        expect(problemOf(one, asItIs)).toBeNull();
        const [before, after] = looksOf(one.told, asItIs);
        for (const kind of [`${before.view.mode} ${after.view.mode}`, one.told.happens, after.view.phase, one.page]) {
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
      }),
      { numRuns: fuzzRuns(200) },
    );
    for (const kind of [
      "gift gift",
      "gift charity",
      "charity charity",
      "charity gift",
      "it goes back",
      "closed",
      "cancelled",
      ...Object.keys(ALL_SHOWN),
    ]) {
      expect(kinds.get(kind), kind).toBeGreaterThan(0);
    }
  }, 300_000);

  const raise = (view: PublicView, raised: number): PublicView =>
    view.charity ? { ...view, charity: { ...view.charity, raised: cents(raised) } } : view;
  it.each<[what: string, toView: ToView]>([
    [
      "a bar that moves by the percent",
      (view, { payable, goal }) => ({ ...view, percent: view.percent && Math.floor((payable * 100) / goal) }),
    ],
    ["the charity's sum to the cent", (view, { payable, goal }) => raise(view, payable - goal)],
    [
      "the charity's sum in steps of R5",
      (view, { payable, goal }) => raise(view, payable - goal - ((payable - goal) % 500)),
    ],
    ["the rand in place of the people", (view, { payable }) => ({ ...view, contributionCount: payable })],
    ["the gift's price in the host's message", (view, { goal }) => ({ ...view, hostMessage: formatRand(cents(goal)) })],
    ["the gift after it is funded", (view) => (view.charity ? { ...view, hostMessage: GIFT_NAME } : view)],
  ])("%s would be noticed", (_, toView) => {
    const run = fc.check(
      fc.property(cases, (one) => problemOf(one, toView) === null),
      { numRuns: 2_000, endOnFailure: true },
    );
    expect(run.failed).toBe(true);
  });
});
