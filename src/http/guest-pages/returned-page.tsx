import type { Checked } from "#checkout/check-payment";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { Notice } from "../ui/notice.tsx";
import { renderBoardPage } from "./board-page.tsx";
import { IHavePaid } from "./checkout-page.tsx";
import { renderPaymentFailed } from "./message-page.tsx";
import type { PageSite } from "./site.ts";
import { thanksState } from "./thanks-page.tsx";

/** How a provider's redirect has it. It proves nothing: the payment may have been made. */
export type WayBack = "cancelled" | "failed";

export function isWayBack(text: string): text is WayBack {
  return text === "cancelled" || text === "failed";
}

export function wayBackPath(slug: string, way: WayBack, reference: string | undefined): string {
  return `/${slug}/thanks/${way}${reference ? `?ref=${encodeURIComponent(reference)}` : ""}`;
}

type Props = Readonly<{
  view: PublicView;
  site: PageSite;
  way: WayBack;
  /** Null when it is not known which payment is the guest's. */
  receipt: Receipt | null;
  answer: Checked;
}>;

/** The page for a guest who comes back without having paid, as far as is known; null where the thanks page says what became of it. */
export function renderReturned({ view, site, way, receipt, answer }: Props): string | null {
  const { acceptsContributions, slug } = view;
  if (way === "failed") return receipt ? null : renderPaymentFailed(view, site);
  if (!receipt && !acceptsContributions) return renderBoardPage({ view, site });
  const state = thanksState(receipt);
  const isUnpaid = state === "failed" || (state === "confirming" && receipt?.payable);
  if (receipt && !(isUnpaid && acceptsContributions)) return null;
  const { question, answer: noProblem, nothingTaken, ifPaid } = site.words.board.cancelled;
  const known = state === "failed" ? [nothingTaken] : [noProblem, ...askedLine(site, receipt, answer), ifPaid];
  const confirm = receipt && state === "confirming" ? `/${slug}/thanks.json?ref=${receipt.reference}` : null;
  const notice = (
    <>
      <Notice live>
        <strong>{question}</strong> {known.join(" ")}
      </Notice>
      {receipt && confirm && (
        <IHavePaid view={view} reference={receipt.reference} label={site.words.checkout.iHavePaid} />
      )}
    </>
  );
  return renderBoardPage({
    view,
    site,
    returned: { notice, here: wayBackPath(slug, way, receipt?.reference), confirm },
  });
}

/** What the provider answered when it was asked just now. */
function askedLine({ words: { form, results } }: PageSite, receipt: Receipt | null, answer: Checked): string[] {
  if (!receipt || answer === "news" || answer === "not_looked_up") return [];
  const { company } = form.ways[receipt.provider];
  return [answer === "no_news" ? results.noNews(company) : results.couldNotCheck(company)];
}
