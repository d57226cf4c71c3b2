import { type SQL, sql } from "drizzle-orm";

/*
 * A position is drawn from a sequence before its transaction commits, and transactions commit in any order. A reader that has
 * seen position 8 would miss a 7 that commits later. So writers hold a lock of the partner from before they draw until they have
 * committed. They share it and never wait for each other. A reader takes it alone, for the time of one page, in the statement
 * before it reads: no position below the ones it sees is still to come.
 */

/** How long a reader waits for a writer that hangs. */
const READER_WAITS_MS = 2_000;

const lockOf = (partnerId: string): SQL => sql`hashtextextended('partner_events/' || ${partnerId}, 0)`;

/** For a query that yields one row with no column before positions are drawn in the same statement. */
export function holdPositions(partnerId: string): SQL {
  return sql`pg_advisory_xact_lock_shared(${lockOf(partnerId)})`;
}

/** The statements before a page is read, in the same transaction. */
export function awaitPositions(partnerId: string): [SQL, SQL] {
  return [
    sql`SELECT set_config('lock_timeout', ${String(READER_WAITS_MS)}, true)`,
    sql`SELECT pg_advisory_xact_lock(${lockOf(partnerId)})`,
  ];
}
