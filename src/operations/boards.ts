import { eq } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { type BoardInspection, callBoard } from "#boards/board-object";
import { inspectBoard, requireCode } from "#boards/inspect-board";
import { forgetMiss } from "#boards/negative-cache";
import { noSuchBoard } from "#boards/read-board";
import { readLog } from "#boards/read-log";
import { resolveProjectionFailures } from "#database/projection-failures";
import { contributions, dreamBoards } from "#database/schema";
import type { BoardAbout, ContributorAbout } from "#domain/board/about";
import { publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** What operators do to repair a board without editing a database. */

/** Writes every event after `seq` to Postgres again: after Postgres was restored, or a poisoned event was repaired. */
export async function projectAgain(services: Services, boardId: string, seq: number): Promise<BoardInspection> {
  await inspectBoard(services, boardId);
  const inspection = await callBoard(services, requireCode(boardId), (board) => board.projectAgain(seq));
  const { database } = services;
  await resolveProjectionFailures(database, boardId, inspection.projectedSeq, services.now());
  await auditBoard(services, "board.projected_again", boardId, { after: seq });
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
  await auditBoard(services, "board.restored", boardId, { events: log.length });
  return { restored: log.length };
}

async function auditBoard(services: Services, action: string, boardId: string, metadata: Record<string, number>) {
  const target = { type: "dream_board", id: publicId("board", boardId) };
  await writeAudit(services, { actor: { kind: "admin" }, action, target, metadata });
}
