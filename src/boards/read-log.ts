import { and, asc, eq, gt } from "drizzle-orm";
import type { Database } from "#database/client";
import { boardEvents } from "#database/own-tables";
import type { StoredEvent } from "#domain/board/events";

/** Neon refuses answers above some megabytes, so a long log is read in pieces. */
const PIECE_EVENTS = 2_000;

/** A board's log as Postgres has it, in order, in pieces, from the event after `seq` on. */
export async function* readLog(database: Database, boardId: string, seq = 0): AsyncGenerator<StoredEvent[]> {
  for (let after = seq; ; ) {
    const rows = await database
      .select()
      .from(boardEvents)
      .where(and(eq(boardEvents.dreamBoardId, boardId), gt(boardEvents.seq, after)))
      .orderBy(asc(boardEvents.seq))
      .limit(PIECE_EVENTS);
    if (rows.length > 0) {
      yield rows.map(({ seq, at, by, v, type, data, hash }) => ({
        seq,
        at: at.toISOString(),
        by,
        v,
        type,
        data,
        hash,
      }));
    }
    if (rows.length < PIECE_EVENTS) return;
    after = rows.at(-1)?.seq ?? after;
  }
}
