import { sql } from "drizzle-orm";
import { isOfLivePartner } from "#database/live-partners";
import { unknownSince, unpaidSince } from "#domain/payout-age";
import { stuckSince } from "#domain/refund-age";
import { inTime } from "#platform/in-time";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

const MINUTE_MS = 60_000;

/** How old the oldest of each kind may be, in ms. What is older is late. */
export const ALLOWED_MS = {
  /** A board whose log is ahead of Postgres, from when that was noticed. */
  unprojected: 10 * MINUTE_MS,
  /** A delivery whose next attempt is due. One to an endpoint that gives no answer may wait. */
  delivery: 10 * MINUTE_MS,
  mail: 15 * MINUTE_MS,
  dead_letter: 0,
  /** Between a board's log, rows, totals and object: it was there at three looks. */
  board_difference: 0,
  /** Between a provider's list and ours, from when it was found. */
  settlement_difference: 7 * 1_440 * MINUTE_MS,
  /** These two are read only once they are overdue. */
  refund: 0,
  payout: 0,
} as const;
type Kind = keyof typeof ALLOWED_MS;

/** Postgres must answer all of it within this time. */
const ANSWER_WITHIN_MS = 4_000;

/** A job that must have succeeded as of `since`, or later. */
export type ExpectedJob = Readonly<{ name: string; since: Date }>;

/** `what`: `postgres`, `job` (then `name` says which) or a kind. `since`: when the oldest began to wait, or the job's last success. */
export type Late = Readonly<{ what: Kind | "job" | "postgres"; name?: string; since: string | null }>;

/** Ids, names and texts of people are in none of it. Ages are in seconds; null where nothing waits. */
export type Health = Readonly<{
  status: "ok" | "late";
  at: string;
  late: readonly Late[];
  /** Null while Postgres does not answer. */
  oldest_s: Readonly<Record<Kind, number | null>> | null;
  /** Of each job, the age of the instant that its last success judged by. */
  jobs_s: Readonly<Record<string, number | null>> | null;
}>;

type Row = { kind: Kind | "job" | "migration"; name: string | null; ms: string | null };

/**
 * Whether everything runs, from what Postgres has. What only a board's object knows it sees once the job
 * `watch-projection` has asked it. One round trip.
 */
export async function healthOf(services: Services, now: Date, expected: readonly ExpectedJob[]): Promise<Health> {
  let rows: readonly Row[];
  try {
    rows = await inTime(readAges(services, now), ANSWER_WITHIN_MS);
  } catch (error) {
    services.log({ event: "not_healthy", dependency: "postgres", error: messageOf(error) });
    const late = [{ what: "postgres", since: null }] as const;
    return { status: "late", at: now.toISOString(), late, oldest_s: null, jobs_s: null };
  }
  const instantOf = (kind: Row["kind"], name: string | null = null) => {
    const ms = rows.find((row) => row.kind === kind && row.name === name)?.ms ?? null;
    return ms === null ? null : new Date(Number(ms));
  };
  const kinds = Object.keys(ALLOWED_MS) as Kind[];
  const waiting = kinds.map((kind) => ({ kind, since: instantOf(kind) }));
  // A job that has never succeeded counts from its release's migration on, or from when jobs began to run here.
  const begun = instantOf("migration");
  const jobs = expected.map((job) => ({ ...job, done: instantOf("job", job.name) }));
  const late: Late[] = [
    ...jobs
      .filter(({ done, since }) => (done ?? begun ?? new Date(0)) < since)
      .map(({ name, done }) => ({ what: "job" as const, name, since: done?.toISOString() ?? null })),
    ...waiting
      .filter(({ kind, since }) => since && now.getTime() - since.getTime() > ALLOWED_MS[kind])
      .map(({ kind, since }) => ({ what: kind, since: since?.toISOString() ?? null })),
  ];
  const age = (since: Date | null) => since && Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000));
  return {
    status: late.length === 0 ? "ok" : "late",
    at: now.toISOString(),
    late,
    oldest_s: Object.fromEntries(waiting.map(({ kind, since }) => [kind, age(since)])) as Record<Kind, number | null>,
    jobs_s: Object.fromEntries(jobs.map(({ name, done }) => [name, age(done)])),
  };
}

/** Every read is of what is open, by an index: little, unless something is late. */
async function readAges({ database }: Services, now: Date): Promise<Row[]> {
  const at = (instant: Date) => sql`${instant.toISOString()}::timestamptz`;
  const isDue = sql`status = 'pending' AND next_attempt_at <= ${at(now)}`;
  const { rows } = await database.execute<Row>(sql`
    SELECT kind, name, extract(epoch FROM since) * 1000 AS ms FROM (
      SELECT 'job' AS kind, name, done_as_of AS since FROM job_states
      UNION ALL SELECT 'migration', NULL, greatest((SELECT max(applied_at) FROM schema_migrations), (SELECT min(started_at) FROM job_runs))
      UNION ALL SELECT 'unprojected', NULL, least(
        (SELECT min(first_failed_at) FROM projection_failures WHERE resolved_at IS NULL),
        (SELECT min(behind_since) FROM board_lags))
      UNION ALL SELECT 'delivery', NULL, (SELECT min(d.next_attempt_at) FROM webhook_deliveries d WHERE ${isDue}
        AND NOT EXISTS (SELECT FROM silent_webhook_endpoints s
          WHERE s.webhook_endpoint_id = d.webhook_endpoint_id AND s.slow_until > ${at(now)}))
      UNION ALL SELECT 'mail', NULL, (SELECT min(next_attempt_at) FROM mail_messages WHERE ${isDue})
      UNION ALL SELECT 'dead_letter', NULL, (SELECT min(first_died_at) FROM dead_letters WHERE resolved_at IS NULL)
      UNION ALL SELECT 'board_difference', NULL, (SELECT min(found_at) FROM board_differences)
      UNION ALL SELECT 'settlement_difference', NULL,
        (SELECT min(found_at) FROM settlement_differences WHERE resolved_at IS NULL)
      UNION ALL SELECT 'refund', NULL, (SELECT min(updated_at) FROM refunds
        WHERE status IN ('requested', 'processing', 'failed', 'needs_manual_action') AND updated_at < ${at(stuckSince(now))})
      UNION ALL SELECT 'payout', NULL, least(
        (SELECT min(created_at) FROM payouts
          WHERE status IN ('pending', 'failed') AND gross_cents > 0 AND created_at < ${at(unpaidSince(now))}
            AND ${isOfLivePartner(sql`payouts.partner_id`)}),
        (SELECT min(e.started_at) FROM payouts p JOIN payout_executions e ON e.payout_id = p.id
          WHERE p.status = 'processing' AND p.gross_cents > 0 AND e.started_at < ${at(unknownSince(now))}
            AND ${isOfLivePartner(sql`p.partner_id`)}))
    ) AS ages`);
  return rows;
}
