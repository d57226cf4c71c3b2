import { and, eq, sql } from "drizzle-orm";
import { newestKeyOf } from "#database/api-key-line";
import type { Database } from "#database/client";
import { endpointStates } from "#database/endpoint-tables";
import { apiKeys, webhookEndpoints } from "#database/schema";
import { publicId } from "#domain/ids";
import type { WebhookEventType } from "#domain/webhook-events";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { type Endpoint, endpointOf, selectEndpoints } from "./read-endpoints.ts";

/** Each event is sent to each of them, so they bound what one call of the API can set off. */
export const MAX_ACTIVE_ENDPOINTS = 10;

export type NewEndpoint = Readonly<{
  id: string;
  apiKeyId: string;
  /** Checked by `checkEndpointUrl`. */
  url: string;
  events: readonly WebhookEventType[];
  secret: string;
}>;

/**
 * Stores an endpoint with its secret sealed. A repeated call with the same id returns the stored endpoint. A key has at most
 * `MAX_ACTIVE_ENDPOINTS` active endpoints, each with a URL of its own, also when registered at the same time. A key that
 * was replaced registers for the key that replaced it.
 * @throws ChipInError `conflict` on `url`, with the remedy.
 */
export async function registerEndpoint(
  { database, settings, now }: Services,
  endpoint: NewEndpoint,
): Promise<Endpoint> {
  const { id, apiKeyId, url } = endpoint;
  const secret = await sealText(keyringOf(settings), endpoint.secret);
  const events = sql`${sql.param([...endpoint.events], webhookEndpoints.events)}::text[]`;
  const instant = sql`${now().toISOString()}::timestamptz`;
  const { id: idColumn, url: urlColumn } = webhookEndpoints;
  const owner = newestKeyOf(sql`${apiKeyId}::uuid`);
  const isActiveOfKey = and(eq(webhookEndpoints.apiKeyId, owner), eq(webhookEndpoints.isActive, true));
  const allowed = sql`
    EXISTS (SELECT FROM ${webhookEndpoints} WHERE ${idColumn} = ${id}::uuid)
    OR (SELECT count(*) < ${MAX_ACTIVE_ENDPOINTS} AND count(*) FILTER (WHERE ${urlColumn} = ${url}) = 0
      FROM ${webhookEndpoints} WHERE ${isActiveOfKey})`;
  const [, , , active, [row]] = await database.batch([
    // Registrations of one key go one after the other, so that each sees the ones before it.
    database
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(sql`${apiKeys.id} = ANY (ARRAY[${apiKeyId}::uuid, ${owner}])`)
      .orderBy(apiKeys.id)
      .for("no key update"),
    database
      .insert(webhookEndpoints)
      .select(sql`
        SELECT ${id}::uuid, ${owner}, ${url}, ${events}, ${secret}, true, ${instant}, ${instant} WHERE ${allowed}`)
      .onConflictDoNothing(),
    ensureState(database, id),
    database.select({ id: idColumn, url: urlColumn }).from(webhookEndpoints).where(isActiveOfKey),
    selectEndpoints(database, now()).where(eq(idColumn, id)),
  ]);
  if (row) return endpointOf(row);
  const same = active.find((other) => other.url === url);
  throw same ? alreadyRegistered(same.id) : tooMany("url");
}

/** Writes the state of an endpoint that has none: one that is new, or was stored by other means than ours. */
export function ensureState(database: Database, id: string) {
  const { id: idColumn, isActive, createdAt } = webhookEndpoints;
  return database
    .insert(endpointStates)
    .select(sql`
      SELECT ${idColumn}, CASE WHEN ${isActive} THEN 'active' ELSE 'disabled' END,
        CASE WHEN ${isActive} THEN 'registered' ELSE 'requested' END, ${createdAt},
        NULL::timestamptz, NULL::integer, NULL::timestamptz
      FROM ${webhookEndpoints} WHERE ${idColumn} = ${id}::uuid`)
    .onConflictDoNothing();
}

export function alreadyRegistered(other: string): ChipInError {
  const id = publicId("webhookEndpoint", other);
  const reason = `is registered with this key as ${id}; change that one with PATCH /v1/webhooks/${id}, or delete it first with DELETE /v1/webhooks/${id}`;
  return new ChipInError("conflict", "This URL is registered already", [{ field: "url", reason }]);
}

export function tooMany(field: "url" | "status"): ChipInError {
  const reason = `would be one more than ${MAX_ACTIVE_ENDPOINTS}; delete one that you do not need any more with DELETE /v1/webhooks/{id}`;
  const sentence = `An API key can have ${MAX_ACTIVE_ENDPOINTS} active endpoints`;
  return new ChipInError("conflict", sentence, [{ field, reason }]);
}
