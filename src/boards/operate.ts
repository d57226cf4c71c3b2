import { eq } from "drizzle-orm";
import { contributions, dreamBoards } from "#database/schema";
import type { BoardAbout, ContributorAbout } from "#domain/board/about";
import { resolveProjectionFailures } from "#projection/failures";
import { ChipInError } from "../errors.ts";
import type { Services } from "../services.ts";
import { type BoardInspection, callBoard } from "./board-object.ts";
import { forgetMiss } from "./misses.ts";
import { codeOf, noSuchBoard } from "./read-board.ts";
import { readLog } from "./read-log.ts";

/** Verbs for operators: what heals a board without anybody touching a database. */

/** @throws ChipInError `not_found` when the object has no log. */
export async function inspectBoard(services: Services, idOrSlug: string): Promise<BoardInspection> {
  const inspection = await callBoard(services, requireCode(idOrSlug), (board) => board.inspect());
  if (inspection.headSeq === 0) throw noSuchBoard();
  return inspection;
}

/** Writes everything after `seq` to Postgres again: after Postgres was restored, or a poisoned event was mended. */
export async function projectAgain(services: Services, boardId: string, seq: number): Promise<BoardInspection> {
  await inspectBoard(services, boardId);
  const inspection = await callBoard(services, requireCode(boardId), (board) => board.projectAgain(seq));
  const { database } = services;
  await resolveProjectionFailures(database, boardId, inspection.projectedSeq, services.now());
  return inspection;
}

/**
 * Rebuilds a board's lost object from the log kept in Postgres. A board that has a log of its own is left alone.
 * @throws ChipInError `not_found`, or `conflict` saying why nothing was restored.
 */
export async function restoreBoard(services: Services, boardId: string) {
  const { database } = services;
  const [[row], log, people] = await Promise.all([
    database.select().from(dreamBoards).where(eq(dreamBoards.id, boardId)),
    readLog(database, boardId),
    database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId)),
  ]);
  if (!row || log.length === 0) throw noSuchBoard();
  const about: BoardAbout = {
    slug: row.slug,
    childName: row.childName,
    childPhotoUrl: row.childPhotoUrl,
    birthdayDate: row.birthdayDate,
    gift: row.giftData,
    overflowGift: row.overflowGiftData,
    message: row.message,
    payoutEmail: row.payoutEmail,
    karriCardCiphertext: row.karriCardNumber,
  };
  const contributors = new Map(
    people.map(({ id, contributorName: name, message, ipAddress, userAgent }): [string, ContributorAbout] => [
      id,
      { name, message, ipAddress, userAgent },
    ]),
  );
  const code = requireCode(boardId);
  const outcome = await callBoard(services, code, (board) => board.restore(log, about, contributors));
  forgetMiss(code);
  if (!outcome.restored) throw new ChipInError("conflict", `Nothing was restored: ${outcome.reason}.`);
  return { restored: log.length };
}

function requireCode(idOrSlug: string): string {
  const code = codeOf(idOrSlug);
  if (!code) throw noSuchBoard();
  return code;
}
