import type { Database } from "#database/client";
import { BoundedMap } from "#platform/bounded-map";
import type { Services } from "#platform/services";

/** So long an isolate remembers that a board wants a challenge solved. */
const REMEMBERED_MS = 10_000;
const MAX_BOARDS = 1_000;

/** Until when, in ms since 1970, by the board's code. One for each database, which lives as long as its isolate. */
const memories = new WeakMap<Database, BoundedMap<string, number>>();

/** The board has so many unpaid attempts that a new one needs a solved challenge. */
export function rememberCrowd({ database, now }: Services, boardCode: string): void {
  const memory = memories.get(database) ?? new BoundedMap<string, number>(MAX_BOARDS);
  memories.set(database, memory);
  memory.set(boardCode, now().getTime() + REMEMBERED_MS);
}

/** Whether the board will want a challenge of a new form. */
export function isCrowded({ database, now }: Services, boardCode: string): boolean {
  return now().getTime() < (memories.get(database)?.get(boardCode) ?? 0);
}
