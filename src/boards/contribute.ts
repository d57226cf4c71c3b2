import type { OpenContribution, Refusal, RetryPayment } from "#domain/board/commands";
import type { PaymentWay, Signal } from "#domain/board/lifecycle";
import type { ContributorProfile } from "#domain/board/profile";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { newId } from "#domain/ids";
import type { Cents } from "#domain/money";
import { messageOf } from "#platform/log";
import type { ExecuteContext } from "#platform/objects";
import type { Services } from "#platform/services";
import { type BoardName, codeOf, executeOnBoard } from "./call-board.ts";
import { keepView } from "./read-board.ts";

/** A contribution that is recorded, and the board as it is now. */
export type RecordedContribution = Readonly<{ receipt: Receipt; view: PublicView }>;

export type NewContribution = Readonly<{
  /** Digest of the form: sending the same form again is the same contribution. */
  submission: string;
  /** What the provider will charge, in cents. */
  amount: Cents;
  provider: PaymentWay;
  contributor: ContributorProfile;
  /** What is odd about it; it becomes a flag when the money arrives. */
  signals: readonly Signal[];
  challengePassed: boolean;
}>;

/** Records a contribution before any provider hears of it, or says why the board takes none. */
export async function contribute(
  services: Services,
  slug: string,
  { contributor, ...contribution }: NewContribution,
): Promise<RecordedContribution | Refusal> {
  const contributionId = newId(services.now());
  const profiles = { contributor: { id: contributionId, profile: contributor } };
  const command = { type: "open_contribution", contributionId, ...contribution } as const;
  return await checkout(services, { idOrSlug: slug }, command, { profiles });
}

/** Another attempt at a contribution that was never paid, or why there is none. */
export async function retryPayment(services: Services, reference: string): Promise<RecordedContribution | Refusal> {
  return await checkout(services, { reference }, { type: "retry_payment", reference });
}

async function checkout(
  services: Services,
  name: BoardName,
  command: OpenContribution | RetryPayment,
  context: Pick<ExecuteContext, "profiles"> = {},
): Promise<RecordedContribution | Refusal> {
  const code = codeOf(name);
  if (!code) return { refused: "unknown_board" };
  const outcome = await executeOnBoard(services, code, command, context);
  if ("refused" in outcome) return outcome;
  if (!outcome.checkout) throw new Error("a recorded contribution has no receipt");
  keepView(services, outcome.checkout.view);
  return outcome.checkout;
}

/** Keeps the provider's id of what was started. Losing it only makes a later look-up longer. */
export async function notePaymentRequest(
  services: Services,
  request: { reference: string; attempt: number; requestId: string },
): Promise<void> {
  const code = codeOf(request);
  if (!code) return;
  try {
    await executeOnBoard(services, code, { type: "note_payment_request", ...request });
  } catch (error) {
    services.log({ event: "payment_request_not_noted", board: code, error: messageOf(error) });
  }
}
