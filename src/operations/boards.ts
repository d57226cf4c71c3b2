import { and, asc, eq, gt } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { forgetMiss } from "#boards/board-copies";
import { callBoard, noSuchBoard, PATIENCE_MS, requireCode } from "#boards/call-board";
import { inspectBoard } from "#boards/inspect-board";
import { readLog } from "#boards/read-log";
import { boardEvents, karriCards } from "#database/own-tables";
import { resolveProjectionFailures } from "#database/projection-failures";
import { contributions, dreamBoards } from "#database/schema";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import { publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { BoardInspection, RestorePiece, RewindTo } from "#platform/objects";
import type { Services } from "#platform/services";

/** What operators do to heal a board without touching a database. */

/** Writes every event after `seq` to Postgres again: after Postgres was restored, or a poisoned event was repaired. */
export async function projectAgain(services: Services, boardId: string, seq: number): Promise<BoardInspection> {
  await inspectBoard(services, { boardId });
  const inspection = await callBoard(
    services,
    requireCode({ boardId }),
    (board) => board.projectAgain(seq),
    PATIENCE_MS.upkeep,
  );
  await resolveProjectionFailures(services.database, boardId, inspection.projectedSeq, services.now());
  await auditBoard(services, "board.projected_again", boardId, { after: seq });
  return inspection;
}

/**
 * Brings a board's object to the log kept in Postgres, piece by piece: all of it when the object is lost, the events after
 * its last one when its log ends too early. An interrupted restore may be repeated.
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
    const { restored, reason } = await callBoard(services, code, (board) => board.restore(piece), PATIENCE_MS.upkeep);
    if (!restored) throw new ChipInError("conflict", `Nothing was restored: ${reason}.`);
  };
  const after = await lastCommonEvent(services, boardId);
  let restored = 0;
  for await (const events of readLog(database, boardId, after)) {
    const first = restored === 0;
    await send({ first, last: false, events, contributors: [], ...(first && { profile: profileOf(row) }) });
    restored += events.length;
  }
  if (restored === 0 && after === 0) throw noSuchBoard();
  if (restored === 0) throw new ChipInError("conflict", "Nothing was restored: Postgres has no later event.");
  for await (const contributors of readContributors(services, boardId)) {
    await send({ first: false, last: false, events: [], contributors });
  }
  await send({ first: false, last: true, events: [], contributors: [] });
  forgetMiss(services, code);
  await auditBoard(services, "board.restored", boardId, { events: restored });
  return { restored };
}

/**
 * The event after which the object lacks what Postgres has; 0 for an object that must be filled from the start.
 * @throws ChipInError `conflict` when the two have different logs.
 */
async function lastCommonEvent(services: Services, boardId: string): Promise<number> {
  const inspection = await callBoard(
    services,
    requireCode({ boardId }),
    (board) => board.inspect(),
    PATIENCE_MS.upkeep,
  );
  const { headSeq, headHash, restoring } = inspection;
  if (headSeq === 0 || restoring) return 0;
  const isHead = and(eq(boardEvents.dreamBoardId, boardId), eq(boardEvents.seq, headSeq));
  const [known] = await services.database.select({ hash: boardEvents.hash }).from(boardEvents).where(isHead);
  if (known?.hash === headHash) return headSeq;
  const reason = known
    ? `its event ${headSeq} is not the one that Postgres has`
    : `Postgres does not have its event ${headSeq}`;
  throw new ChipInError("conflict", `Nothing was restored: this board has a log of its own, and ${reason}.`);
}

/**
 * Takes a board's object back to an earlier state of its storage, and at once brings it to what Postgres has since. It is
 * the way out when object and Postgres have different logs. `undo` takes the object back to where it was.
 * @throws ChipInError `conflict` when the platform cannot, `unavailable` when the object does not answer. Then nothing
 * has changed, or the bookmark is in the log line `board_rewind_prepared`.
 */
export async function rewindBoard(services: Services, boardId: string, to: RewindTo): Promise<RewoundBoard> {
  const code = requireCode({ boardId });
  const before = await callBoard(services, code, (board) => board.inspect(), PATIENCE_MS.upkeep);
  const rewound = await callBoard(services, code, (board) => board.rewind(to), PATIENCE_MS.upkeep);
  if (!rewound.prepared) throw new ChipInError("conflict", `Nothing was rewound: ${rewound.reason}`);
  await restartObject(services, code);
  const { headSeq: rewoundTo } = await callBoard(services, code, (board) => board.inspect(), PATIENCE_MS.upkeep);
  const restored = await restoreBoard(services, boardId).then(
    (done) => done.restored,
    (error: unknown) => {
      if (error instanceof ChipInError && error.code === "conflict") return error.message;
      throw error;
    },
  );
  await auditBoard(services, "board.rewound", boardId, { from: before.headSeq, to: rewoundTo });
  return { from: before.headSeq, to: rewoundTo, restored, undo: rewound.undo };
}

/** The instance ends without an answer, so that its caller gets an error. What calls next tells whether it worked. */
async function restartObject({ objects }: Services, code: string): Promise<void> {
  try {
    await objects.board(code).restart();
  } catch {
    return;
  }
}

/** The slug that confirms a rewind. From Postgres, because the object may be lost. @throws ChipInError `not_found`. */
export async function slugOf({ database }: Services, boardId: string): Promise<string> {
  const [row] = await database.select({ slug: dreamBoards.slug }).from(dreamBoards).where(eq(dreamBoards.id, boardId));
  if (!row) throw noSuchBoard();
  return row.slug;
}

/** Sequence numbers of the object's last event before and after; what was then restored, or why nothing was. */
export type RewoundBoard = Readonly<{ from: number; to: number; restored: number | string; undo: string }>;

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
