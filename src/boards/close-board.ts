import type { Refusal } from "#domain/board/commands";
import type { CloseReason } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { changeBoard } from "./call-board.ts";

/**
 * Closes the board and plans its payouts; closing it again gives the same answer. `projected` is false when the board is
 * closed but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or `conflict` when the board's state does not allow it.
 */
export function closeBoard(
  services: Services,
  { idOrSlug, reason }: Readonly<{ idOrSlug: string; reason: CloseReason }>,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  return changeBoard(services, idOrSlug, { type: "close_board", reason }, refusal);
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
    case "cannot_close":
      return new ChipInError("conflict", `A board that is ${outcome.status} cannot be closed.`);
    case "goal_not_reached":
      return new ChipInError("conflict", 'The goal is not reached yet. Close with reason "manual" to close early.');
    case "deadline_not_reached":
      return new ChipInError("conflict", 'The deadline has not passed yet. Close with reason "manual" to close early.');
    default:
      throw new Error(`closing a board was refused: ${outcome.refused}`);
  }
}
