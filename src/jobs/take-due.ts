import { sql } from "drizzle-orm";
import type { Database } from "#database/client";
import type { mailMessages, webhookDeliveries } from "#database/own-tables";
import { uuids } from "#database/uuid-array";

/** One statement takes no more, so that it holds its locks only for some tens of milliseconds. */
const PAGE_ROWS = 500;

/**
 * The ids of rows that are due and not leased, and whose message no queue holds any more (`requeue_at`). A row that was taken
 * is not taken again for five minutes, and then ever later, up to an hour: when messages wait long because a queue is behind,
 * a row has a few of them and not one a minute. Sweeps side by side skip each other's rows. A sweep as of some later instant
 * pulls rows forward to `clock`, so that they really can be worked on.
 */
export async function takeDue(
  database: Database,
  table: typeof webhookDeliveries | typeof mailMessages,
  { asOf, clock, limit }: { asOf: Date; clock: Date; limit: number },
): Promise<string[]> {
  const until = asOf.toISOString();
  const now = clock.toISOString();
  const dueNow = new Date(Math.min(asOf.getTime(), clock.getTime())).toISOString();
  const ids: string[] = [];
  while (ids.length < limit) {
    const page = Math.min(PAGE_ROWS, limit - ids.length);
    const { rows } = await database.execute<{ id: string }>(sql`
      WITH due AS MATERIALIZED (
        SELECT id FROM ${table}
        WHERE status = 'pending' AND requeue_at <= ${until} AND next_attempt_at <= ${until}
          AND (lease_until IS NULL OR lease_until < ${until}) AND id <> ALL (${uuids(ids)})
        ORDER BY requeue_at LIMIT ${page} FOR UPDATE SKIP LOCKED
      )
      UPDATE ${table} AS taken SET next_attempt_at = least(taken.next_attempt_at, ${dueNow}),
        requeue_at = ${now}::timestamptz
          + greatest(interval '5 minutes', least(interval '1 hour', ${now}::timestamptz - taken.next_attempt_at))
      FROM due WHERE taken.id = due.id
      RETURNING taken.id`);
    ids.push(...rows.map(({ id }) => id));
    if (rows.length < page) break;
  }
  return ids;
}
