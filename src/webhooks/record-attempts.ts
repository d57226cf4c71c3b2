import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { uuids } from "#database/uuid-array";
import { requeueAt } from "#platform/queues";
import type { ClaimedDelivery } from "./delivery-rows.ts";
import { noteEndpointLife } from "./endpoint-life.ts";
import type { NextStep } from "./retry-policy.ts";

/** One attempt as it is stored, and what follows from it. */
export type RecordedAttempt = Readonly<{
  delivery: ClaimedDelivery;
  attemptedAt: Date;
  responseCode: number | null;
  /** Sealed: it may repeat what we sent. */
  responseBody: string | null;
  latencyMs: number;
  error: string | null;
  next: NextStep;
  /** Whether the endpoint answered; null when it was not asked. */
  answered: boolean | null;
  /** Whether the endpoint took the event; null when it was not asked, or is known to work. */
  works: boolean | null;
  /** When `next` was decided. */
  decidedAt: Date;
}>;

/**
 * Writes the attempts, the deliveries' next states and their records in `webhook_events`, in one statement where no endpoint
 * changes, else in one transaction. Changes nothing of a delivery whose lease ran out and whose attempt another caller has recorded.
 * The one statement does not wait for the disk: what is lost with Postgres is sent once more, as after any lost record.
 */
export async function recordAttempts(database: Database, attempts: readonly RecordedAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  const further = [...silenceOf(attempts), ...noteEndpointLife(attempts)].map((statement) =>
    database.execute(statement),
  );
  const write = database.execute(sql`
    WITH soon AS MATERIALIZED (SELECT ${further.length > 0 ? sql`` : sql`set_config('synchronous_commit', 'off', true)`}),
    r AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(attempts.map(rowOf))}::jsonb) AS r(id uuid, attempt integer,
        at timestamptz, code integer, body text, ms integer, error text, status text, "nextAt" timestamptz,
        "requeueAt" timestamptz, "deliveredAt" timestamptz)
    ), attempted AS (
      INSERT INTO webhook_attempts (delivery_id, attempt, attempted_at, response_code, response_body, latency_ms, error)
      SELECT id, attempt, at, code, body, ms, error FROM r
      ON CONFLICT DO NOTHING
    ), recorded AS (
      UPDATE webhook_deliveries AS d SET status = r.status, attempts = r.attempt, lease_until = NULL,
        next_attempt_at = coalesce(r."nextAt", d.next_attempt_at), requeue_at = coalesce(r."requeueAt", d.requeue_at),
        delivered_at = r."deliveredAt"
      FROM r WHERE d.id = r.id AND d.id = ANY (${uuids(attempts.map(({ delivery }) => delivery.id))})
        AND d.status = 'pending' AND d.attempts = r.attempt - 1 AND EXISTS (SELECT FROM soon)
      RETURNING r.*
    )
    UPDATE webhook_events AS e SET status = r.status, attempts = r.attempt, last_attempt_at = r.at,
      last_response_code = r.code, last_response_body = r.body
    FROM recorded AS r WHERE e.id = r.id`);
  await (further.length > 0 ? database.batch([write, ...further]) : write);
}

/**
 * Remembers which endpoints were silent, and forgets those that answered since. A silence doubles how long the endpoint is slow,
 * from five minutes up to six hours; while it is slow, further silences change nothing.
 */
function silenceOf(attempts: readonly RecordedAttempt[]): SQL[] {
  const asked = attempts.filter(({ answered }) => answered !== null);
  const last = [...new Map(asked.map((attempt) => [attempt.delivery.endpoint.id, attempt])).values()];
  const silent = last.filter(({ answered }) => !answered);
  const answering = last.filter(({ answered }) => answered);
  const statements: SQL[] = [];
  if (silent.length > 0) {
    const rows = silent.map(({ delivery, decidedAt }) => ({ id: delivery.endpoint.id, at: decidedAt }));
    statements.push(sql`
      INSERT INTO silent_webhook_endpoints AS s (webhook_endpoint_id, since, silences, slow_until)
      SELECT id, at, 1, at + interval '5 minutes'
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id uuid, at timestamptz) ORDER BY id
      ON CONFLICT (webhook_endpoint_id) DO UPDATE SET silences = s.silences + 1,
        slow_until = excluded.since + least(interval '6 hours', interval '5 minutes' * power(2, least(s.silences, 10)))
      WHERE s.slow_until <= excluded.since`);
  }
  if (answering.length > 0) {
    const ids = uuids(answering.map(({ delivery }) => delivery.endpoint.id));
    statements.push(sql`DELETE FROM silent_webhook_endpoints WHERE webhook_endpoint_id = ANY (${ids})`);
  }
  return statements;
}

function rowOf({
  delivery,
  attemptedAt,
  responseCode,
  responseBody,
  latencyMs,
  error,
  next,
  decidedAt,
}: RecordedAttempt) {
  return {
    id: delivery.id,
    attempt: delivery.attempts + 1,
    at: attemptedAt,
    code: responseCode,
    body: responseBody,
    ms: latencyMs,
    error,
    status: next.outcome === "retry" ? "pending" : next.outcome,
    nextAt: next.outcome === "retry" ? next.at : null,
    requeueAt: next.outcome === "retry" ? requeueAt(next.at, decidedAt) : null,
    deliveredAt: next.outcome === "delivered" ? new Date(attemptedAt.getTime() + latencyMs) : null,
  };
}
