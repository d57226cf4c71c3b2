import { inArray, sql } from "drizzle-orm";
import { callBoard, PATIENCE_MS } from "#boards/call-board";
import { boardLags } from "#database/monitoring-tables";
import { boardCode } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { BoardInspection } from "#platform/objects";
import type { Services } from "#platform/services";

/** A board that moved in this time may move again: a payment comes within an hour of its attempt. */
const LOOKBACK_MS = 60 * 60_000;
const MAX_BOARDS = 100;
/** The runtime lets six calls of one invocation wait for their answer. */
const CONCURRENCY = 5;

/**
 * Asks the objects of the boards that moved last how far Postgres has them, and keeps those that are behind, for
 * `healthOf`. One that stands still where the run before saw it is projected again. A poisoned board has its own alert and its own
 * retries. What this does not see: a board that moved longer ago, until it is compared at night or something wakes it.
 */
export async function watchProjection(services: Services, now: Date): Promise<{ watched: number; behind: number }> {
  const boards = await boardsToWatch(services, now);
  let behind = 0;
  const waiting = boards.values();
  const worker = async () => {
    for (const { id, seenSeq } of waiting) {
      const board = await look(services, id, seenSeq).catch((error: unknown) => {
        services.log({ event: "projection_not_watched", board: boardCode(id), error: messageOf(error) });
        return null;
      });
      if (!board) continue;
      if (board.projectedSeq < board.headSeq) behind += 1;
      await note(services, id, board, now);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { watched: boards.length, behind };
}

/** `seenSeq`: where the run before saw the board behind; null when it was not. */
async function boardsToWatch({ database }: Services, now: Date): Promise<{ id: string; seenSeq: number | null }[]> {
  const since = new Date(now.getTime() - LOOKBACK_MS);
  const { rows } = await database.execute<{ id: string; seen_seq: number | null }>(sql`
    WITH moved AS MATERIALIZED (
      SELECT dream_board_id AS id, max(at) AS at FROM board_events WHERE at >= ${since.toISOString()}::timestamptz GROUP BY 1
    )
    SELECT dream_board_id AS id, projected_seq AS seen_seq FROM board_lags
    UNION ALL (
      SELECT id, NULL FROM moved WHERE id NOT IN (SELECT dream_board_id FROM board_lags) ORDER BY at DESC LIMIT ${MAX_BOARDS}
    )`);
  return rows.map(({ id, seen_seq }) => ({ id, seenSeq: seen_seq }));
}

async function look(services: Services, id: string, seenSeq: number | null): Promise<BoardInspection> {
  const code = boardCode(id);
  const board = await callBoard(services, code, (object) => object.inspect());
  const stands = board.projectedSeq < board.headSeq && board.projectedSeq === seenSeq;
  if (!stands || board.poisonedSeq !== null) return board;
  return await callBoard(services, code, (object) => object.projectAgain(board.projectedSeq), PATIENCE_MS.upkeep);
}

async function note({ database }: Services, id: string, { headSeq, projectedSeq }: BoardInspection, now: Date) {
  if (projectedSeq >= headSeq) {
    await database.delete(boardLags).where(inArray(boardLags.dreamBoardId, [id]));
    return;
  }
  // A board that gets on is not late, however busy it is.
  await database
    .insert(boardLags)
    .values({ dreamBoardId: id, projectedSeq, behindSince: now, seenAt: now })
    .onConflictDoUpdate({
      target: boardLags.dreamBoardId,
      set: {
        projectedSeq,
        seenAt: now,
        behindSince: sql`CASE WHEN ${boardLags.projectedSeq} = excluded.projected_seq THEN ${boardLags.behindSince} ELSE excluded.behind_since END`,
      },
    });
}
