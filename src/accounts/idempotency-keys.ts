import { and, eq, type SQL, sql } from "drizzle-orm";
import { idempotencyKeys } from "#database/own-tables";
import { parsePublicId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { type Keyring, keyringOf } from "#privacy/encryption";
import { openJson, sealJson } from "#privacy/sealed";

/** How long a key is remembered. */
export const KEPT_HOURS = 24;
/** Longer than any request may take. A claim whose lease has run out belongs to a request that died. */
const LEASE_SECONDS = 60;

/** A key is valid for one API key and one route. */
export type KeyUse = Readonly<{ apiKeyId: string; route: string; key: string }>;

export type Claim =
  | { kind: "claimed"; resourceId: string }
  /** The same request was answered before, with this. */
  | { kind: "answered"; status: number; data: unknown }
  /** The key was used for another request. */
  | { kind: "other_request" }
  /** The same request still runs. */
  | { kind: "running" };

type KeyRow = {
  claimed: boolean;
  fingerprint: string;
  resource_id: string;
  status: string;
  response_status: number | null;
  /** `{data}`, sealed, because it may hold personal data. */
  response_body: unknown;
};

/** One statement: the caller that inserts the row, or takes over an abandoned one, holds the claim. The others read the row. */
export async function claimKey(
  { database, settings, now: clock }: Services,
  { apiKeyId, route, key }: KeyUse,
  { fingerprint, resourceId }: { fingerprint: string; resourceId: string },
): Promise<Claim> {
  const now = sql`${clock().toISOString()}::timestamptz`;
  const expired = sql`k.created_at < ${now} - make_interval(hours => ${KEPT_HOURS})`;
  const fresh = (column: string): SQL =>
    sql`CASE WHEN ${expired} THEN excluded.${sql.raw(column)} ELSE k.${sql.raw(column)} END`;
  const { rows } = await database.execute<KeyRow>(sql`
    WITH claim AS (
      INSERT INTO idempotency_keys AS k (api_key_id, route, key, fingerprint, resource_id, lease_until, created_at)
      VALUES (${apiKeyId}::uuid, ${route}, ${key}, ${fingerprint}, ${resourceId}::uuid,
        ${now} + make_interval(secs => ${LEASE_SECONDS}), ${now})
      ON CONFLICT (api_key_id, route, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, resource_id = ${fresh("resource_id")}, status = 'in_progress',
        lease_until = excluded.lease_until, created_at = ${fresh("created_at")},
        response_status = NULL, response_body = NULL
      WHERE ${expired}
        OR (k.status = 'in_progress' AND k.lease_until <= ${now} AND k.fingerprint = excluded.fingerprint)
      RETURNING true AS claimed, k.fingerprint, k.resource_id, k.status, k.response_status, k.response_body
    )
    SELECT * FROM claim
    UNION ALL
    SELECT false, fingerprint, resource_id, status, response_status, response_body FROM idempotency_keys
    WHERE api_key_id = ${apiKeyId}::uuid AND route = ${route} AND key = ${key} AND NOT EXISTS (SELECT FROM claim)`);
  return await readClaim(rows[0], fingerprint, keyringOf(settings));
}

async function readClaim(row: KeyRow | undefined, fingerprint: string, keyring: Keyring): Promise<Claim> {
  if (row?.claimed) return { kind: "claimed", resourceId: row.resource_id };
  if (row && row.fingerprint !== fingerprint) return { kind: "other_request" };
  if (row?.status === "done" && row.response_status !== null) {
    // `storeResponse` stored it.
    const body = (await openJson(keyring, row.response_body)) as { data: unknown } | null;
    return { kind: "answered", status: row.response_status, data: body?.data };
  }
  // No row means that another request claimed the key while this statement ran.
  return { kind: "running" };
}

/** Stores the response. A failure is only logged: the write has happened, and a retry repeats it with the same id. */
export async function storeResponse(
  services: Services,
  use: KeyUse,
  response: { status: number; data: unknown },
): Promise<void> {
  const { status: responseStatus, data } = response;
  const responseBody = await sealJson(keyringOf(services.settings), { data });
  const boardId = boardIn(data);
  await update(services, use, {
    status: "done",
    responseStatus,
    responseBody,
    ...(boardId && { resourceId: boardId }),
  });
}

/** The board that an answer shows: it is erased with the board. */
function boardIn(data: unknown): string | null {
  const id = typeof data === "object" && data !== null && "id" in data ? data.id : null;
  return typeof id === "string" && id.startsWith("db_") ? parsePublicId("board", id) : null;
}

/** Ends the claim of a write that failed, perhaps half-way. The next request with the key may retry at once, with the same id. */
export async function releaseKey(services: Services, use: KeyUse): Promise<void> {
  await update(services, use, { leaseUntil: services.now() });
}

/** Ends the claim of a request that was refused before it wrote anything. The key may be used for the corrected request. */
export async function forgetKey(services: Services, use: KeyUse): Promise<void> {
  await storing(services, use, () => services.database.delete(idempotencyKeys).where(isClaimed(use)));
}

async function update(
  services: Services,
  use: KeyUse,
  values: Partial<typeof idempotencyKeys.$inferInsert>,
): Promise<void> {
  await storing(services, use, () => services.database.update(idempotencyKeys).set(values).where(isClaimed(use)));
}

function isClaimed({ apiKeyId, route, key }: KeyUse): SQL | undefined {
  return and(
    eq(idempotencyKeys.apiKeyId, apiKeyId),
    eq(idempotencyKeys.route, route),
    eq(idempotencyKeys.key, key),
    eq(idempotencyKeys.status, "in_progress"),
  );
}

async function storing(
  { log, requestId }: Services,
  { route }: KeyUse,
  write: () => PromiseLike<unknown>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    log({ event: "idempotency_key_not_stored", request_id: requestId, route, error: messageOf(error) });
  }
}
