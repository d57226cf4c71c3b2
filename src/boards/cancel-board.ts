import type { Refusal } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { boardIdOf, executeOnBoard, noSuchBoard, requireCode } from "./call-board.ts";

/**
 * Cancels the board and requests the refund of every completed contribution; cancelling it again gives the same answer.
 * `projected` is false when the board is cancelled but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or `conflict` when the board's state does not allow it.
 */
export async function cancelBoard(
  services: Services,
  idOrSlug: string,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  const name = { idOrSlug };
  const context = { boardId: boardIdOf(name), waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode(name), { type: "cancel_board" }, context);
  if ("refused" in outcome) throw refusal(outcome);
  if (!outcome.board) throw noSuchBoard();
  return { board: outcome.board, projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  if (outcome.refused === "unknown_board") return noSuchBoard();
  if (outcome.refused === "cannot_cancel") {
    return new ChipInError("conflict", `A board that is ${outcome.status} cannot be cancelled.`);
  }
  throw new Error(`cancelling a board was refused: ${outcome.refused}`);
}
