import type { Refusal } from "#domain/board/commands";
import type { Actor } from "#domain/board/events";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callBoard } from "./board-object.ts";
import { inspectBoard } from "./inspect-board.ts";
import { codeOf, getBoard, noSuchBoard } from "./read-board.ts";

/** `partnerId` null: an operator, who may cancel anybody's. */
export type BoardToCancel = Readonly<{ partnerId: string | null; idOrSlug: string; by: Actor }>;

/**
 * Cancels the board and asks for the refund of every completed contribution; cancelling it again gives the same answer.
 * `projected` is false when the board is cancelled but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or `conflict` when the board's state does not allow it.
 */
export async function cancelBoard(
  services: Services,
  { partnerId, idOrSlug, by }: BoardToCancel,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  // Also for an operator: a made-up id with a right ending must not cancel somebody's board.
  const owner = partnerId ?? (await inspectBoard(services, idOrSlug)).partnerId;
  if (owner === null) throw noSuchBoard();
  await getBoard(services, owner, idOrSlug);
  const code = codeOf(idOrSlug);
  if (!code) throw noSuchBoard();
  const command = { type: "cancel_board", by } as const;
  const outcome = await callBoard(services, code, (board) => board.cancel(partnerId, command, services.requestId));
  if ("refused" in outcome) throw refusal(outcome);
  return { board: outcome.board, projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  if (outcome.refused === "unknown_board") return noSuchBoard();
  if (outcome.refused === "cannot_cancel") {
    return new ChipInError("conflict", `A board that is ${outcome.status} cannot be cancelled.`);
  }
  throw new Error(`cancelling a board was refused: ${outcome.refused}`);
}
