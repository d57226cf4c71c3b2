import type { PublicView } from "#domain/board/public-view";
import { CONSENT_SENTENCE } from "#domain/consent";
import { type Details, goalOf, type WholeDraft } from "#domain/draft";
import type { PayoutMethod } from "#domain/gift";
import { formatRand } from "#domain/money";
import { BoardContents } from "../../guest-pages/board-page.tsx";
import { closingDay } from "../../guest-pages/copy.ts";
import type { PageSite } from "../../guest-pages/site.ts";
import { Action, Button } from "../../ui/button.tsx";
import { Mistake } from "../../ui/form.tsx";
import { Notice } from "../../ui/notice.tsx";
import { type FormKeys, Keys, renderStep, stepPath } from "./frame.tsx";

export type ReviewPage = Readonly<{
  site: PageSite;
  keys: FormKeys;
  whole: WholeDraft;
  view: PublicView;
  error?: string;
  alert?: string | null;
}>;

const METHODS: Readonly<Record<PayoutMethod, (details: Details) => string>> = {
  takealot_gift_card: ({ payoutEmail }) => `A Takealot gift card, to ${payoutEmail}`,
  karri_card_topup: ({ card }) => `A top-up of your Karri card that ends in ${card?.last4}`,
  philanthropy_donation: ({ payoutEmail }) => `A donation, with its receipt to ${payoutEmail}`,
};

export function renderReviewPage({ site, keys, whole, view, error, alert = null }: ReviewPage): string {
  const { gift, details } = whole;
  const edits = [
    ["child", `${whole.child.name} and the photo`],
    ["gift", `The goal: ${formatRand(goalOf(gift))}. Guests never see it.`],
    ["details", METHODS[details.payoutMethod](details)],
  ] as const;
  return renderStep({
    origin: site.origin,
    step: "review",
    keys,
    alert,
    faulty: error !== undefined,
    title: "Is everything right?",
    lede: `This is what your guests see until ${closingDay(details.deadline.toISOString(), site.words)}.`,
    children: (
      <>
        <section class="preview" aria-label="The board">
          <BoardContents view={view} site={site} preview />
        </section>
        <ul class="edits">
          {edits.map(([step, text]) => (
            <li>
              <span>{text}</span>
              <a href={stepPath(step, keys.draft)} aria-label={`Change: ${text}`}>
                Change
              </a>
            </li>
          ))}
        </ul>
        {details.card?.isDoubtful && (
          <Notice>
            The number of your Karri card looks mistyped. Please compare it with the card once more; if it is right, go
            on.
          </Notice>
        )}
        <form method="post" action="/create/review" novalidate>
          <Keys {...keys} />
          <div>
            <label class="tick">
              <input
                type="checkbox"
                name="consent"
                value="1"
                {...(error && { "aria-invalid": "true", "aria-describedby": "consent-error", autofocus: true })}
              />
              <span>{CONSENT_SENTENCE}</span>
            </label>
            <Mistake of="consent" text={error} />
          </div>
          <Action>
            <Button>Create the board</Button>
          </Action>
        </form>
      </>
    ),
  });
}
