import { createHmac } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isUnavailable } from "#database/errors";
import { idempotencyKeys } from "#database/own-tables";
import { newId } from "#domain/ids";
import { ChipInError } from "#errors";
import { messageOf } from "#log";
import type { PartnerEnv } from "./router.ts";

/** How long a key answers for the request it was first used with. */
const KEPT_HOURS = 24;
/** Longer than any request may take; after it, the one that held the claim is taken for dead. */
const LEASE_SECONDS = 60;
const IN_FLIGHT_RETRY_SECONDS = 1;

export const IdempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, "must be 1 to 255 plain characters")
    .optional()
    .openapi({
      description: `Sending the same request again with the same key within ${KEPT_HOURS} hours gives the first answer`,
      example: "4f0c1c52-7f0e-4c55-9d62-b3f6f5f6b6a1",
    }),
});

export type Answer<Status extends ContentfulStatusCode, Data> = { status: Status; data: Data };

export type Write = Readonly<{
  /** The endpoint's operationId: a key is good for one endpoint. */
  route: string;
  /** The write does no harm twice, so it need not wait for Postgres to remember the key. */
  repeatable?: boolean;
}>;

/**
 * Does `write` once per `Idempotency-Key`. The id of what it creates is minted with the claim, so when we crash between
 * creating and answering, the retry finds the same resource instead of making another. Without a key it simply writes.
 * @throws ChipInError `conflict` when the key was used for another request, or that request is still running.
 */
export async function idempotent<Status extends ContentfulStatusCode, Data>(
  c: Context<PartnerEnv>,
  { route, repeatable = false }: Write,
  write: (resourceId: string) => Promise<Answer<Status, Data>>,
): Promise<Answer<Status, Data>> {
  const key = c.req.header("Idempotency-Key");
  const resourceId = newId(c.get("services").now());
  if (key === undefined) return await write(resourceId);

  const claimed = await claim(c, { route, key, resourceId }).catch((error: unknown) => {
    if (repeatable && isUnavailable(error)) return null;
    throw error;
  });
  if (claimed === null) return await write(resourceId);
  if (claimed.kind === "done") {
    c.header("Idempotent-Replayed", "true");
    // Written by `settle` below from an answer of this very route.
    return { status: claimed.status as Status, data: claimed.data as Data };
  }
  try {
    const answer = await write(claimed.resourceId);
    await settle(c, { route, key }, answer);
    return answer;
  } catch (error) {
    await letGo(c, { route, key });
    throw error;
  }
}

type Claimed = { kind: "ours"; resourceId: string } | { kind: "done"; status: number; data: unknown };
type Row = {
  ours: boolean;
  fingerprint: string;
  resource_id: string;
  status: string;
  response_status: number | null;
  response_body: { data: unknown } | null;
};

/** One statement: whoever inserts the row, or finds it abandoned, holds the claim; everybody else sees how it stands. */
async function claim(
  c: Context<PartnerEnv>,
  { route, key, resourceId }: { route: string; key: string; resourceId: string },
): Promise<Claimed> {
  const { database, settings, now: clock } = c.get("services");
  const now = sql`${clock().toISOString()}::timestamptz`;
  const { partnerId } = c.get("apiKey");
  const fingerprint = createHmac("sha256", settings.API_KEY_PEPPER)
    .update(`idempotency\n${c.req.path}\n`)
    .update(await c.req.text())
    .digest("base64url");
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
  return readClaim(c, rows[0], fingerprint);
}

function readClaim(c: Context<PartnerEnv>, row: Row | undefined, fingerprint: string): Claimed {
  if (row?.ours) return { kind: "ours", resourceId: row.resource_id };
  if (row && row.fingerprint !== fingerprint) {
    throw new ChipInError("conflict", "This idempotency key was already used for another request");
  }
  if (row?.status === "done" && row.response_status !== null) {
    return { kind: "done", status: row.response_status, data: row.response_body?.data };
  }
  // In flight; no row at all means it was claimed while we looked.
  c.header("Retry-After", String(IN_FLIGHT_RETRY_SECONDS));
  throw new ChipInError("conflict", "A request with this idempotency key is still running; try again in a second");
}

/** The write has happened, so a failure here is only noted: a retry would do it again with the same id. */
async function settle(
  c: Context<PartnerEnv>,
  { route, key }: { route: string; key: string },
  { status, data }: Answer<ContentfulStatusCode, unknown>,
): Promise<void> {
  await update(c, { route, key }, { status: "done", responseStatus: status, responseBody: { data } });
}

/** The write failed, perhaps half-way: the next request with this key may try again at once, with the same id. */
async function letGo(c: Context<PartnerEnv>, { route, key }: { route: string; key: string }): Promise<void> {
  await update(c, { route, key }, { leaseUntil: c.get("services").now() });
}

async function update(
  c: Context<PartnerEnv>,
  { route, key }: { route: string; key: string },
  values: Partial<typeof idempotencyKeys.$inferInsert>,
): Promise<void> {
  const { database, log } = c.get("services");
  const { partnerId } = c.get("apiKey");
  const mine = [
    eq(idempotencyKeys.partnerId, partnerId),
    eq(idempotencyKeys.route, route),
    eq(idempotencyKeys.key, key),
  ];
  try {
    await database
      .update(idempotencyKeys)
      .set(values)
      .where(and(...mine, eq(idempotencyKeys.status, "in_progress")));
  } catch (error) {
    log({ event: "idempotency_key_not_stored", request_id: c.get("requestId"), route, error: messageOf(error) });
  }
}
