import { and, asc, eq, gt, sql } from "drizzle-orm";
import { callBoard } from "#boards/board-object";
import { readLog } from "#boards/read-log";
import { boardEvents } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { firstBrokenLink } from "#domain/board/chain";
import { evolve, recount } from "#domain/board/evolve";
import { unopenedBoard } from "#domain/board/state";
import { boardCode } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** Boards whose log moved in the last two nights are compared: a difference shows at the latest on the second look. */
const LOOKBACK_MS = 48 * 3_600_000;
const PAGE_BOARDS = 200;
/** A payment may arrive between two reads; a difference that is still there every time is one. */
const LOOKS = 3;

export type BoardDifference = { boardId: string; difference: string };

/**
 * Folds each recently changed board's log again and compares it with the totals view and with the board's object: the
 * three must agree to the cent. (design 2, 7) Differences are alerts; nothing is mended behind anybody's back.
 */
export async function compareBoards(
  services: Services,
  now: Date,
): Promise<{ compared: number; differences: BoardDifference[] }> {
  const since = new Date(now.getTime() - LOOKBACK_MS);
  const differences: BoardDifference[] = [];
  let compared = 0;
  for (let page = await changedBoards(services, since, null); page.length > 0; ) {
    for (const boardId of page) {
      const difference = await lastingDifference(services, boardId);
      compared += 1;
      if (difference === null) continue;
      differences.push({ boardId, difference });
      services.alert({ event: "board_difference", board: boardCode(boardId), difference });
    }
    page = await changedBoards(services, since, page.at(-1) ?? null);
  }
  return { compared, differences };
}

async function changedBoards({ database }: Services, since: Date, after: string | null): Promise<string[]> {
  const moved = sql`EXISTS (
    SELECT FROM ${boardEvents} e WHERE e.dream_board_id = ${dreamBoards.id} AND e.at >= ${since.toISOString()})`;
  const rows = await database
    .select({ id: dreamBoards.id })
    .from(dreamBoards)
    .where(after === null ? moved : and(moved, gt(dreamBoards.id, after)))
    .orderBy(asc(dreamBoards.id))
    .limit(PAGE_BOARDS);
  return rows.map(({ id }) => id);
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
  const log = await readLog(database, boardId);
  const [totals] = await database.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  // Asked last, so it can only be ahead of what was read.
  const object = await callBoard(services, boardCode(boardId), (board) => board.inspect());

  const broken = firstBrokenLink(log);
  if (broken !== null) return `the chain breaks at event ${broken}`;
  let state = unopenedBoard();
  for (const { event, at } of log) state = evolve(state, event, at);

  const counted = recount(state).raised;
  if (counted !== state.raised) return `the log's tally is ${state.raised}, its contributions add up to ${counted}`;
  if (totals?.raisedCents !== state.raised) return `the view says ${totals?.raisedCents}, the log ${state.raised}`;
  if (totals.status !== state.status) return `the row says ${totals.status}, the log ${state.status}`;

  if (object.recountedCents !== object.raisedCents) return "the object's tally does not add up";
  if (object.headSeq < log.length) return `the object has ${object.headSeq} events, Postgres ${log.length}`;
  if (object.projectedSeq > log.length) return `the object believes ${object.projectedSeq} events are here`;
  if (object.headSeq > log.length) return null; // On its way; what does not arrive raises alerts of its own.
  if (object.headHash !== log.at(-1)?.hash) return "the object has another log";
  return object.raisedCents === state.raised ? null : `the object says ${object.raisedCents}, the log ${state.raised}`;
}
