import { sql } from "drizzle-orm";
import type { Database } from "#database/client";
import type { mailMessages, webhookDeliveries } from "#database/own-tables";

/** A row is usually taken by the message sent when it was written; only later than this has that message gone missing. */
const GRACE_MS = 30_000;
/** One statement takes no more, so that it holds its locks only for some tens of milliseconds. */
const PAGE_ROWS = 500;

/**
 * The ids of rows that are due and not leased. Taking a row makes it due as of now: it goes to the end of the
 * line and no sweep takes it again during the grace, but it can be worked on at once. Sweeps side by side skip each
 * other's rows. A sweep as of some later instant pulls rows forward to `clock`, so that they really can be worked on.
 */
export async function takeDue(
  database: Database,
  table: typeof webhookDeliveries | typeof mailMessages,
  { asOf, clock, limit }: { asOf: Date; clock: Date; limit: number },
): Promise<string[]> {
  const dueBefore = new Date(asOf.getTime() - GRACE_MS).toISOString();
  const dueNow = new Date(Math.min(asOf.getTime(), clock.getTime())).toISOString();
  const ids: string[] = [];
  while (ids.length < limit) {
    const page = Math.min(PAGE_ROWS, limit - ids.length);
    const { rows } = await database.execute<{ id: string }>(sql`
      WITH due AS MATERIALIZED (
        SELECT id FROM ${table}
        WHERE status = 'pending' AND next_attempt_at <= ${dueBefore}
          AND (lease_until IS NULL OR lease_until < ${asOf.toISOString()}) AND id <> ALL (${`{${ids.join(",")}}`}::uuid[])
        ORDER BY next_attempt_at LIMIT ${page} FOR UPDATE SKIP LOCKED
      )
      UPDATE ${table} AS taken SET next_attempt_at = ${dueNow} FROM due WHERE taken.id = due.id
      RETURNING taken.id`);
    ids.push(...rows.map(({ id }) => id));
    if (rows.length < page) break;
  }
  return ids;
}
