import { type SQL, sql } from "drizzle-orm";
import { rowId } from "#database/row-id";
import { ChipInError } from "#platform/errors";
import { messageOf } from "#platform/log";
import { requeueAt, sendAll } from "#platform/queues";
import type { Services } from "#platform/services";
import { type EndpointOf, getEndpoint } from "./read-endpoints.ts";

/* Deliveries that a partner asks for. Each has the whole schedule of attempts before it, again. */

/** One call takes no more events. */
const MAX_RECOVERED = 1_000;

/** Which of the partner's endpoints may hear of an event `e`: what happened after it was registered, of the types it subscribes to. */
const hears = (partnerId: string): SQL => sql`
  webhook_endpoints AS w JOIN api_keys AS k ON k.id = w.api_key_id AND k.is_active
  JOIN partner_events AS e ON e.partner_id = k.partner_id AND e.type = ANY (w.events) AND w.created_at <= e.created_at
  LEFT JOIN webhook_deliveries AS d ON d.partner_event_id = e.id AND d.webhook_endpoint_id = w.id
  WHERE k.partner_id = ${partnerId} AND w.is_active AND e.data <> '{"erased": true}'::jsonb`;

/**
 * Sends an event again to every active endpoint that is subscribed to it and was there when it happened. @returns their ids
 * @throws ChipInError `not_found`; `conflict` when there is no such endpoint.
 */
export async function redeliverEvent(
  services: Services,
  { partnerId, eventId }: { partnerId: string; eventId: string },
): Promise<string[]> {
  const { database } = services;
  const { rows } = await database.execute(
    sql`SELECT FROM partner_events WHERE id = ${eventId} AND partner_id = ${partnerId}`,
  );
  if (rows.length === 0) throw noSuchEvent();
  const sent = await deliverAgain(services, sql`SELECT ${CHOSEN} FROM ${hears(partnerId)} AND e.id = ${eventId}`);
  if (sent.length === 0) {
    const reason = "no active endpoint is subscribed to its type and was registered before it happened";
    throw new ChipInError("conflict", `This event cannot be delivered: ${reason}.`);
  }
  return sent.map(({ endpointId }) => endpointId);
}

/**
 * Sends what an endpoint has missed since an instant: events whose delivery failed, and those that happened while it was paused or
 * disabled. What was delivered, or is still being tried, is left out. @returns how many, and whether a further call finds more
 * @throws ChipInError `not_found`; `conflict` for an endpoint that is not active.
 */
export async function recoverEndpoint(services: Services, which: EndpointOf, since: Date) {
  await requireActive(services, which);
  const missed = sql`
    SELECT ${CHOSEN} FROM ${hears(which.partnerId)} AND w.id = ${which.id} AND e.created_at >= ${since.toISOString()}
      AND (d.id IS NULL OR d.status = 'failed')
    ORDER BY e.created_at LIMIT ${MAX_RECOVERED}`;
  const { length: events } = await deliverAgain(services, missed);
  return { events, hasMore: events === MAX_RECOVERED };
}

/** Delivers an event that was just written to one endpoint, whatever it is subscribed to. */
export async function deliverTo(services: Services, { id }: EndpointOf, eventId: string): Promise<void> {
  await deliverAgain(
    services,
    sql`SELECT ${CHOSEN} FROM partner_events AS e JOIN webhook_endpoints AS w ON w.id = ${id}
      LEFT JOIN webhook_deliveries AS d ON d.partner_event_id = e.id AND d.webhook_endpoint_id = w.id
      WHERE e.id = ${eventId}`,
  );
}

/** @throws ChipInError `not_found`; `conflict` for an endpoint that is not active. */
export async function requireActive(services: Services, which: EndpointOf): Promise<void> {
  const endpoint = await getEndpoint(services, which);
  if (endpoint.isActive) return;
  const remedy = endpoint.state === "deleted" ? "register its URL again" : "set its status to active first";
  throw new ChipInError("conflict", `This endpoint is ${endpoint.state}; ${remedy}.`);
}

export const noSuchEvent = () => new ChipInError("not_found", "There is no such event.");

const CHOSEN = sql`coalesce(d.id, ${rowId(sql`e.created_at`, sql`e.id, w.id`)}) AS id, e.id AS event_id, w.id AS endpoint_id,
  w.api_key_id, e.type, e.created_at AS at`;

/** A delivery that is under way goes on. */
async function deliverAgain(
  { database, queues, now, alert }: Services,
  chosen: SQL,
): Promise<{ endpointId: string }[]> {
  const at = sql`${now().toISOString()}::timestamptz`;
  const requeue = sql`${requeueAt(now(), now()).toISOString()}::timestamptz`;
  const { rows } = await database.execute<{ id: string; endpointId: string }>(sql`
    WITH chosen AS MATERIALIZED (${chosen}),
    recorded AS (
      INSERT INTO webhook_events (id, api_key_id, event_type, payload, created_at)
      SELECT id, api_key_id, type, jsonb_build_object('event_id', event_id), at FROM chosen
      ON CONFLICT (id) DO UPDATE SET status = 'pending'
    )
    INSERT INTO webhook_deliveries AS d (id, partner_event_id, webhook_endpoint_id, next_attempt_at, requeue_at)
    SELECT id, event_id, endpoint_id, ${at}, ${requeue} FROM chosen
    ON CONFLICT (id) DO UPDATE SET status = 'pending', attempts_before = d.attempts, delivered_at = NULL,
      next_attempt_at = excluded.next_attempt_at, requeue_at = excluded.requeue_at
    RETURNING d.id, d.webhook_endpoint_id AS "endpointId"`);
  const messages = rows.map(({ id }) => ({ deliveryId: id }));
  // A failure loses nothing: a sweeper finds the rows.
  await sendAll(queues.webhookDeliveries, messages).catch((error: unknown) =>
    alert({ event: "enqueue_failed", queue: "webhook-delivery", error: messageOf(error) }),
  );
  return rows;
}
