import type { PayoutStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";

/** The answer to closing a board. (product-facts 12) A payout without a status in Postgres is pending. */
export function presentClosing(board: BoardSnapshot, statusOf: (payoutId: string) => PayoutStatus | undefined) {
  return {
    id: publicId("board", board.id),
    status: board.status,
    // The sum of the payouts: money that came after closing is being refunded.
    raised_cents: board.payouts.reduce((sum, { gross }) => sum + gross, 0),
    payouts: board.payouts.map(({ id, type, net }) => ({
      id: publicId("payout", id),
      type,
      status: statusOf(id) ?? "pending",
      net_cents: net as number,
    })),
  };
}
