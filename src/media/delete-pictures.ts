import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { outdateTags } from "#boards/edge-purge";
import { pictures } from "#database/own-tables";
import { newId } from "#domain/ids";
import { readPicturePath, tagOfPicture } from "#domain/pictures";
import { addDays } from "#domain/time";
import type { Services } from "#platform/services";
import { type Erasure, erase } from "#privacy/erasures";

/** How long a picture waits for its board: as long as a draft. */
const UNCLAIMED_DAYS = 7;

/**
 * Deletes what the board has: each picture with all its renditions, then the copies before the Worker, then its row. It may be
 * repeated after any failure. @throws what the bucket or Postgres says
 */
export async function deletePicturesOf(services: Services, boardId: string, erasure: Erasure): Promise<number> {
  return await deleteWhere(services, eq(pictures.dreamBoardId, boardId), erasure);
}

/**
 * Deletes those of the board's pictures that it does not show any more. `findShown` is asked for what it shows after it is known
 * what the board has: a picture is claimed when the board shows it, so none that is about to be shown is among these.
 */
export async function deleteReplaced(
  services: Services,
  boardId: string,
  findShown: () => Promise<readonly string[]>,
): Promise<void> {
  const isOfBoard = eq(pictures.dreamBoardId, boardId);
  const had = await services.database.select({ id: pictures.id }).from(pictures).where(isOfBoard);
  const shown = new Set((await findShown()).map((path) => readPicturePath(path)?.id));
  const replaced = had.map(({ id }) => id).filter((id) => !shown.has(id));
  const at = services.now();
  const erasure = { id: newId(at), cause: "replaced-pictures", at, dreamBoardId: boardId };
  if (replaced.length > 0) await deleteWhere(services, and(isOfBoard, inArray(pictures.id, replaced)) as SQL, erasure);
}

/** Deletes the oldest of the pictures that no board has claimed in seven days, `limit` at most. @returns how many */
export async function deleteUnclaimed(
  services: Services,
  { now, limit, erasure }: { now: Date; limit: number; erasure: Erasure },
): Promise<number> {
  const before = addDays(now, -UNCLAIMED_DAYS).toISOString();
  const due = sql`${pictures.dreamBoardId} IS NULL AND ${pictures.createdAt} < ${before}::timestamptz`;
  return await deleteWhere(services, due, erasure, limit);
}

async function deleteWhere(services: Services, due: SQL, erasure: Erasure, limit = 1_000): Promise<number> {
  const { database } = services;
  const found = await database
    .select({ id: pictures.id })
    .from(pictures)
    .where(due)
    .orderBy(pictures.createdAt)
    .limit(limit);
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const id of ids) await services.pictures.deleteAll(`${id}/`);
  outdateTags(services, ids.map(tagOfPicture));
  return await erase(database, sql`DELETE FROM pictures WHERE ${inArray(pictures.id, ids)}`, "pictures", erasure);
}
