import type { ContributorAbout } from "#domain/board/about";
import type { Refusal } from "#domain/board/commands";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { Cents } from "#domain/money";
import { codeOfSlug } from "#domain/slug";
import type { Services } from "../services.ts";
import { callBoard } from "./board-object.ts";
import { keepView } from "./read-board.ts";

export type NewContribution = Readonly<{
  /** Digest of the form: sending the same form again is the same contribution. */
  submission: string;
  /** What the provider will charge, in cents. */
  amount: Cents;
  provider: PaymentProviderName;
  contributor: ContributorAbout;
}>;

/** Records a contribution before any provider hears of it, or says why the board takes none. */
export async function contribute(
  services: Services,
  slug: string,
  { submission, amount, provider, contributor }: NewContribution,
): Promise<{ receipt: Receipt; view: PublicView } | Refusal> {
  const code = codeOfSlug(slug);
  if (!code) return { refused: "unknown_board" };
  const outcome = await callBoard(services, code, (board) =>
    board.openContribution({ submission, amount, provider }, contributor, services.requestId),
  );
  if (!("refused" in outcome)) keepView(outcome.view, services.now());
  return outcome;
}
