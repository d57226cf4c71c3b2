import type { TestOutcome } from "#checkout/test-payment";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { formatRand } from "#domain/money";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { possessive } from "./copy.ts";
import type { PageSite } from "./site.ts";

/** What each button does, for the developer who presses it. */
const OUTCOMES: Record<TestOutcome, readonly [label: string, effect: string]> = {
  pay: ["Pay", "The payment arrives at once."],
  cancel: ["Cancel", "You go back to the board; the payment fails."],
  fail: ["Fail", "The payment fails. It can be tried again."],
  pay_twice: ["Pay twice", "Two payments arrive. The second one is refunded."],
  pay_late: ["Pay late", "You come back first; the payment arrives five seconds later."],
  wrong_amount: ["Pay half", "Another amount arrives. It counts for nothing and is refunded."],
  bad_signature: ["Forge a callback", "A callback with a wrong signature is refused. Nothing changes."],
  silent: ["Stay silent", "Nothing is reported. The contribution expires after a day."],
  duplicate: ["Report three times", "One payment is reported three times and counts once."],
  reorder: [
    "Report in the wrong order",
    "The payment arrives, then the failure of an earlier try. The payment counts.",
  ],
};

export function renderTestPayment({
  view,
  site,
  receipt,
}: Readonly<{ view: PublicView; site: PageSite; receipt: Receipt }>): string {
  const title = `Test payment of ${formatRand(receipt.amount)}`;
  return renderPage(
    <Page origin={site.origin} sandbox={view.sandbox} title={title} description="A test payment.">
      <Card kind="message">
        <h1>{title}</h1>
        <p class="lede">{`For ${possessive(view.childName)} board. Choose what your payment provider would report.`}</p>
        <form method="post" action={`/${view.slug}/test-payment`} class="outcomes">
          <input type="hidden" name="ref" value={receipt.reference} />
          {Object.entries(OUTCOMES).map(([outcome, [label, effect]]) => (
            <p key={outcome}>
              <Button quiet={outcome !== "pay"} name="outcome" value={outcome}>
                {label}
              </Button>
              <span class="hush">{effect}</span>
            </p>
          ))}
        </form>
      </Card>
    </Page>,
  );
}
