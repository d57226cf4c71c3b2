import { and, desc, eq, inArray, or } from "drizzle-orm";
import { after, type Position, positionOf } from "#database/keyset";
import { boardPots, partnerSandboxes } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import type { BoardSnapshot } from "#domain/board/snapshot";
import type { Services } from "#platform/services";
import { snapshotOf } from "./list-boards.ts";

export type HostBoardsPage = Readonly<{
  hostId: string;
  /** Ids of the boards that this host manages as the second parent. */
  shared: readonly string[];
  after?: Position | undefined;
  limit: number;
}>;

/**
 * At most `limit` of the host's boards as Postgres knows them, with every partner, newest first; `position` is where each stands.
 * A host has few, so the specified index of hosts finds them.
 */
export async function listHostBoards(
  { database }: Services,
  { hostId, shared, after: position, limit }: HostBoardsPage,
): Promise<(BoardSnapshot & { position: string })[]> {
  const isOwn = eq(dreamBoards.hostId, hostId);
  const rows = await database
    .select({
      board: dreamBoards,
      pot: boardPots,
      sandboxOf: partnerSandboxes.partnerId,
      position: positionOf(dreamBoards.createdAt),
    })
    .from(dreamBoards)
    .leftJoin(boardPots, eq(boardPots.dreamBoardId, dreamBoards.id))
    .leftJoin(partnerSandboxes, eq(partnerSandboxes.sandboxPartnerId, dreamBoards.partnerId))
    .where(
      and(
        shared.length > 0 ? or(isOwn, inArray(dreamBoards.id, [...shared])) : isOwn,
        position && after(dreamBoards, position),
      ),
    )
    .orderBy(desc(dreamBoards.createdAt), desc(dreamBoards.id))
    .limit(limit);
  return rows.map((row) => ({ ...snapshotOf(row, row.sandboxOf !== null), position: row.position }));
}
