import { and, eq, isNull, sql } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { callBoard, type MoneyCommand } from "#boards/board-object";
import { boardFlags, refunds, settlementDifferences } from "#database/payment-tables";
import { contributions } from "#database/schema";
import type { Refusal } from "#domain/board/commands";
import type { Actor } from "#domain/board/events";
import type { FlagKind } from "#domain/board/flags";
import { boardCode, derivedId } from "#domain/ids";
import { stuckSince } from "#domain/refund-age";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** Verbs for operators: money matters that only a person can decide, without anybody touching a database. */

const OPERATOR: Actor = { kind: "operator" };

export type Settled = { recorded: boolean; projected: boolean };

/**
 * Asks for the refund of a contribution, or, by the provider's id, of a payment of a wrong amount. Asking again changes
 * nothing. @throws ChipInError `not_found`, or `conflict` saying why there is nothing to refund.
 */
export async function refundContribution(
  services: Services,
  { contributionId, providerPaymentId }: { contributionId: string; providerPaymentId: string | null },
): Promise<Settled> {
  const [row] = await services.database
    .select({ boardId: contributions.dreamBoardId })
    .from(contributions)
    .where(eq(contributions.id, contributionId));
  if (!row) throw new ChipInError("not_found", "There is no such contribution.");
  const payment = { contributionId, providerPaymentId };
  return await settle(services, row.boardId, {
    type: "request_refund",
    ...payment,
    cause: "operator",
    by: OPERATOR,
  });
}

/**
 * A refund that failed is asked for again, as a new request at the provider. @throws ChipInError `not_found`, `conflict`.
 */
export async function retryRefund(services: Services, refundId: string): Promise<Settled> {
  const refund = await getRefund(services, refundId);
  if (refund.status !== "failed" && refund.status !== "by_hand") {
    throw new ChipInError("conflict", `A refund that is ${refund.status} cannot be asked for again.`);
  }
  const news = { status: "requested", providerRefundId: null, reason: null } as const;
  return await settle(services, refund.boardId, { type: "report_refund", ...refund.payment, ...news, by: OPERATOR });
}

/**
 * A person has sent the money back in the provider's own portal. `note` is kept beside the log, for the record.
 * @throws ChipInError `not_found`, or `conflict` while it may be on its way by itself; not for ever.
 */
export async function settleRefund(
  services: Services,
  refundId: string,
  { providerRefundId, note }: { providerRefundId: string | null; note: string },
): Promise<Settled> {
  const refund = await getRefund(services, refundId);
  const isOnItsWay = refund.status === "requested" || refund.status === "processing";
  if (isOnItsWay && refund.updatedAt >= stuckSince(services.now())) {
    // It may be sent this very moment: settled by hand as well, it would go out twice.
    throw new ChipInError(
      "conflict",
      `A refund that is ${refund.status} is on its way; wait until it is done or fails.`,
    );
  }
  const news = { status: "completed", providerRefundId, reason: null } as const;
  const command = { type: "report_refund", ...refund.payment, ...news, by: OPERATOR } as const;
  const settled = await settle(services, refund.boardId, command);
  if (settled.recorded) await services.database.update(refunds).set({ note }).where(eq(refunds.id, refundId));
  return settled;
}

export type FlagToClear = Readonly<{
  boardId: string;
  flag: FlagKind;
  contributionId: string | null;
  providerPaymentId: string | null;
  note: string;
}>;

/** A person has looked: the flag holds nothing up any more. @throws ChipInError `not_found`. */
export async function clearFlag(services: Services, { note, boardId, ...flag }: FlagToClear): Promise<Settled> {
  const settled = await settle(services, boardId, { type: "clear_flag", ...flag, by: OPERATOR });
  await services.database
    .update(boardFlags)
    .set({ note })
    .where(
      and(
        eq(boardFlags.dreamBoardId, boardId),
        eq(boardFlags.flag, flag.flag),
        sql`${boardFlags.contributionId} IS NOT DISTINCT FROM ${flag.contributionId}::uuid`,
        sql`${boardFlags.providerPaymentId} IS NOT DISTINCT FROM ${flag.providerPaymentId}`,
      ),
    );
  return settled;
}

/** A person knows why the lists differ. @throws ChipInError `not_found` when there is no such open difference. */
export async function resolveDifference(services: Services, id: string, note: string): Promise<void> {
  const { database } = services;
  const open = and(eq(settlementDifferences.id, id), isNull(settlementDifferences.resolvedAt));
  const [difference] = await database.select().from(settlementDifferences).where(open);
  if (!difference) throw noSuchDifference();
  const { foundAt, paymentProvider, day, kind, providerPaymentId } = difference;
  const action = "settlement_difference.resolved";
  const [resolved] = await database.batch([
    database.update(settlementDifferences).set({ resolvedAt: services.now(), note }).where(open).returning(),
    auditInsert(services, {
      // A person resolves a difference once, so two at the same time leave one row.
      id: derivedId(foundAt, id, action),
      actor: { kind: "admin" },
      action,
      target: { type: "settlement_difference", id },
      metadata: { provider: paymentProvider, day, kind, provider_payment_id: providerPaymentId },
    }),
  ]);
  if (resolved.length === 0) throw noSuchDifference();
}

function noSuchDifference(): ChipInError {
  return new ChipInError("not_found", "There is no such difference, or it is resolved.");
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
  return { boardId, status, updatedAt, payment: { contributionId, providerPaymentId: providerPaymentId ?? "" } };
}

async function settle(services: Services, boardId: string, command: MoneyCommand): Promise<Settled> {
  const outcome = await callBoard(services, boardCode(boardId), (board) => board.settle(command, services.requestId));
  if ("refused" in outcome) throw refusal(outcome);
  return { recorded: outcome.events > 0, projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
    case "nothing_to_refund":
      return new ChipInError("conflict", `Nothing can be refunded: the payment is ${outcome.status}.`);
    case "already_paid_out":
      return new ChipInError("conflict", "The board has been paid out; its money is no longer here.");
    case "unknown_flag":
      return new ChipInError("not_found", "There is no such flag on this board.");
    case "unknown_payment":
    case "unknown_refund":
    case "unknown_board":
      return new ChipInError("not_found", "The board knows nothing of this.");
    default:
      throw new Error(`a money matter was refused: ${outcome.refused}`);
  }
}
