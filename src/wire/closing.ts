import type { BoardSnapshot } from "#domain/board/snapshot";
import { publicId } from "#domain/ids";

/** The answer to closing a board. (product-facts 12) */
export function presentClosing(board: BoardSnapshot) {
  return {
    id: publicId("board", board.id),
    status: board.status,
    raised_cents: board.raised as number,
    // What the payouts share out: `raised_cents` without what is on its way back.
    payable_cents: board.payable as number,
    payouts: board.payouts.map(({ id, type, status, net }) => ({
      id: publicId("payout", id),
      type,
      status,
      net_cents: net as number,
    })),
  };
}
