import { createHash } from "node:crypto";
import { callBoard, executeOnBoard } from "#boards/call-board";
import type { RefundStatus } from "#domain/board/lifecycle";
import { codeOfReference } from "#domain/ids";
import { type PaymentProvider, ProviderError, type RefundOutcome } from "#payments/provider";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { type ClaimedRefund, claimRefund, releaseRefund } from "./refund-rows.ts";

/** What became of one refund; `not_claimed`: another worker holds it, or it has ended. */
export type SentRefund = RefundStatus | "not_claimed" | ProviderError["trouble"];

/**
 * Brings one refund forward by one step at its provider, and takes the answer to its board. Never sends twice: the
 * provider is asked before, under a key that stays the same until the refund is requested anew.
 * @throws what Postgres or the board throws; the row's lease then runs out and the step is made again.
 */
export async function sendRefund(
  services: Services,
  providers: ReadonlyMap<string, PaymentProvider>,
  { id, now }: { id: string; now: Date },
): Promise<SentRefund> {
  const refund = await claimRefund(services, id, now);
  if (!refund) return "not_claimed";
  const code = codeOfReference(refund.reference);
  if (!code) throw new Error(`the payment of refund ${id} has no board`);
  const { contributionId, providerPaymentId } = refund;
  // The board knows best, and Postgres may be behind it: what a person has confirmed or withdrawn is not sent again.
  const about = { contributionId, providerPaymentId };
  const known = await callBoard(services, code, (board) => board.read("refund_status", about));
  if (known?.status !== "requested" && known?.status !== "processing") {
    await releaseRefund(services, refund, { now, error: "the board says otherwise" });
    services.alert({ event: "refund_not_due", board: code, refund_id: id, status: known?.status ?? null });
    return "not_claimed";
  }
  let outcome: RefundOutcome;
  try {
    outcome = await requestAtProvider(providers.get(refund.provider), { ...refund, ...known });
  } catch (error) {
    await releaseRefund(services, refund, { now, error: messageOf(error) });
    services.log({ event: "refund_waits", provider: refund.provider, refund_id: id, error: messageOf(error) });
    return error instanceof ProviderError ? error.trouble : "unavailable";
  }
  const status = await recordAtBoard(services, code, refund, outcome);
  await releaseRefund(services, refund, { now, error: null });
  services.log({ event: "refund_step", provider: refund.provider, refund_id: id, status });
  return status;
}

async function requestAtProvider(provider: PaymentProvider | undefined, refund: ClaimedRefund): Promise<RefundOutcome> {
  if (!provider) return { outcome: "needs_manual_action", reason: "provider not configured" };
  if (!provider.refund) return { outcome: "needs_manual_action", reason: "no refund API" };
  // An earlier try may have reached the provider although its answer did not arrive.
  const mayHaveBeenSent = refund.status === "processing" || refund.tries > 1 || refund.attempt > 1;
  return await provider.refund({ ...refund, mayHaveBeenSent, idempotencyKey: idempotencyKey(refund) });
}

/** 32 hex digits: the same for every try, another once the refund is asked for again. */
export function idempotencyKey({ contributionId, providerPaymentId, attempt }: ClaimedRefund): string {
  return createHash("sha256")
    .update([contributionId, providerPaymentId, attempt].join("\n"))
    .digest("hex")
    .slice(0, 32);
}

const STATUS_OF = {
  completed: "completed",
  processing: "processing",
  refused: "failed",
  needs_manual_action: "needs_manual_action",
} as const satisfies Record<RefundOutcome["outcome"], RefundStatus>;

async function recordAtBoard(
  services: Services,
  code: string,
  refund: ClaimedRefund,
  answer: RefundOutcome,
): Promise<RefundStatus> {
  const { contributionId, providerPaymentId } = refund;
  const contribution = { id: contributionId };
  const status = STATUS_OF[answer.outcome];
  const news = {
    status,
    providerRefundId: "providerRefundId" in answer ? answer.providerRefundId : null,
    reason: "reason" in answer ? answer.reason.slice(0, 200) : null,
  };
  const command = { type: "report_refund", contribution, providerPaymentId, ...news } as const;
  const outcome = await executeOnBoard(services, code, command, { waitForProjection: true });
  if ("refused" in outcome) {
    services.alert({ event: "refund_not_recorded", board: code, refund_id: refund.id, refused: outcome.refused });
  }
  return status;
}
