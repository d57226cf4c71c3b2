import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { type EndpointReason, type EndpointState, endpointStates, retiredSecrets } from "#database/endpoint-tables";
import { after, type Position, positionOf } from "#database/keyset";
import { selfAndSandbox } from "#database/live-partners";
import { apiKeys, webhookEndpoints } from "#database/schema";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** One of a partner's endpoints. `partnerId` owns it, whichever of its keys registered it. */
export type EndpointOf = Readonly<{ partnerId: string; id: string }>;

/** A webhook endpoint and how it stands. The secret is in none of it. */
export type Endpoint = Readonly<{
  id: string;
  url: string;
  events: readonly string[];
  isActive: boolean;
  state: EndpointState;
  reason: EndpointReason;
  since: Date;
  failingSince: Date | null;
  /** Until when a secret that was replaced goes on signing; null when only the present one signs. */
  retiredSecretValidUntil: Date | null;
  createdAt: Date;
}>;

/** `is_active` decides: an endpoint whose state says otherwise was changed by other means than ours. */
const state = sql<EndpointState>`CASE WHEN ${webhookEndpoints.isActive} THEN 'active'
  ELSE coalesce(nullif(${endpointStates.state}, 'active'), 'disabled') END`;

/** The query of endpoints, for a batch or with conditions. `presentRow` makes an `Endpoint` of each row. */
export function selectEndpoints(database: Database, now: Date) {
  return database
    .select({
      id: webhookEndpoints.id,
      url: webhookEndpoints.url,
      events: webhookEndpoints.events,
      isActive: webhookEndpoints.isActive,
      state,
      reason: endpointStates.reason,
      since: endpointStates.since,
      failingSince: endpointStates.failingSince,
      retiredSecretValidUntil: sql<string | null>`(
        SELECT to_json(max(${retiredSecrets.validUntil})) FROM ${retiredSecrets}
        WHERE ${retiredSecrets.webhookEndpointId} = ${webhookEndpoints.id} AND ${retiredSecrets.validUntil} > ${now.toISOString()})`,
      createdAt: webhookEndpoints.createdAt,
      position: positionOf(webhookEndpoints.createdAt),
    })
    .from(webhookEndpoints)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
    .leftJoin(endpointStates, eq(endpointStates.webhookEndpointId, webhookEndpoints.id));
}

type Row = Awaited<ReturnType<typeof selectEndpoints>>[number];

export function endpointOf(row: Row): Endpoint & { position: string } {
  const { reason, since, retiredSecretValidUntil: until } = row;
  return {
    ...row,
    // An endpoint that was stored by other means than ours has no row of its state.
    reason: reason ?? (row.isActive ? "registered" : "requested"),
    since: since ?? row.createdAt,
    retiredSecretValidUntil: until === null ? null : new Date(until),
  };
}

export const isOf = ({ partnerId, id }: EndpointOf) =>
  and(eq(webhookEndpoints.id, id), eq(apiKeys.partnerId, partnerId));

export type EndpointsPage = Readonly<{
  partnerId: string;
  /** Those of its sandbox too. */
  withSandbox?: boolean;
  /** Without it, all but the deleted ones. */
  state?: EndpointState | undefined;
  after?: Position | undefined;
  limit: number;
}>;

/** At most `limit` of the partner's endpoints, newest first; `position` is where each stands. */
export async function listEndpoints({ database, now }: Services, page: EndpointsPage) {
  const rows = await selectEndpoints(database, now())
    .where(
      and(
        page.withSandbox
          ? sql`${apiKeys.partnerId} = ANY (ARRAY(${selfAndSandbox(page.partnerId)}))`
          : eq(apiKeys.partnerId, page.partnerId),
        page.state ? eq(state, page.state) : sql`${endpointStates.state} IS DISTINCT FROM 'deleted'`,
        page.after && after(webhookEndpoints, page.after),
      ),
    )
    .orderBy(desc(webhookEndpoints.createdAt), desc(webhookEndpoints.id))
    .limit(page.limit);
  return rows.map(endpointOf);
}

/** @throws ChipInError `not_found`. */
export async function getEndpoint({ database, now }: Services, which: EndpointOf): Promise<Endpoint> {
  const [row] = await selectEndpoints(database, now()).where(isOf(which));
  if (!row) throw noSuchEndpoint();
  return endpointOf(row);
}

/** The endpoint with its owner, for operators. @throws ChipInError `not_found`. */
export async function ownedEndpoint({ database }: Services, id: string): Promise<EndpointOf> {
  const [owner] = await database
    .select({ partnerId: apiKeys.partnerId, id: webhookEndpoints.id })
    .from(webhookEndpoints)
    .innerJoin(apiKeys, eq(apiKeys.id, webhookEndpoints.apiKeyId))
    .where(eq(webhookEndpoints.id, id));
  if (!owner) throw noSuchEndpoint();
  return owner;
}

export function noSuchEndpoint(): ChipInError {
  return new ChipInError("not_found", "There is no such webhook endpoint.");
}

export function isDeleted(): ChipInError {
  return new ChipInError("conflict", "This endpoint is deleted; register its URL again with POST /v1/webhooks.");
}
