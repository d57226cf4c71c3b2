import { and, inArray, isNull } from "drizzle-orm";
import { pictures } from "#database/own-tables";
import { readPicturePath } from "#domain/pictures";
import type { Services } from "#platform/services";

/** From now on the board's erasure deletes these pictures. Paths that are not ours, or that another board has, are left alone. */
export async function claimPictures({ database }: Services, boardId: string, paths: readonly string[]): Promise<void> {
  const ids = paths.map((path) => readPicturePath(path)?.id).filter((id) => id !== undefined);
  if (ids.length === 0) return;
  await database
    .update(pictures)
    .set({ dreamBoardId: boardId })
    .where(and(inArray(pictures.id, ids), isNull(pictures.dreamBoardId)));
}
