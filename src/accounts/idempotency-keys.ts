import { and, eq, type SQL, sql } from "drizzle-orm";
import { idempotencyKeys } from "#database/own-tables";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** How long a key answers for the request it was first used with. */
export const KEPT_HOURS = 24;
/** Longer than any request may take; after it, the one that held the claim is taken for dead. */
const LEASE_SECONDS = 60;

/** One use of a key: a key is good for one partner and one route. */
export type KeyUse = Readonly<{ partnerId: string; route: string; key: string }>;

export type Claim =
  | { kind: "ours"; resourceId: string }
  | { kind: "done"; status: number; data: unknown }
  /** The key was used for another request. */
  | { kind: "other_request" }
  | { kind: "in_flight" };

type Row = {
  ours: boolean;
  fingerprint: string;
  resource_id: string;
  status: string;
  response_status: number | null;
  response_body: { data: unknown } | null;
};

/** One statement: whoever inserts the row, or finds it abandoned, holds the claim; everybody else sees how it stands. */
export async function claimKey(
  { database, now: clock }: Services,
  { partnerId, route, key }: KeyUse,
  { fingerprint, resourceId }: { fingerprint: string; resourceId: string },
): Promise<Claim> {
  const now = sql`${clock().toISOString()}::timestamptz`;
  const expired = sql`k.created_at < ${now} - make_interval(hours => ${KEPT_HOURS})`;
  const fresh = (column: string): SQL =>
    sql`CASE WHEN ${expired} THEN excluded.${sql.raw(column)} ELSE k.${sql.raw(column)} END`;
  const { rows } = await database.execute<Row>(sql`
    WITH claim AS (
      INSERT INTO idempotency_keys AS k (partner_id, route, key, fingerprint, resource_id, lease_until, created_at)
      VALUES (${partnerId}::uuid, ${route}, ${key}, ${fingerprint}, ${resourceId}::uuid,
        ${now} + make_interval(secs => ${LEASE_SECONDS}), ${now})
      ON CONFLICT (partner_id, route, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, resource_id = ${fresh("resource_id")}, status = 'in_progress',
        lease_until = excluded.lease_until, created_at = ${fresh("created_at")},
        response_status = NULL, response_body = NULL
      WHERE ${expired}
        OR (k.status = 'in_progress' AND k.lease_until <= ${now} AND k.fingerprint = excluded.fingerprint)
      RETURNING true AS ours, k.fingerprint, k.resource_id, k.status, k.response_status, k.response_body
    )
    SELECT * FROM claim
    UNION ALL
    SELECT false, fingerprint, resource_id, status, response_status, response_body FROM idempotency_keys
    WHERE partner_id = ${partnerId}::uuid AND route = ${route} AND key = ${key} AND NOT EXISTS (SELECT FROM claim)`);
  return readClaim(rows[0], fingerprint);
}

function readClaim(row: Row | undefined, fingerprint: string): Claim {
  if (row?.ours) return { kind: "ours", resourceId: row.resource_id };
  if (row && row.fingerprint !== fingerprint) return { kind: "other_request" };
  if (row?.status === "done" && row.response_status !== null) {
    return { kind: "done", status: row.response_status, data: row.response_body?.data };
  }
  // No row at all means it was claimed while we looked.
  return { kind: "in_flight" };
}

/** Keeps the answer. The write has happened, so a failure is only noted: a retry would do it again with the same id. */
export async function settleKey(
  services: Services,
  use: KeyUse,
  answer: { status: number; data: unknown },
): Promise<void> {
  const { status: responseStatus, data } = answer;
  await update(services, use, { status: "done", responseStatus, responseBody: { data } });
}

/** The write failed, perhaps half-way: the next request with this key may try again at once, with the same id. */
export async function letGoOfKey(services: Services, use: KeyUse): Promise<void> {
  await update(services, use, { leaseUntil: services.now() });
}

async function update(
  { database, log, requestId }: Services,
  { partnerId, route, key }: KeyUse,
  values: Partial<typeof idempotencyKeys.$inferInsert>,
): Promise<void> {
  const { partnerId: partner, route: place, key: name, status } = idempotencyKeys;
  const held = and(eq(partner, partnerId), eq(place, route), eq(name, key), eq(status, "in_progress"));
  try {
    await database.update(idempotencyKeys).set(values).where(held);
  } catch (error) {
    log({ event: "idempotency_key_not_stored", request_id: requestId, route, error: messageOf(error) });
  }
}
