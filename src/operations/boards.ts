import { and, asc, eq, gt } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { callBoard, noSuchBoard, requireCode } from "#boards/call-board";
import { inspectBoard } from "#boards/inspect-board";
import { forgetMiss } from "#boards/negative-cache";
import { readLog } from "#boards/read-log";
import { karriCards } from "#database/own-tables";
import { resolveProjectionFailures } from "#database/projection-failures";
import { contributions, dreamBoards } from "#database/schema";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import { publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { BoardInspection, RestorePiece } from "#platform/objects";
import type { Services } from "#platform/services";

/** What operators do to heal a board without touching a database. */

/** Writes every event after `seq` to Postgres again: after Postgres was restored, or a poisoned event was repaired. */
export async function projectAgain(services: Services, boardId: string, seq: number): Promise<BoardInspection> {
  await inspectBoard(services, { boardId });
  const inspection = await callBoard(services, requireCode({ boardId }), (board) => board.projectAgain(seq));
  await resolveProjectionFailures(services.database, boardId, inspection.projectedSeq, services.now());
  await auditBoard(services, "board.projected_again", boardId, { after: seq });
  return inspection;
}

/**
 * Rebuilds a board's lost object from the log kept in Postgres, piece by piece. A board that has a log of its own is left
 * alone; an interrupted restore may be repeated.
 * @throws ChipInError `not_found`, or `conflict` saying why nothing was restored.
 */
export async function restoreBoard(services: Services, boardId: string): Promise<{ restored: number }> {
  const { database } = services;
  const [row] = await database
    .select()
    .from(dreamBoards)
    .leftJoin(karriCards, eq(karriCards.dreamBoardId, dreamBoards.id))
    .where(eq(dreamBoards.id, boardId));
  if (!row) throw noSuchBoard();
  const code = requireCode({ boardId });
  const send = async (piece: RestorePiece) => {
    const { restored, reason } = await callBoard(services, code, (board) => board.restore(piece));
    if (!restored) throw new ChipInError("conflict", `Nothing was restored: ${reason}.`);
  };
  let restored = 0;
  for await (const events of readLog(database, boardId)) {
    const first = restored === 0;
    await send({ first, last: false, events, contributors: [], ...(first && { profile: profileOf(row) }) });
    restored += events.length;
  }
  if (restored === 0) throw noSuchBoard();
  for await (const contributors of readContributors(services, boardId)) {
    await send({ first: false, last: false, events: [], contributors });
  }
  await send({ first: false, last: true, events: [], contributors: [] });
  forgetMiss(code);
  await auditBoard(services, "board.restored", boardId, { events: restored });
  return { restored };
}

type BoardRow = {
  dream_boards: typeof dreamBoards.$inferSelect;
  karri_cards: typeof karriCards.$inferSelect | null;
};

function profileOf({ dream_boards: row, karri_cards: card }: BoardRow): BoardProfile {
  return {
    slug: row.slug,
    childName: row.childName,
    childPhotoUrl: row.childPhotoUrl,
    birthdayDate: row.birthdayDate,
    gift: row.giftData,
    overflowGift: row.overflowGiftData,
    message: row.message,
    payoutEmail: row.payoutEmail,
    karriCardCiphertext: row.karriCardNumber,
    ...(card && {
      karriCardholderCiphertext: card.cardholderName,
      karriVerifiedAt: card.verifiedAt?.toISOString() ?? null,
    }),
  };
}

/** Neon refuses answers above some megabytes. */
const PIECE_CONTRIBUTORS = 2_000;

async function* readContributors(
  { database }: Services,
  boardId: string,
): AsyncGenerator<{ id: string; profile: ContributorProfile }[]> {
  const isBoards = eq(contributions.dreamBoardId, boardId);
  for (let after: string | undefined; ; ) {
    const rows = await database
      .select({
        id: contributions.id,
        name: contributions.contributorName,
        message: contributions.message,
        ipAddress: contributions.ipAddress,
        userAgent: contributions.userAgent,
      })
      .from(contributions)
      .where(after === undefined ? isBoards : and(isBoards, gt(contributions.id, after)))
      .orderBy(asc(contributions.id))
      .limit(PIECE_CONTRIBUTORS);
    if (rows.length > 0) yield rows.map(({ id, ...profile }) => ({ id, profile }));
    if (rows.length < PIECE_CONTRIBUTORS) return;
    after = rows.at(-1)?.id;
  }
}

async function auditBoard(services: Services, action: string, boardId: string, metadata: Record<string, number>) {
  const target = { type: "dream_board", id: publicId("board", boardId) };
  await writeAudit(services, { action, target, metadata });
}
