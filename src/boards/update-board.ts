import type { Refusal, UpdateBoard } from "#domain/board/commands";
import { DEADLINE_RANGE } from "#domain/board/deadline";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { arrangePictures } from "./arrange-pictures.ts";
import { changeBoard } from "./call-board.ts";

/**
 * Changes the board, all fields or none; the same change again gives the same answer. `projected` is false when the board
 * is changed but Postgres does not know it yet.
 * @throws ChipInError `not_found`; `conflict` when the board's state does not allow it; `validation_error` for a deadline
 *   that is not 1 to 90 days ahead, and for a contribution that the board does not know or that was given up unpaid.
 */
export async function updateBoard(
  services: Services,
  idOrSlug: string,
  changes: Omit<UpdateBoard, "type">,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  const changed = await changeBoard(services, idOrSlug, { type: "update_board", ...changes }, refusal);
  const pictures = [changes.photo, changes.giftPicture].filter((address) => address !== undefined);
  if (pictures.length > 0) await arrangePictures(services, changed.board.id, pictures);
  return changed;
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
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
      return invalid("deadline", DEADLINE_RANGE);
    case "unknown_payment":
      return invalid("hide", "names a contribution that this board does not have or that was never paid");
    case "anonymised":
      return new ChipInError("conflict", "This board has been anonymised. Nothing on it can change.");
    default:
      throw new Error(`updating a board was refused: ${outcome.refused}`);
  }
}

function invalid(field: string, reason: string): ChipInError {
  return new ChipInError("validation_error", "Some fields are invalid; see details.", [{ field, reason }]);
}
