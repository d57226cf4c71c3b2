import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { uuids } from "#database/uuid-array";
import { disabledSince, warnedSince } from "#domain/endpoint-age";
import type { RecordedAttempt } from "./record-attempts.ts";

/** How attempts and the clock change the state of endpoints. What partners change is in `change-endpoint.ts`. */

/** Mail to the partner's contact: a warning, and that the endpoint is disabled. */
export type EndpointMailKind = "webhook_endpoint_failing" | "webhook_endpoint_disabled";

/**
 * What the attempts say of their endpoints: a success ends a failing, the first failure after it begins one, and 410 disables
 * the endpoint. Attempts with `works` null say nothing.
 */
export function noteEndpointLife(attempts: readonly RecordedAttempt[]): SQL[] {
  const telling = attempts.filter(({ works }) => works !== null);
  const rows = [...Map.groupBy(telling, ({ delivery }) => delivery.endpoint.id)].map(([id, ones]) => judge(id, ones));
  const working = rows.filter(({ succeeded }) => succeeded);
  const failing = rows.filter(({ failingSince }) => failingSince !== null);
  const gone = attempts.filter(({ next }) => next.outcome === "failed" && next.endpointGone);
  const statements: SQL[] = [];
  // First: an endpoint is locked before its state, as by those who change it.
  for (const { delivery, decidedAt } of gone) {
    const one = sql`SELECT id FROM webhook_endpoints WHERE id = ${delivery.endpoint.id}::uuid AND is_active FOR UPDATE`;
    statements.push(disableEndpoints(one, "gone", decidedAt));
  }
  if (working.length > 0) {
    statements.push(sql`
      UPDATE webhook_endpoint_states SET failing_since = NULL, last_failure_code = NULL, warned_at = NULL
      WHERE webhook_endpoint_id = ANY (${uuids(working.map(({ id }) => id))})`);
  }
  if (failing.length > 0) {
    // In the order of their ids, so that two batches do not wait for each other.
    statements.push(sql`
      INSERT INTO webhook_endpoint_states AS s
        (webhook_endpoint_id, state, reason, since, failing_since, last_failure_code)
      SELECT e.id, 'active', 'registered', e.created_at, r."failingSince", r.code
      FROM jsonb_to_recordset(${JSON.stringify(failing)}::jsonb) AS r(id uuid, "failingSince" timestamptz, code integer)
        JOIN webhook_endpoints e ON e.id = r.id AND e.is_active ORDER BY e.id
      ON CONFLICT (webhook_endpoint_id) DO UPDATE SET last_failure_code = excluded.last_failure_code,
        failing_since = least(s.failing_since, excluded.failing_since)
      WHERE s.state = 'active' AND (s.failing_since IS NULL OR s.failing_since > excluded.failing_since
        OR s.last_failure_code IS DISTINCT FROM excluded.last_failure_code)`);
  }
  return statements;
}

/** The attempts at one endpoint, in the order in which they were made. */
function judge(id: string, attempts: readonly RecordedAttempt[]) {
  const inOrder = attempts.toSorted((one, other) => one.attemptedAt.getTime() - other.attemptedAt.getTime());
  const lastSuccess = inOrder.findLastIndex(({ works }) => works === true);
  const first = inOrder[lastSuccess + 1];
  return {
    id,
    succeeded: lastSuccess >= 0,
    failingSince: first?.attemptedAt ?? null,
    code: inOrder.at(-1)?.responseCode ?? null,
  };
}

/** Disables the endpoints of `due`, a query of active ones that locks them, and asks for the mail about it. @returns the ids */
export function disableEndpoints(due: SQL, reason: "failing" | "gone" | "key_ended", at: Date): SQL {
  const now = sql`${at.toISOString()}::timestamptz`;
  return sql`
    WITH due AS MATERIALIZED (${due}),
    off AS (
      UPDATE webhook_endpoints AS e SET is_active = false, updated_at = ${now} FROM due WHERE e.id = due.id RETURNING e.id
    ),
    noted AS (
      INSERT INTO webhook_endpoint_states (webhook_endpoint_id, state, reason, since)
      SELECT id, 'disabled', ${reason}, ${now} FROM off
      ON CONFLICT (webhook_endpoint_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
        since = excluded.since, warned_at = NULL
      RETURNING webhook_endpoint_id AS id, since
    ),
    asked AS (${askForMail("webhook_endpoint_disabled", sql`SELECT id, since AS about FROM noted`, at)})
    SELECT id FROM off`;
}

/** One mail for each row of `wanted`, which has the endpoint's `id` and the instant that the mail is `about`. */
function askForMail(kind: EndpointMailKind, wanted: SQL, at: Date): SQL {
  // The sweeper takes it up within a minute.
  return sql`
    INSERT INTO mail_messages (kind, webhook_endpoint_id, recipient, dedupe_key, next_attempt_at, requeue_at)
    SELECT ${kind}, id, 'partner', concat_ws('/', id, ${kind}::text, extract(epoch FROM about)), ${at.toISOString()}::timestamptz,
      ${at.toISOString()}::timestamptz
    FROM (${wanted}) AS wanted
    ON CONFLICT (dedupe_key) DO NOTHING`;
}

/** The most that one run takes on. What is left comes first in the next run. */
const MAX_PER_RUN = 500;

/** Active endpoints that have failed since `since` or longer, locked. Runs side by side take different ones. */
function failingSince(since: Date, { notWarned = false } = {}): SQL {
  return sql`
    SELECT e.id, s.failing_since FROM webhook_endpoint_states s JOIN webhook_endpoints e ON e.id = s.webhook_endpoint_id
    WHERE s.failing_since <= ${since.toISOString()} AND e.is_active ${notWarned ? sql`AND s.warned_at IS NULL` : sql``}
    ORDER BY s.failing_since LIMIT ${MAX_PER_RUN} FOR UPDATE SKIP LOCKED`;
}

/** Disables endpoints that have failed for too long without a success. @returns their ids */
export async function disableFailing(database: Database, now: Date): Promise<string[]> {
  const { rows } = await database.execute<{ id: string }>(
    disableEndpoints(failingSince(disabledSince(now)), "failing", now),
  );
  return rows.map(({ id }) => id);
}

/** Asks for one mail for each failing of an endpoint. @returns how many */
export async function warnOfFailing(database: Database, now: Date): Promise<number> {
  const { rows } = await database.execute(sql`
    WITH due AS MATERIALIZED (${failingSince(warnedSince(now), { notWarned: true })}),
    noted AS (
      UPDATE webhook_endpoint_states AS s SET warned_at = ${now.toISOString()} FROM due
      WHERE s.webhook_endpoint_id = due.id RETURNING due.id, due.failing_since AS about
    ),
    asked AS (${askForMail("webhook_endpoint_failing", sql`SELECT id, about FROM noted`, now)})
    SELECT id FROM noted`);
  return rows.length;
}

/** Deletes secrets that no longer sign. @returns how many */
export async function forgetRetiredSecrets(database: Database, now: Date): Promise<number> {
  const { rows } = await database.execute(
    sql`DELETE FROM retired_webhook_secrets WHERE valid_until <= ${now.toISOString()} RETURNING id`,
  );
  return rows.length;
}
