import type { Owner } from "#domain/board/actor";
import type { HostReads } from "#domain/board/host-reads";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { boardIdOf, callBoard, noSuchBoard, requireCode } from "./call-board.ts";

type About<Read extends keyof HostReads> = Omit<HostReads[Read]["about"], "owner" | "boardId">;

/**
 * Reads a board for the pages of its host, out of its object: current, also while Postgres is away. `id` is the board's public id.
 * @throws ChipInError `not_found` when there is no such board, or it is another owner's; `unavailable` when it does not answer;
 *   `conflict` for a ledger that is too long.
 */
export async function readForHost<Read extends keyof HostReads>(
  services: Services,
  owner: Owner,
  id: string,
  read: Read,
  about: About<Read>,
): Promise<Exclude<HostReads[Read]["answer"], null | "too_long">> {
  const boardId = boardIdOf({ idOrSlug: id });
  if (boardId === null) throw noSuchBoard();
  const full = { ...about, owner, boardId } as HostReads[Read]["about"]; // All of it: `About` leaves out these two.
  const answer: HostReads[Read]["answer"] = await callBoard(services, requireCode({ boardId }), (board) =>
    board.readForHost(read, full),
  );
  if (answer === null) throw noSuchBoard();
  if (answer === "too_long") {
    throw new ChipInError("conflict", "This board has more contributions than one file holds. Please write to us.");
  }
  return answer as Exclude<HostReads[Read]["answer"], null | "too_long">; // Checked above, which the compiler does not follow.
}
