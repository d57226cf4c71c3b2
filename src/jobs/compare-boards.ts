import { and, asc, eq, isNull, lt, or, sql } from "drizzle-orm";
import { callBoard } from "#boards/call-board";
import { readLog } from "#boards/read-log";
import { boardEvents, boardPots } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { firstBrokenLink, GENESIS_HASH } from "#domain/board/chain";
import { evolve } from "#domain/board/evolve";
import { potOf, recount } from "#domain/board/pot";
import { isReadable, readEvent } from "#domain/board/read-event";
import { unopenedBoard } from "#domain/board/state";
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
 * Folds each recently changed board's log again and compares it with the totals view, the projected pot and the board's
 * object: they must agree to the cent. (design 2, 7) A log that is ahead of Postgres is projected again. Differences are
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

/** Boards whose log moved since `since` and that this run has not compared yet. */
async function boardsToCompare({ database }: Services, since: Date, startedAt: Date): Promise<string[]> {
  const moved = sql`${dreamBoards.id} IN (
    SELECT e.dream_board_id FROM ${boardEvents} e WHERE e.at >= ${since.toISOString()}::timestamptz)`;
  const rows = await database
    .select({ id: dreamBoards.id })
    .from(dreamBoards)
    .leftJoin(boardPots, eq(boardPots.dreamBoardId, dreamBoards.id))
    .where(and(moved, or(isNull(boardPots.comparedAt), lt(boardPots.comparedAt, startedAt))))
    .orderBy(sql`${boardPots.comparedAt} ASC NULLS FIRST`, asc(dreamBoards.id))
    .limit(PAGE_BOARDS);
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
  const { database } = services;
  let state = unopenedBoard();
  let head = { seq: 0, hash: GENESIS_HASH };
  for await (const piece of readLog(database, boardId)) {
    const broken = firstBrokenLink(piece, head);
    if (broken !== null) return `the chain breaks at event ${broken}`;
    for (const stored of piece) {
      const entry = readEvent(stored);
      if (!isReadable(entry)) return `event ${entry.seq} (${entry.type} v${entry.v}) is ${entry.problem}`;
      state = evolve(state, entry.event, entry.at);
      head = { seq: stored.seq, hash: stored.hash };
    }
  }
  const [totals] = await database.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  const [pot] = await database.select().from(boardPots).where(eq(boardPots.dreamBoardId, boardId));
  // Asked last, so it can only be ahead of what was read.
  const code = boardCode(boardId);
  const object = await callBoard(services, code, (board) => board.inspect());

  const folded = potOf(state);
  const recounted = recount(state);
  if (recounted.counted !== folded.counted || recounted.returning !== folded.returning) {
    return `the log's pot is ${words(folded)}, its contributions add up to ${words(recounted)}`;
  }
  if (totals?.raisedCents !== folded.counted) return `the view says ${totals?.raisedCents}, the log ${folded.counted}`;
  if (totals.status !== state.status) return `the row says ${totals.status}, the log ${state.status}`;
  const projected = { counted: pot?.countedCents ?? 0, returning: pot?.returningCents ?? 0 };
  if (projected.counted !== folded.counted || projected.returning !== folded.returning) {
    return `the projected pot is ${words(projected)}, the log's ${words(folded)}`;
  }

  if (words(object.recounted) !== words(object.pot)) return "the object's pot does not add up";
  if (object.headSeq < head.seq) return `the object has ${object.headSeq} events, Postgres ${head.seq}`;
  if (object.projectedSeq > head.seq) return `the object believes ${object.projectedSeq} events are here`;
  if (object.headSeq > head.seq) {
    // Without an alarm nothing else would project them.
    const { headSeq, projectedSeq } = await callBoard(services, code, (board) => board.projectAgain(head.seq));
    return projectedSeq >= headSeq ? null : `${headSeq - projectedSeq} events of the object do not reach Postgres`;
  }
  if (object.headHash !== head.hash) return "the object has another log";
  return words(object.pot) === words(folded) ? null : `the object says ${words(object.pot)}, the log ${words(folded)}`;
}

function words({ counted, returning }: { counted: number; returning: number }): string {
  return `${counted} (${returning} on its way back)`;
}
