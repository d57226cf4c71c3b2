import { sql } from "drizzle-orm";
import { callBoard, PATIENCE_MS } from "#boards/call-board";
import { exportLedger } from "#boards/export-ledger";
import { boardPots } from "#database/own-tables";
import { differenceInWords, LedgerCheck, OBJECT_IS_AHEAD } from "#domain/board/ledger-check";
import { boardCode } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** Boards whose log moved in the last two nights are compared: a difference shows at the latest on the second look. */
const LOOKBACK_MS = 48 * 3_600_000;
const PAGE_BOARDS = 200;
/** Well within what one scheduled invocation may take. Boards that are left come first in the next run. */
const LONGEST_RUN_MS = 10 * 60_000;
/** A payment may arrive between two reads; a difference that is still there every time is one. */
const LOOKS = 3;

export type BoardDifference = { boardId: string; difference: string };

/**
 * Checks the ledger of each recently changed board: its log, folded again, and the rows, the totals view and the board's
 * object must agree to the cent. (design 2, 7) A log that is ahead of Postgres is projected again. Differences are
 * alerts; nothing else is changed. The boards compared longest ago come first, so a run that is cut short starves none.
 */
export async function compareBoards(
  services: Services,
  now: Date,
): Promise<{ compared: number; complete: boolean; differences: BoardDifference[] }> {
  const startedAt = services.now();
  const since = new Date(now.getTime() - LOOKBACK_MS);
  const differences: BoardDifference[] = [];
  let compared = 0;
  for (;;) {
    const page = await boardsToCompare(services, since, startedAt);
    if (page.length === 0) return { compared, complete: true, differences };
    for (const boardId of page) {
      if (services.now().getTime() - startedAt.getTime() > LONGEST_RUN_MS) {
        return { compared, complete: false, differences };
      }
      const difference = await lastingDifference(services, boardId);
      await noteCompared(services, boardId);
      compared += 1;
      if (difference === null) continue;
      differences.push({ boardId, difference });
      services.alert({ event: "board_difference", board: boardCode(boardId), difference });
    }
  }
}

/**
 * Boards whose log moved since `since` and that this run has not compared yet. The steps are materialized: the boards that
 * moved are few, and the planner, which cannot know that, would walk over all boards and their logs.
 */
async function boardsToCompare({ database }: Services, since: Date, startedAt: Date): Promise<string[]> {
  const { rows } = await database.execute<{ id: string }>(sql`
    WITH moved AS MATERIALIZED (
      SELECT DISTINCT dream_board_id AS id FROM board_events WHERE at >= ${since.toISOString()}::timestamptz
    ), compared AS MATERIALIZED (
      SELECT id, (SELECT compared_at FROM board_pots WHERE dream_board_id = moved.id) AS compared_at FROM moved
    )
    SELECT id FROM compared WHERE compared_at IS NULL OR compared_at < ${startedAt.toISOString()}::timestamptz
    ORDER BY compared_at NULLS FIRST, id LIMIT ${PAGE_BOARDS}`);
  return rows.map(({ id }) => id);
}

async function noteCompared({ database, now }: Services, dreamBoardId: string): Promise<void> {
  const comparedAt = now();
  await database
    .insert(boardPots)
    .values({ dreamBoardId, countedCents: 0, returningCents: 0, contributionCount: 0, seq: 0, comparedAt })
    .onConflictDoUpdate({ target: boardPots.dreamBoardId, set: { comparedAt } });
}

async function lastingDifference(services: Services, boardId: string): Promise<string | null> {
  let difference: string | null = null;
  for (let look = 0; look < LOOKS; look += 1) {
    difference = await compareBoard(services, boardId).catch((error) => `not comparable: ${messageOf(error)}`);
    if (difference === null) return null;
  }
  return difference;
}

async function compareBoard(services: Services, boardId: string): Promise<string | null> {
  const check = new LedgerCheck();
  for await (const lines of exportLedger(services, boardId)) {
    for (const line of lines) check.add(line);
  }
  const difference = check.finish();
  if (difference?.what !== OBJECT_IS_AHEAD) return difference && differenceInWords(difference);
  // Without an alarm nothing else would project them.
  const { headSeq, projectedSeq } = await callBoard(
    services,
    boardCode(boardId),
    (board) => board.projectAgain(check.headSeq),
    PATIENCE_MS.upkeep,
  );
  return projectedSeq >= headSeq ? null : `${headSeq - projectedSeq} events of the object do not reach Postgres`;
}
