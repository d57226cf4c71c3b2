import { isPerson } from "#domain/board/actor";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { boardCode, codeOfReference, parsePublicId } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import { callObject, isUnreachable } from "#platform/call-object";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import type { BoardObject, ExecuteContext, Executed } from "#platform/objects";
import type { BoardServices, Services } from "#platform/services";
import { outdateCopies } from "./edge-purge.ts";

/** What names a board: its public id, its UUID, its slug, or the reference of one of its payments. */
export type BoardName = Readonly<{ idOrSlug: string } | { reference: string } | { boardId: string }>;

/** The code of the board this names, or null when it can name none. */
export function codeOf(name: BoardName): string | null {
  if ("reference" in name) return codeOfReference(name.reference);
  const boardId = boardIdOf(name);
  return boardId !== null ? boardCode(boardId) : "idOrSlug" in name ? codeOfSlug(name.idOrSlug) : null;
}

/** The id in the name. Ids share only their last characters with a code, so the board checks it. */
export function boardIdOf(name: BoardName): string | null {
  if ("boardId" in name) return name.boardId;
  return "idOrSlug" in name ? parsePublicId("board", name.idOrSlug) : null;
}

/** @throws ChipInError `not_found` when it can name no board. */
export function requireCode(name: BoardName): string {
  const code = codeOf(name);
  if (!code) throw noSuchBoard();
  return code;
}

export function noSuchBoard(): ChipInError {
  return new ChipInError("not_found", "There is no such dream board.");
}

export function noAnswer(cause?: unknown): ChipInError {
  return new ChipInError("unavailable", "This board is very busy. Please try again in a moment.", [], { cause });
}

/** How long a caller waits for a board, in ms. A command may have been recorded although its caller gave up. */
export const PATIENCE_MS = {
  read: 3_000,
  command: 10_000,
  /** Its own wait for Postgres ends after ten seconds. */
  projectedCommand: 15_000,
  /** What goes through a whole log or profile. */
  upkeep: 30_000,
} as const;

/**
 * Calls the object of the board with this code, for `timeoutMs` at most.
 * @throws ChipInError `unavailable` when the object cannot be reached, is overloaded, or does not answer in time.
 */
export async function callBoard<T>(
  services: BoardServices,
  code: string,
  call: (board: BoardObject) => T | Promise<T>,
  timeoutMs: number = PATIENCE_MS.read,
): Promise<T> {
  try {
    return await callObject(() => services.objects.board(code), call, { timeoutMs });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    services.log({ event: "board_unreachable", board: code, error: messageOf(error) });
    throw noAnswer(error);
  }
}

/**
 * Has the board execute a command, as the actor of these services.
 * @throws ChipInError `unavailable` when the board cannot be reached, or a newer release has written to its log.
 */
export async function executeOnBoard(
  services: Services,
  code: string,
  command: BoardCommand,
  context: Omit<ExecuteContext, "by" | "owner" | "requestId"> = {},
): Promise<Refusal | Executed> {
  const { actor: by, owner, origin, requestId } = services;
  const profiles = isPerson(by) ? { ...context.profiles, origin } : context.profiles;
  const full = { ...context, ...(profiles && { profiles }), ...(owner && { owner }), by, requestId };
  const timeoutMs = context.waitForProjection ? PATIENCE_MS.projectedCommand : PATIENCE_MS.command;
  const outcome = await callBoard(services, code, (board) => board.execute(command, full), timeoutMs);
  if ("refused" in outcome && outcome.refused === "newer_release") {
    throw new ChipInError("unavailable", "This board is being updated. Please try again in a few minutes.");
  }
  if ("outdatesCopies" in outcome && outcome.outdatesCopies) outdateCopies(services, code);
  return outcome;
}

/**
 * Has the board execute an owner's command and waits until Postgres has it. `projected` is false when the board has
 * changed but Postgres does not know it yet.
 * @throws ChipInError `not_found`, or what `refusal` makes of the board's refusal.
 */
export async function changeBoard(
  services: Services,
  idOrSlug: string,
  command: BoardCommand,
  refusal: (refused: Refusal) => ChipInError,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  const name = { idOrSlug };
  const context = { boardId: boardIdOf(name), waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode(name), command, context);
  if ("refused" in outcome) throw outcome.refused === "unknown_board" ? noSuchBoard() : refusal(outcome);
  if (!outcome.board) throw noSuchBoard();
  return { board: outcome.board, projected: outcome.projected };
}
