import { and, asc, eq, gt } from "drizzle-orm";
import type { Database } from "#database/client";
import { boardEvents } from "#database/own-tables";
import type { RecordedEvent } from "#domain/board/events";

/** Neon refuses answers above some megabytes, so a long log is read in pieces. */
const PAGE_EVENTS = 2_000;

/** A board's log as Postgres has it, in order. */
export async function readLog(database: Database, boardId: string): Promise<RecordedEvent[]> {
  const log: RecordedEvent[] = [];
  for (;;) {
    const page = await database
      .select()
      .from(boardEvents)
      .where(and(eq(boardEvents.dreamBoardId, boardId), gt(boardEvents.seq, log.at(-1)?.seq ?? 0)))
      .orderBy(asc(boardEvents.seq))
      .limit(PAGE_EVENTS);
    for (const { seq, at, data, hash } of page) log.push({ seq, at: at.toISOString(), event: data, hash });
    if (page.length < PAGE_EVENTS) return log;
  }
}
