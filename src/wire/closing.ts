import type { PayoutStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";

/** What closing a board answers. (product-facts 12) A payout nobody has touched yet is pending. */
export function presentClosing(board: BoardSnapshot, statusOf: (payoutId: string) => PayoutStatus | undefined) {
  return {
    id: publicId("board", board.id),
    status: board.status,
    // What the payouts share out: money that came after closing is on its way back.
    raised_cents: board.payouts.reduce((sum, { gross }) => sum + gross, 0),
    payouts: board.payouts.map(({ id, type, net }) => ({
      id: publicId("payout", id),
      type,
      status: statusOf(id) ?? "pending",
      net_cents: net as number,
    })),
  };
}
