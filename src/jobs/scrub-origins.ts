import { callBoard, PATIENCE_MS } from "#boards/call-board";
import { boardCode, newId } from "#domain/ids";
import { addDays } from "#domain/time";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { recordErasure } from "#privacy/erasures";
import { eraseOrigins, findDueOrigins, findHeldBoards } from "#privacy/origins";
import { ORIGIN_DAYS } from "#privacy/purges";

/** A run calls at most about `boards` objects, `concurrency` at a time. What is left comes first in the next run. */
const LIMITS = { contributions: 1_000, boards: 2_000, failures: 50, concurrency: 20 };

type Scrubbed = { contributions: number; object_profiles: number; boards: number; failed: number; complete: boolean };

/**
 * Erases addresses and browsers of contributions begun more than 30 days ago, in the board's object and then in Postgres:
 * while Postgres still has one, its object is asked again. A board whose object does not answer is left to the next run.
 * (data-models, product-facts 18.1)
 */
export async function scrubOrigins(services: Services, now: Date, limits = LIMITS): Promise<Scrubbed> {
  const { database } = services;
  const before = addDays(now, -ORIGIN_DAYS);
  const at = services.now();
  const erasure = { id: newId(at), cause: "scrub-origins", at };
  const done = new Set<string>();
  const failed = new Set<string>();
  const counts = { contributions: 0, object_profiles: 0 };

  async function scrubObject(boardId: string): Promise<number> {
    try {
      const { scrubbed } = await callBoard(
        services,
        boardCode(boardId),
        (board) => board.scrubOrigins(before.toISOString()),
        PATIENCE_MS.upkeep,
      );
      if (scrubbed === null) throw new Error("the board is being restored");
      done.add(boardId);
      return scrubbed;
    } catch (error) {
      failed.add(boardId);
      services.log({ event: "origins_not_scrubbed", board: boardCode(boardId), error: messageOf(error) });
      return 0;
    }
  }

  async function scrubObjects(boardIds: readonly string[]): Promise<void> {
    const waiting = [...new Set(boardIds)].filter((id) => !done.has(id));
    let scrubbed = 0;
    for (let start = 0; start < waiting.length; start += limits.concurrency) {
      const results = await Promise.all(waiting.slice(start, start + limits.concurrency).map(scrubObject));
      scrubbed += results.reduce((sum, count) => sum + count, 0);
    }
    await recordErasure(database, erasure, { object_profiles: scrubbed });
    counts.object_profiles += scrubbed;
  }

  await scrubObjects(await findHeldBoards(database, limits.boards));
  let isEnd = false;
  while (!isEnd && done.size < limits.boards && failed.size < limits.failures) {
    const due = await findDueOrigins(database, before, { limit: limits.contributions, except: [...failed] });
    await scrubObjects(due.map(({ boardId }) => boardId));
    const ids = due.filter(({ boardId }) => done.has(boardId)).map(({ id }) => id);
    counts.contributions += await eraseOrigins(database, ids, erasure);
    isEnd = due.length < limits.contributions;
  }
  const complete = isEnd && failed.size === 0;
  if (!complete) services.alert({ event: "purge_incomplete", job: "scrub-origins", failed: failed.size });
  return { ...counts, boards: done.size, failed: failed.size, complete };
}
