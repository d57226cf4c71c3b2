import { and, eq, isNull, lt, or } from "drizzle-orm";
import { keepBoardNote } from "#database/board-notes";
import { refunds } from "#database/payment-tables";
import { contributions } from "#database/schema";
import { stuckSince } from "#domain/refund-age";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { type RecordedAction, recordOnBoard } from "./record-on-board.ts";

/**
 * Requests the refund of a contribution, or, by the provider's id, of a payment of a wrong amount. Requesting it again
 * changes nothing. `note` is kept beside the log. @throws ChipInError `not_found`, or `conflict` saying why there is nothing to refund.
 */
export async function refundContribution(
  services: Services,
  {
    contributionId,
    providerPaymentId,
    note,
  }: { contributionId: string; providerPaymentId: string | null; note: string },
): Promise<RecordedAction> {
  const [row] = await services.database
    .select({ boardId: contributions.dreamBoardId })
    .from(contributions)
    .where(eq(contributions.id, contributionId));
  if (!row) throw new ChipInError("not_found", "There is no such contribution.");
  const { boardId } = row;
  const action = await recordOnBoard(services, boardId, { type: "request_refund", contributionId, providerPaymentId });
  const { actor: by, now } = services;
  await keepBoardNote(services.database, { boardId, action: "refund.requested", note, by, at: now() });
  return action;
}

/** A refund that failed is requested again, as a new request at the provider. @throws ChipInError `not_found`, `conflict`. */
export async function retryRefund(services: Services, refundId: string): Promise<RecordedAction> {
  const { status, boardId, contribution, providerPaymentId } = await getRefund(services, refundId);
  if (status !== "failed" && status !== "needs_manual_action") {
    throw new ChipInError("conflict", `A refund that is ${status} cannot be requested again.`);
  }
  const news = { status: "requested", providerRefundId: null, reason: null } as const;
  return await recordOnBoard(services, boardId, { type: "report_refund", contribution, providerPaymentId, ...news });
}

/**
 * A person has sent the money back in the provider's own portal. `note` is kept beside the log.
 * @throws ChipInError `not_found`, or `conflict` while the refund may still be sent by itself.
 */
export async function confirmManualRefund(
  services: Services,
  refundId: string,
  { providerRefundId, note }: { providerRefundId: string | null; note: string },
): Promise<RecordedAction> {
  const refund = await getRefund(services, refundId);
  const { status, boardId, contribution, providerPaymentId } = refund;
  const isUnderWay = status === "requested" || status === "processing";
  if (isUnderWay && refund.updatedAt >= stuckSince(services.now())) {
    // It may be sent this very moment: confirmed by hand as well, it would go out twice.
    throw new ChipInError("conflict", `A refund that is ${status} is under way; wait until it is done or fails.`);
  }
  const news = { status: "completed", providerRefundId, reason: null } as const;
  const command = { type: "report_refund", contribution, providerPaymentId, ...news } as const;
  const action = await recordOnBoard(services, boardId, command);
  if (action.recorded) await keepNote(services, refundId, note);
  return action;
}

/** Longer than a board may take to answer. */
const WITHDRAWAL_LEASE_MS = 60_000;

/**
 * The money stays: the refund is called off and the contribution counts again. `note` is kept beside the log.
 * @throws ChipInError `not_found`, or `conflict` when the refund is under way, done, or not of money in the pot.
 */
export async function withdrawRefund(services: Services, refundId: string, note: string): Promise<RecordedAction> {
  const { status, boardId, contribution, providerPaymentId } = await getRefund(services, refundId);
  if (status === "requested" && !(await holdUnsentRefund(services, refundId))) {
    throw new ChipInError("conflict", "The refund is being sent; wait until it is done or fails.");
  }
  const command = { type: "withdraw_refund", contributionId: contribution.id, providerPaymentId } as const;
  const action = await recordOnBoard(services, boardId, command);
  if (action.recorded) await keepNote(services, refundId, note);
  return action;
}

/**
 * Late money stays: its refund is called off, and it is paid out on top. `note` is kept beside the log.
 * @throws ChipInError `not_found`, or `conflict` when it was not late, or goes back already.
 */
export async function supplementPayout(
  services: Services,
  contributionId: string,
  note: string,
): Promise<RecordedAction> {
  const { database, actor: by, now } = services;
  const [row] = await database
    .select({ boardId: contributions.dreamBoardId, refundId: refunds.id, status: refunds.status })
    .from(contributions)
    .leftJoin(refunds, and(eq(refunds.contributionId, contributions.id), eq(refunds.cause, "late_payment")))
    .where(eq(contributions.id, contributionId));
  if (!row) throw new ChipInError("not_found", "There is no such contribution.");
  const { boardId, refundId, status } = row;
  if (refundId && status === "requested" && !(await holdUnsentRefund(services, refundId))) {
    throw new ChipInError("conflict", "The refund is being sent; wait until it is done or fails.");
  }
  const action = await recordOnBoard(services, boardId, { type: "supplement_payout", contributionId });
  await keepBoardNote(database, { boardId, action: "payout.supplemented", note, by, at: now() });
  return action;
}

/** Keeps the sender away from a refund that was never tried. False when it was, or is being sent. */
async function holdUnsentRefund({ database, now }: Services, refundId: string): Promise<boolean> {
  const held = await database
    .update(refunds)
    .set({ leaseUntil: new Date(now().getTime() + WITHDRAWAL_LEASE_MS) })
    .where(
      and(
        eq(refunds.id, refundId),
        eq(refunds.status, "requested"),
        eq(refunds.tries, 0),
        or(isNull(refunds.leaseUntil), lt(refunds.leaseUntil, now())),
      ),
    )
    .returning({ id: refunds.id });
  return held.length > 0;
}

async function keepNote({ database }: Services, refundId: string, note: string): Promise<void> {
  await database.update(refunds).set({ note }).where(eq(refunds.id, refundId));
}

async function getRefund({ database }: Services, id: string) {
  const [row] = await database
    .select({
      boardId: refunds.dreamBoardId,
      contributionId: refunds.contributionId,
      providerPaymentId: refunds.providerPaymentId,
      status: refunds.status,
      updatedAt: refunds.updatedAt,
    })
    .from(refunds)
    .where(eq(refunds.id, id));
  if (!row) throw new ChipInError("not_found", "There is no such refund.");
  const { boardId, contributionId, providerPaymentId, status, updatedAt } = row;
  return {
    boardId,
    status,
    updatedAt,
    contribution: { id: contributionId },
    providerPaymentId: providerPaymentId ?? "",
  };
}
