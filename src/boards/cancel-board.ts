import type { Refusal } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { changeBoard } from "./call-board.ts";

/**
 * Cancels the board and requests the refund of every completed contribution; cancelling it again gives the same answer.
 * `projected` is false when the board is cancelled but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or `conflict` when the board's state does not allow it.
 */
export function cancelBoard(
  services: Services,
  idOrSlug: string,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  return changeBoard(services, idOrSlug, { type: "cancel_board" }, refusal);
}

function refusal(outcome: Refusal): ChipInError {
  if (outcome.refused === "cannot_cancel") {
    return new ChipInError("conflict", `A board that is ${outcome.status} cannot be cancelled.`);
  }
  throw new Error(`cancelling a board was refused: ${outcome.refused}`);
}
