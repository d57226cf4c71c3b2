import type { ContributorAbout } from "#domain/board/about";
import type { Refusal } from "#domain/board/commands";
import type { Signal } from "#domain/board/flags";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { codeOfReference } from "#domain/ids";
import type { Cents } from "#domain/money";
import { codeOfSlug } from "#domain/slug";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { callBoard } from "./board-object.ts";
import { keepView } from "./read-board.ts";

export type HandingOver = { receipt: Receipt; view: PublicView };

export type NewContribution = Readonly<{
  /** Digest of the form: sending the same form again is the same contribution. */
  submission: string;
  /** What the provider will charge, in cents. */
  amount: Cents;
  provider: PaymentProviderName;
  contributor: ContributorAbout;
  /** What is odd about it; it becomes a flag when the money arrives. */
  signals: readonly Signal[];
}>;

/** Records a contribution before any provider hears of it, or says why the board takes none. */
export async function contribute(
  services: Services,
  slug: string,
  { submission, amount, provider, contributor, signals }: NewContribution,
): Promise<HandingOver | Refusal> {
  const code = codeOfSlug(slug);
  if (!code) return { refused: "unknown_board" };
  const outcome = await callBoard(services, code, (board) =>
    board.openContribution({ submission, amount, provider, signals }, contributor, services.requestId),
  );
  if (!("refused" in outcome)) keepView(outcome.view, services.now());
  return outcome;
}

/** A fresh offer for a contribution that was never paid, or why there is none. */
export async function retryPayment(services: Services, reference: string): Promise<HandingOver | Refusal> {
  const code = codeOfReference(reference);
  if (!code) return { refused: "unknown_payment", reference };
  const outcome = await callBoard(services, code, (board) => board.retryPayment(reference, services.requestId));
  if (!("refused" in outcome)) keepView(outcome.view, services.now());
  return outcome;
}

/** Keeps the provider's id of what was started. Losing it only makes a later look-up longer. */
export async function notePaymentRequest(
  services: Services,
  request: { reference: string; attempt: number; requestId: string },
): Promise<void> {
  const code = codeOfReference(request.reference);
  if (!code) return;
  const command = { type: "note_payment_request", ...request } as const;
  try {
    await callBoard(services, code, (board) => board.notePaymentRequest(command, services.requestId));
  } catch (error) {
    services.log({ event: "payment_request_not_noted", reference: request.reference, error: messageOf(error) });
  }
}
