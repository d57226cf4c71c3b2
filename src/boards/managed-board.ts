import { eq } from "drizzle-orm";
import { boardManagers } from "#database/host-tables";
import type { Owner } from "#domain/board/actor";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { Services } from "#platform/services";
import { asParent } from "./as-parent.ts";
import { noSuchBoard } from "./call-board.ts";
import { findBoard } from "./read-board.ts";

/** The host who opened the board, or the one they share it with. */
export type ParentRole = "host" | "second_parent";

/**
 * `owner` reads the board for this parent (`readForHost`), `services` act on it for them: what is recorded names the person,
 * whoever's board it is.
 */
export type ManagedBoard = Readonly<{ board: BoardSnapshot; role: ParentRole; owner: Owner; services: Services }>;

/**
 * The board, for one of its parents (`asParent`).
 * @param idOrSlug a second parent's board is found by its public id only.
 * @throws ChipInError `not_found` when there is no such board, or this host manages it not.
 */
export async function getManagedBoard(services: Services, hostId: string, idOrSlug: string): Promise<ManagedBoard> {
  return await asParent(services, { hostId, board: idOrSlug }, async (acting, owner) => {
    const board = await findBoard(acting, owner, idOrSlug);
    if (!board) throw noSuchBoard();
    return { board, role: owner.kind === "host" ? "host" : "second_parent", owner, services: acting };
  });
}

/** The ids of the boards that this host manages as the second parent. */
export async function boardsOfSecondParent({ database }: Services, hostId: string): Promise<string[]> {
  const rows = await database
    .select({ id: boardManagers.dreamBoardId })
    .from(boardManagers)
    .where(eq(boardManagers.hostId, hostId));
  return rows.map(({ id }) => id);
}
