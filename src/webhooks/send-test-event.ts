import { sql } from "drizzle-orm";
import { holdPositions } from "#database/event-positions";
import { API_VERSION } from "#domain/api-version";
import { publicId } from "#domain/ids";
import { TEST_EVENT } from "#domain/webhook-events";
import type { Services } from "#platform/services";
import type { EndpointOf } from "./read-endpoints.ts";
import { deliverTo, requireActive } from "./send-events-again.ts";

/**
 * Writes a test event under `eventId`, unless it is there, and delivers it to the endpoint.
 * @throws ChipInError `not_found`; `conflict` for an endpoint that is not active.
 */
export async function sendTestEvent(services: Services, which: EndpointOf, eventId: string): Promise<void> {
  await requireActive(services, which);
  const data = { webhook_id: publicId("webhookEndpoint", which.id) };
  await services.database.execute(sql`
    WITH turn AS MATERIALIZED (SELECT ${holdPositions(which.partnerId)})
    INSERT INTO partner_events (id, partner_id, type, api_version, data, created_at)
    SELECT ${eventId}::uuid, ${which.partnerId}::uuid, ${TEST_EVENT}, ${API_VERSION}, ${JSON.stringify(data)}::jsonb,
      ${services.now().toISOString()}::timestamptz FROM turn
    ON CONFLICT (id) DO NOTHING`);
  await deliverTo(services, which, eventId);
}
