import { eq } from "drizzle-orm";
import { boardDifferences } from "#database/monitoring-tables";
import { boardPots } from "#database/own-tables";
import { differenceInWords, LedgerCheck, OBJECT_IS_AHEAD } from "#domain/board/ledger-check";
import { boardCode } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { callBoard, PATIENCE_MS } from "./call-board.ts";
import { exportLedger } from "./export-ledger.ts";

/** A payment may arrive between two reads; a difference that is still there every time is one. */
const LOOKS = 3;
const MAX_DIFFERENCE_CHARACTERS = 500;

/**
 * Checks the ledger of one board: its log, folded again, and the rows, the totals view and the board's object must agree to the
 * cent. (design 2, 7) A log that is ahead of Postgres is projected again. A difference is an alert and a row of
 * `board_differences`; the row goes when the board agrees again. Nothing else is changed.
 * @returns the difference, in words with ids and amounts, or null
 * @throws what Postgres says when it cannot be noted; the board is then compared again
 */
export async function compareBoard(services: Services, boardId: string): Promise<string | null> {
  const difference = await lastingDifference(services, boardId);
  await noteCompared(services, boardId, difference);
  if (difference !== null) services.alert({ event: "board_difference", board: boardCode(boardId), difference });
  return difference;
}

async function noteCompared({ database, now }: Services, dreamBoardId: string, difference: string | null) {
  const comparedAt = now();
  const compared = database
    .insert(boardPots)
    .values({ dreamBoardId, countedCents: 0, returningCents: 0, contributionCount: 0, seq: 0, comparedAt })
    .onConflictDoUpdate({ target: boardPots.dreamBoardId, set: { comparedAt } });
  if (difference === null) {
    await database.batch([
      compared,
      database.delete(boardDifferences).where(eq(boardDifferences.dreamBoardId, dreamBoardId)),
    ]);
    return;
  }
  const said = { difference: difference.slice(0, MAX_DIFFERENCE_CHARACTERS), seenAt: comparedAt };
  await database.batch([
    compared,
    database
      .insert(boardDifferences)
      .values({ dreamBoardId, foundAt: comparedAt, ...said })
      .onConflictDoUpdate({ target: boardDifferences.dreamBoardId, set: said }),
  ]);
}

async function lastingDifference(services: Services, boardId: string): Promise<string | null> {
  let difference: string | null = null;
  for (let look = 0; look < LOOKS; look += 1) {
    difference = await findDifference(services, boardId).catch((error) => `not comparable: ${messageOf(error)}`);
    if (difference === null) return null;
  }
  return difference;
}

async function findDifference(services: Services, boardId: string): Promise<string | null> {
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
