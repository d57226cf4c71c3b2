import { TEST_OUTCOMES, testPagePath } from "#checkout/test-payment";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { formatRand } from "#domain/money";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import { childOf } from "./copy.ts";
import { frameOf, type PageSite } from "./site.ts";

export function renderTestPayment({
  view,
  site,
  receipt,
}: Readonly<{ view: PublicView; site: PageSite; receipt: Receipt }>): string {
  const { test } = site.words.checkout;
  const title = test.title(formatRand(receipt.amount));
  return renderPage(
    <Page
      {...frameOf(site)}
      here={testPagePath(view, receipt.reference)}
      sandbox={view.sandbox}
      title={title}
      description={test.preview}
    >
      <Card kind="message">
        <h1>{title}</h1>
        <p class="lede">{test.choose(childOf(view))}</p>
        <form method="post" action={`/${view.slug}/test-payment`} class="outcomes">
          <input type="hidden" name="ref" value={receipt.reference} />
          {TEST_OUTCOMES.map((outcome) => {
            const [label, effect] = test.outcomes[outcome];
            return (
              <p key={outcome}>
                <Button quiet={outcome !== "pay"} name="outcome" value={outcome}>
                  {label}
                </Button>
                <span class="hush">{effect}</span>
              </p>
            );
          })}
        </form>
      </Card>
    </Page>,
  );
}
