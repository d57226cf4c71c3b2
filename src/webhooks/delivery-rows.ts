import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { uuids } from "#database/uuid-array";
import { requeueAt } from "#platform/queues";

/** Longer than a batch can take: 20 s until its last attempt begins, 10 s for that one, and its recording. */
const LEASE_MS = 60_000;
/** Postgres stamps the row, and the Worker's clock may be a little behind. */
const CLOCK_SLACK_MS = 5_000;

/** The private fields of `data` are sealed. */
export type WebhookEvent = Readonly<{
  id: string;
  type: string;
  apiVersion: string;
  sequence: number | null;
  data: unknown;
  createdAt: Date;
}>;

export type ClaimedDelivery = Readonly<{
  id: string;
  /** Attempts made before this one, and those of them that were made before it was last asked for again. */
  attempts: number;
  attemptsBefore: number;
  event: WebhookEvent;
  /**
   * The secrets are ciphertext; `retiredSecrets` still sign, newest first. `silences` is null when the endpoint answered last
   * time, `failingSince` when its last attempt succeeded.
   */
  endpoint: {
    id: string;
    partnerId: string;
    url: string;
    secret: string;
    retiredSecrets: readonly string[];
    isActive: boolean;
    /** As `ENDPOINT_STATES`; null for an endpoint that was stored by other means than ours. */
    state: string | null;
    /** ISO 8601. */
    failingSince: string | null;
    silences: number | null;
    isSlow: boolean;
  };
}>;

type Endpoint = ClaimedDelivery["endpoint"];
/** As Postgres writes it in JSON. */
type StoredDelivery = Pick<ClaimedDelivery, "id" | "attempts" | "attemptsBefore"> & {
  endpointId: string;
  event: Omit<WebhookEvent, "createdAt"> & { createdAt: string };
};

/** A delivery without an attempt, and when it is due again. */
export type LetGo = Readonly<{ delivery: ClaimedDelivery; until: Date }>;

/**
 * Claims those of the deliveries that are due, in one statement, so of several concurrent callers one gets each. A row that is
 * finished, not due, claimed by another caller or missing is left out. Deliveries to an endpoint that is slow are returned
 * and not claimed, unless `withSlow`.
 */
export async function claimDeliveries(
  database: Database,
  ids: readonly string[],
  { now, withSlow }: { now: Date; withSlow: boolean },
): Promise<ClaimedDelivery[]> {
  const at = now.toISOString();
  const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
  const isSlow = (endpointId: SQL) => sql`EXISTS (
    SELECT FROM silent_webhook_endpoints AS s WHERE s.webhook_endpoint_id = ${endpointId} AND s.slow_until > ${at})`;
  // One row of JSON: a row for each delivery, with its endpoint again and again, takes the driver longer than Postgres. The
  // lease is the only column that changes and no index has it, so no index is written. A lease that is lost with Postgres is
  // no loss, so the commit does not wait for the disk.
  const { rows } = await database.execute<{ deliveries: StoredDelivery[] | null; endpoints: Endpoint[] | null }>(sql`
    WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    claimable AS (
      SELECT id FROM webhook_deliveries
      WHERE id = ANY (${uuids(ids)}) AND status = 'pending' AND (lease_until IS NULL OR lease_until < ${at})
        AND next_attempt_at <= ${new Date(now.getTime() + CLOCK_SLACK_MS).toISOString()}
      ORDER BY id FOR UPDATE SKIP LOCKED
    ),
    claimed AS (
      UPDATE webhook_deliveries AS d
      SET lease_until = ${withSlow ? lease : sql`CASE WHEN NOT ${isSlow(sql`d.webhook_endpoint_id`)} THEN ${lease} END`}
      WHERE d.id = ANY (ARRAY(SELECT id FROM claimable)) AND EXISTS (SELECT FROM soon)
      RETURNING d.id, d.attempts, d.attempts_before, d.partner_event_id, d.webhook_endpoint_id
    ),
    delivery AS (
      SELECT d.id, d.attempts, d.attempts_before AS "attemptsBefore", d.webhook_endpoint_id AS "endpointId",
        json_build_object('id', e.id, 'type', e.type, 'apiVersion', e.api_version, 'sequence', e.sequence, 'data', e.data,
          'createdAt', e.created_at) AS event
      FROM claimed AS d JOIN partner_events AS e ON e.id = d.partner_event_id
    ),
    endpoint AS (
      SELECT w.id, k.partner_id AS "partnerId", w.url, w.secret, w.is_active AS "isActive",
        ARRAY (SELECT r.secret FROM retired_webhook_secrets AS r WHERE r.webhook_endpoint_id = w.id AND r.valid_until > ${at}
          ORDER BY r.retired_at DESC) AS "retiredSecrets",
        (SELECT f.state FROM webhook_endpoint_states AS f WHERE f.webhook_endpoint_id = w.id) AS state,
        (SELECT f.failing_since FROM webhook_endpoint_states AS f WHERE f.webhook_endpoint_id = w.id) AS "failingSince",
        (SELECT s.silences FROM silent_webhook_endpoints AS s WHERE s.webhook_endpoint_id = w.id) AS silences,
        ${isSlow(sql`w.id`)} AS "isSlow"
      FROM webhook_endpoints AS w JOIN api_keys AS k ON k.id = w.api_key_id
      WHERE w.id IN (SELECT webhook_endpoint_id FROM claimed)
    )
    SELECT (SELECT json_agg(delivery) FROM delivery) AS deliveries, (SELECT json_agg(endpoint) FROM endpoint) AS endpoints`);
  const endpoints = new Map(rows[0]?.endpoints?.map((endpoint) => [endpoint.id, endpoint]));
  return (rows[0]?.deliveries ?? []).flatMap(({ endpointId, event, ...delivery }) => {
    const endpoint = endpoints.get(endpointId);
    return endpoint ? [{ ...delivery, event: { ...event, createdAt: new Date(event.createdAt) }, endpoint }] : [];
  });
}

/** Releases claims and moves the next attempts. It counts as no attempt. */
export async function letGo(database: Database, ones: readonly LetGo[], now: Date): Promise<void> {
  if (ones.length === 0) return;
  const rows = ones.map(({ delivery: { id, attempts }, until }) => {
    return { id, attempts, until, requeueAt: requeueAt(until, now) };
  });
  await database.execute(sql`
    UPDATE webhook_deliveries AS d SET lease_until = NULL, next_attempt_at = r.until, requeue_at = r."requeueAt"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r(id uuid, attempts integer, until timestamptz, "requeueAt" timestamptz)
    WHERE d.id = r.id AND d.status = 'pending' AND d.attempts = r.attempts`);
}
