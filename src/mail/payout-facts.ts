import { and, arrayContains, asc, eq, gt, inArray, isNull, lt, or } from "drizzle-orm";
import type { Database } from "#database/client";
import { payoutExecutions, payoutHolds } from "#database/payout-tables";
import { apiKeys, payouts } from "#database/schema";
import type { HoldReason, PayoutStatus } from "#domain/board/lifecycle";
import type { PayoutMethod } from "#domain/gift";
import { publicId } from "#domain/ids";
import { type Cents, cents } from "#domain/money";
import { unknownSince, unpaidSince } from "#domain/payout-age";

export type AdminPayout = Readonly<{
  /** `po_…` */
  payoutId: string;
  type: PayoutMethod;
  /** What is to be paid. */
  amount: Cents;
  /** From 1. */
  attempt: number;
}>;

export type WaitingPayouts = Readonly<{
  about: "waiting_payouts";
  /** `db_…` */
  boardId: string;
  /** Those that are `processing` are so for more than a day. */
  payouts: readonly (AdminPayout & { status: Exclude<PayoutStatus, "completed"> })[];
  /** What holds all of them. */
  holds: readonly { reason: HoldReason; providerPaymentId: string | null }[];
}>;

export type FailedPayout = Readonly<{
  about: "failed_payout";
  /** `db_…` */
  boardId: string;
  payout: AdminPayout;
  errorCode: string | null;
}>;

/**
 * Null when no payout of the board waits. Also null when its partner pays its payouts itself, nothing holds them, and
 * none is overdue: then the partner was told. (product-facts 7 and 14)
 */
export async function readWaitingPayouts(
  database: Database,
  boardId: string,
  now: Date,
): Promise<WaitingPayouts | null> {
  const isUnknown = and(eq(payouts.status, "processing"), lt(payoutExecutions.startedAt, unknownSince(now)));
  const [waiting, holds, payingKeys] = await database.batch([
    selectPayouts(database)
      .where(
        and(
          eq(payouts.dreamBoardId, boardId),
          gt(payouts.grossCents, 0),
          or(inArray(payouts.status, ["pending", "failed"]), isUnknown),
        ),
      )
      .orderBy(asc(payouts.createdAt), asc(payouts.type)),
    database
      .select({ reason: payoutHolds.reason, providerPaymentId: payoutHolds.providerPaymentId })
      .from(payoutHolds)
      .where(and(eq(payoutHolds.dreamBoardId, boardId), isNull(payoutHolds.liftedAt)))
      .orderBy(asc(payoutHolds.seq)),
    database
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .innerJoin(payouts, eq(payouts.partnerId, apiKeys.partnerId))
      .where(
        and(
          eq(payouts.dreamBoardId, boardId),
          eq(apiKeys.isActive, true),
          arrayContains(apiKeys.scopes, ["payouts:write"]),
        ),
      )
      .limit(1),
  ]);
  const isOverdue = waiting.some(({ status, createdAt }) => status === "processing" || createdAt < unpaidSince(now));
  const isPartners = payingKeys.length > 0 && holds.length === 0 && !isOverdue;
  if (waiting.length === 0 || isPartners) return null;
  return {
    about: "waiting_payouts",
    boardId: publicId("board", boardId),
    payouts: waiting.flatMap((row) =>
      row.status === "completed" ? [] : [{ ...adminPayout(row), status: row.status }],
    ),
    holds,
  };
}

/** Null when the payout was retried, or completed, meanwhile. */
export async function readFailedPayout(database: Database, payoutId: string): Promise<FailedPayout | null> {
  const [row] = await selectPayouts(database).where(and(eq(payouts.id, payoutId), eq(payouts.status, "failed")));
  return row
    ? {
        about: "failed_payout",
        boardId: publicId("board", row.dreamBoardId),
        payout: adminPayout(row),
        errorCode: row.errorCode,
      }
    : null;
}

function selectPayouts(database: Database) {
  return database
    .select({
      id: payouts.id,
      dreamBoardId: payouts.dreamBoardId,
      type: payouts.type,
      status: payouts.status,
      netCents: payouts.netCents,
      createdAt: payouts.createdAt,
      attempt: payoutExecutions.attempt,
      errorCode: payoutExecutions.errorCode,
    })
    .from(payouts)
    .leftJoin(payoutExecutions, eq(payoutExecutions.payoutId, payouts.id))
    .$dynamic();
}

type PayoutRow = Readonly<{ id: string; type: PayoutMethod; netCents: number; attempt: number | null }>;

function adminPayout({ id, type, netCents, attempt }: PayoutRow): AdminPayout {
  return { payoutId: publicId("payout", id), type, amount: cents(netCents), attempt: attempt ?? 1 };
}
