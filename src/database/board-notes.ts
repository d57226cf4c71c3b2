import { type Actor, personIdOf } from "#domain/board/actor";
import { derivedId } from "#domain/ids";
import { zoneDate } from "#domain/time";
import type { Database } from "./client.ts";
import { boardNotes } from "./own-tables.ts";

/** The same note about the same act on one day is one row, so an act whose answer was lost may be repeated. */
export async function keepBoardNote(
  database: Database,
  { boardId, action, note, by, at }: Readonly<{ boardId: string; action: string; note: string; by: Actor; at: Date }>,
): Promise<void> {
  const adminId = personIdOf(by);
  const id = derivedId(new Date(0), boardId, action, adminId ?? "", zoneDate(at), note);
  await database
    .insert(boardNotes)
    .values({ id, dreamBoardId: boardId, action, note, adminId, createdAt: at })
    .onConflictDoNothing();
}
