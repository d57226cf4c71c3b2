import { and, desc, eq, inArray } from "drizzle-orm";
import { emailDigest } from "#database/columns";
import { after, createdWithin, type Position, positionOf, type Window } from "#database/keyset";
import { boardPots } from "#database/own-tables";
import { dreamBoards, hosts } from "#database/schema";
import type { BoardStatus } from "#domain/board/lifecycle";
import { type BoardSnapshot, snapshotAfter } from "#domain/board/snapshot";
import { cents } from "#domain/money";
import type { Services } from "#platform/services";

export type BoardsPage = Readonly<{
  partnerId: string;
  /** Whether the partner is a sandbox: then all of its boards are. */
  sandbox: boolean;
  status?: BoardStatus | undefined;
  created?: Window;
  /** Hex SHA-256 of the host's address, trimmed and in lower case. */
  hostEmailDigest?: string | undefined;
  after?: Position | undefined;
  limit: number;
}>;

/** At most `limit` of the partner's boards as Postgres knows them, newest first; `position` is where each stands. */
export async function listBoards(
  { database }: Services,
  { partnerId, sandbox, status, created = {}, hostEmailDigest, after: position, limit }: BoardsPage,
): Promise<(BoardSnapshot & { position: string })[]> {
  const ofHost = database
    .select({ id: hosts.id })
    .from(hosts)
    .where(eq(emailDigest(hosts.email), hostEmailDigest ?? ""));
  const rows = await database
    .select({ board: dreamBoards, pot: boardPots, position: positionOf(dreamBoards.createdAt) })
    .from(dreamBoards)
    .leftJoin(boardPots, eq(boardPots.dreamBoardId, dreamBoards.id))
    .where(
      and(
        eq(dreamBoards.partnerId, partnerId),
        status && eq(dreamBoards.status, status),
        createdWithin(dreamBoards.createdAt, created),
        hostEmailDigest === undefined ? undefined : inArray(dreamBoards.hostId, ofHost),
        position && after(dreamBoards, position),
      ),
    )
    .orderBy(desc(dreamBoards.createdAt), desc(dreamBoards.id))
    .limit(limit);
  return rows.map((row) => ({ ...snapshotOf(row, sandbox), position: row.position }));
}

type Row = { board: typeof dreamBoards.$inferSelect; pot: typeof boardPots.$inferSelect | null };

export function snapshotOf({ board, pot }: Row, sandbox: boolean): BoardSnapshot {
  const { giftData: gift, overflowGiftData: overflowGift, goalCents, ...shown } = board;
  const openedAt = board.createdAt.toISOString();
  const after = {
    status: board.status,
    counted: cents(pot?.countedCents ?? 0),
    returning: cents(pot?.returningCents ?? 0),
    contributionCount: pot?.contributionCount ?? 0,
    deadline: board.deadline.toISOString(),
    updatedAt: board.updatedAt.toISOString(),
  };
  const terms = { ...shown, boardId: board.id, goal: cents(goalCents), openedAt, sandbox };
  return snapshotAfter(terms, { ...shown, gift, overflowGift }, after);
}
