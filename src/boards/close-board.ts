import type { Refusal } from "#domain/board/commands";
import type { Actor } from "#domain/board/events";
import type { CloseReason } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callBoard } from "./board-object.ts";
import { codeOf, getBoard, noSuchBoard } from "./read-board.ts";

export type BoardToClose = Readonly<{ partnerId: string; idOrSlug: string; reason: CloseReason; by: Actor }>;

/**
 * Closes the board and plans its payouts; closing it again gives the same answer. `projected` is false when the board is
 * closed but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or `conflict` when the board's state does not allow it.
 */
export async function closeBoard(
  services: Services,
  { partnerId, idOrSlug, reason, by }: BoardToClose,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  await getBoard(services, partnerId, idOrSlug);
  const code = codeOf(idOrSlug);
  if (!code) throw noSuchBoard();
  const command = { type: "close_board", reason, by } as const;
  const outcome = await callBoard(services, code, (board) => board.close(partnerId, command, services.requestId));
  if ("refused" in outcome) throw refusal(outcome);
  return { board: outcome.board, projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
    case "unknown_board":
      return noSuchBoard();
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
