import { and, eq, ne, sql } from "drizzle-orm";
import { newestKeyOf } from "#database/api-key-line";
import { apiKeys, webhookEndpoints } from "#database/schema";
import type { WebhookEventType } from "#domain/webhook-events";
import type { Services } from "#platform/services";
import {
  type Endpoint,
  type EndpointOf,
  endpointOf,
  isDeleted,
  isOf,
  noSuchEndpoint,
  selectEndpoints,
} from "./read-endpoints.ts";
import { alreadyRegistered, ensureState, MAX_ACTIVE_ENDPOINTS, tooMany } from "./register-endpoint.ts";

export type EndpointChanges = Readonly<{
  /** Checked by `judgeEndpointUrl`. */
  url?: string | undefined;
  events?: readonly WebhookEventType[] | undefined;
  state?: "active" | "paused" | "deleted" | undefined;
  /** The calling key. An endpoint that is switched on after its own key has ended belongs to this one from then on. */
  apiKeyId?: string | undefined;
}>;

/**
 * Changes an endpoint, all of it together. The same change again changes nothing. What it did before is forgotten with another URL
 * or state: failures and silences. A deleted endpoint keeps its deliveries and stays deleted.
 * @throws ChipInError `not_found`; `conflict` when it is deleted, when its key would have too many active endpoints, or two of one URL.
 */
export async function changeEndpoint(
  { database, now }: Services,
  which: EndpointOf,
  { url, events, state, apiKeyId }: EndpointChanges,
): Promise<Endpoint> {
  const { id, partnerId } = which;
  const at = now();
  const instant = sql`${at.toISOString()}::timestamptz`;
  const active = sql`${state === undefined ? null : state === "active"}::boolean`;
  const list = events ? sql`${sql.param([...events], webhookEndpoints.events)}::text[]` : sql`e.events`;
  const keyOfEndpoint = database
    .select({ id: webhookEndpoints.apiKeyId })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.id, id));
  const callersKey = newestKeyOf(sql`${apiKeyId ?? null}::uuid`);
  const [, , changed, others, [row]] = await database.batch([
    // As registrations do: changes of one key's endpoints go one after the other, so that each sees the ones before it.
    database
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(and(sql`${apiKeys.id} = ANY (ARRAY[(${keyOfEndpoint}), ${callersKey}])`, eq(apiKeys.partnerId, partnerId)))
      .orderBy(apiKeys.id)
      .for("no key update"),
    ensureState(database, id),
    database.execute(sql`
      WITH target AS MATERIALIZED (
        SELECT e.id, e.is_active,
          CASE WHEN ${active} AND NOT k.is_active THEN coalesce(${callersKey}, e.api_key_id) ELSE e.api_key_id END AS api_key_id,
          e.url AS old_url, coalesce(${url ?? null}::text, e.url) AS url,
          coalesce(${active}, e.is_active) AS will_be_active
        FROM webhook_endpoints e JOIN webhook_endpoint_states s ON s.webhook_endpoint_id = e.id
          JOIN api_keys k ON k.id = e.api_key_id
        WHERE e.id = ${id}::uuid AND k.partner_id = ${partnerId}::uuid AND s.state <> 'deleted' FOR UPDATE OF e, s
      ),
      allowed AS MATERIALIZED (
        SELECT t.*, t.url <> t.old_url OR t.will_be_active <> t.is_active AS begins_anew FROM target t
        WHERE NOT t.will_be_active OR (t.is_active AND t.url = t.old_url) OR (
          SELECT (t.is_active OR count(*) < ${MAX_ACTIVE_ENDPOINTS}) AND count(*) FILTER (WHERE o.url = t.url) = 0
          FROM webhook_endpoints o WHERE o.api_key_id = t.api_key_id AND o.is_active AND o.id <> t.id)
      ),
      changed AS (
        UPDATE webhook_endpoints AS e SET url = a.url, events = ${list}, is_active = a.will_be_active, updated_at = ${instant},
          api_key_id = a.api_key_id
        FROM allowed a WHERE e.id = a.id
      ),
      forgotten AS (
        DELETE FROM silent_webhook_endpoints USING allowed a WHERE webhook_endpoint_id = a.id AND a.begins_anew
      ),
      unsigned AS (
        DELETE FROM retired_webhook_secrets USING allowed a WHERE webhook_endpoint_id = a.id AND ${state === "deleted"}
      )
      UPDATE webhook_endpoint_states AS s SET
        state = coalesce(${state ?? null}, s.state),
        reason = CASE WHEN ${state ?? null} <> s.state THEN ${state === "active" ? "resumed" : "requested"} ELSE s.reason END,
        since = CASE WHEN ${state ?? null} <> s.state THEN ${instant} ELSE s.since END,
        failing_since = CASE WHEN NOT a.begins_anew THEN s.failing_since END,
        last_failure_code = CASE WHEN NOT a.begins_anew THEN s.last_failure_code END,
        warned_at = CASE WHEN NOT a.begins_anew THEN s.warned_at END
      FROM allowed a WHERE s.webhook_endpoint_id = a.id RETURNING a.id`),
    database
      .select({ id: webhookEndpoints.id, url: webhookEndpoints.url })
      .from(webhookEndpoints)
      .where(
        and(
          sql`${webhookEndpoints.apiKeyId} IN ((${keyOfEndpoint}), ${callersKey})`,
          eq(webhookEndpoints.isActive, true),
          ne(webhookEndpoints.id, id),
        ),
      ),
    selectEndpoints(database, at).where(isOf(which)),
  ]);
  if (!row) throw noSuchEndpoint();
  const endpoint = endpointOf(row);
  if (changed.rows.length > 0 || (endpoint.state === "deleted" && state === "deleted")) return endpoint;
  if (endpoint.state === "deleted") throw isDeleted();
  const same = others.find((other) => other.url === (url ?? endpoint.url));
  throw same ? alreadyRegistered(same.id) : tooMany("status");
}
