import type { PayoutStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";

/** The answer to closing a board. (product-facts 12) A payout without a status in Postgres is pending. */
export function presentClosing(board: BoardSnapshot, statusOf: (payoutId: string) => PayoutStatus | undefined) {
  return {
    id: publicId("board", board.id),
    status: board.status,
    raised_cents: board.raised as number,
    // What the payouts share out: `raised_cents` without what is on its way back.
    payable_cents: board.payable as number,
    payouts: board.payouts.map(({ id, type, net }) => ({
      id: publicId("payout", id),
      type,
      status: statusOf(id) ?? "pending",
      net_cents: net as number,
    })),
  };
}
