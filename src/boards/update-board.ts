import type { Refusal, UpdateBoard } from "#domain/board/commands";
import { MAX_DEADLINE_DAYS, MIN_DEADLINE_DAYS } from "#domain/board/deadline";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { boardIdOf, executeOnBoard, noSuchBoard, requireCode } from "./call-board.ts";

/**
 * Changes the board, all fields or none; the same change again gives the same answer. `projected` is false when the board
 * is changed but Postgres does not know it yet.
 * @throws ChipInError `not_found`; `conflict` when the board's state does not allow it; `validation_error` for a deadline
 *   that is not 1 to 90 days ahead.
 */
export async function updateBoard(
  services: Services,
  idOrSlug: string,
  changes: Omit<UpdateBoard, "type">,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  const name = { idOrSlug };
  const command = { type: "update_board", ...changes } as const;
  const context = { boardId: boardIdOf(name), waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode(name), command, context);
  if ("refused" in outcome) throw refusal(outcome);
  if (!outcome.board) throw noSuchBoard();
  return { board: outcome.board, projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
    case "unknown_board":
      return noSuchBoard();
    case "cannot_cancel":
      return new ChipInError("conflict", `A board that is ${outcome.status} cannot be cancelled.`);
    case "cannot_expire":
      return new ChipInError("conflict", `A board that is ${outcome.status} cannot expire.`);
    case "has_money":
      return new ChipInError("conflict", "Guests have chipped in. Close the board, or cancel it to refund them.");
    case "cannot_move_deadline":
      return new ChipInError("conflict", `The deadline of a board that is ${outcome.status} cannot move.`);
    case "deadline_not_later":
      return new ChipInError("conflict", `The deadline can only become later than ${outcome.deadline}.`);
    case "deadline_out_of_range":
      return new ChipInError("validation_error", "Some fields are invalid; see details", [
        { field: "deadline", reason: `must be ${MIN_DEADLINE_DAYS} to ${MAX_DEADLINE_DAYS} days ahead` },
      ]);
    default:
      throw new Error(`updating a board was refused: ${outcome.refused}`);
  }
}
