import { and, eq } from "drizzle-orm";
import { boardManagers } from "#database/host-tables";
import type { Owner } from "#domain/board/actor";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { boardIdOf } from "./call-board.ts";

/**
 * Reads or changes a board for one of its parents, by its public id: the one check of who may see and change a board on the pages of
 * hosts. `act` asks the board, which refuses others than its host; only then Postgres is asked for a second parent, so the host needs
 * one call and no Postgres. While that is away a second parent is answered `unavailable`.
 * @throws ChipInError `not_found` when there is no such board, or this host may not manage it.
 */
export async function asParent<T>(
  services: Services,
  { hostId, board }: Readonly<{ hostId: string; board: string }>,
  act: (services: Services, owner: Owner) => Promise<T>,
): Promise<T> {
  try {
    return await act(services, { kind: "host", hostId });
  } catch (error) {
    const boardId = boardIdOf({ idOrSlug: board });
    const isRefused = error instanceof ChipInError && error.code === "not_found";
    if (!isRefused || boardId === null || !(await isSecondParent(services, hostId, boardId))) throw error;
    const owner = { kind: "manager", boardId } as const;
    return await act({ ...services, owner }, owner);
  }
}

async function isSecondParent({ database }: Services, hostId: string, boardId: string): Promise<boolean> {
  const rows = await database
    .select({ id: boardManagers.dreamBoardId })
    .from(boardManagers)
    .where(and(eq(boardManagers.dreamBoardId, boardId), eq(boardManagers.hostId, hostId)));
  return rows.length > 0;
}
