import { and, eq } from "drizzle-orm";
import { isUnavailable } from "#database/errors";
import { payouts } from "#database/schema";
import type { PayoutStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { Services } from "#platform/services";

/** How far each of the board's payouts has come; null while Postgres is away, when only the plan is known. */
export async function findPayoutStatuses(
  { database }: Services,
  board: BoardSnapshot,
): Promise<ReadonlyMap<string, PayoutStatus> | null> {
  if (board.payouts.length === 0) return new Map();
  try {
    const rows = await database
      .select({ id: payouts.id, status: payouts.status })
      .from(payouts)
      .where(and(eq(payouts.dreamBoardId, board.id), eq(payouts.partnerId, board.partnerId)));
    return new Map(rows.map(({ id, status }) => [id, status]));
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  }
}
