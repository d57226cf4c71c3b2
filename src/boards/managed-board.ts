import { and, eq } from "drizzle-orm";
import { boardManagers } from "#database/host-tables";
import type { Owner } from "#domain/board/actor";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { Services } from "#platform/services";
import { boardIdOf, noSuchBoard } from "./call-board.ts";
import { findBoard } from "./read-board.ts";

/** The host who opened the board, or the one they share it with. */
export type ParentRole = "host" | "second_parent";

/**
 * `owner` reads the board for this parent (`readForHost`), `services` act on it for them: what is recorded names the person,
 * whoever's board it is.
 */
export type ManagedBoard = Readonly<{ board: BoardSnapshot; role: ParentRole; owner: Owner; services: Services }>;

/**
 * The board, for one of its parents: the one check of who may see and change a board on the pages of hosts. The host is known to
 * the board; a second parent to Postgres, so while that is away a second parent is answered `unavailable`.
 * @param idOrSlug a second parent's board is found by its public id only.
 * @throws ChipInError `not_found` when there is no such board, or this host manages it not.
 */
export async function getManagedBoard(services: Services, hostId: string, idOrSlug: string): Promise<ManagedBoard> {
  const host = { kind: "host", hostId } as const;
  const own = await findBoard(services, host, idOrSlug);
  if (own) return { board: own, role: "host", owner: host, services };
  const boardId = boardIdOf({ idOrSlug });
  if (boardId === null || !(await isSecondParent(services, hostId, boardId))) throw noSuchBoard();
  const owner = { kind: "manager", boardId } as const;
  const board = await findBoard(services, owner, idOrSlug);
  if (!board) throw noSuchBoard();
  return { board, role: "second_parent", owner, services: { ...services, owner } };
}

/** The ids of the boards that this host manages as the second parent. */
export async function boardsOfSecondParent({ database }: Services, hostId: string): Promise<string[]> {
  const rows = await database
    .select({ id: boardManagers.dreamBoardId })
    .from(boardManagers)
    .where(eq(boardManagers.hostId, hostId));
  return rows.map(({ id }) => id);
}

export async function isSecondParent({ database }: Services, hostId: string, boardId: string): Promise<boolean> {
  const rows = await database
    .select({ id: boardManagers.dreamBoardId })
    .from(boardManagers)
    .where(and(eq(boardManagers.dreamBoardId, boardId), eq(boardManagers.hostId, hostId)));
  return rows.length > 0;
}
