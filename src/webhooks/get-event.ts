import { and, asc, desc, eq, inArray } from "drizzle-orm";
import { partnerEvents } from "#database/event-tables";
import { webhookAttempts, webhookDeliveries } from "#database/own-tables";
import { webhookEndpoints } from "#database/schema";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openFields, openText } from "#privacy/sealed";
import { noSuchEvent } from "./send-events-again.ts";

/** The latest of them; an event that is sent again and again has more. */
const MAX_ATTEMPTS = 100;

/**
 * One of a partner's events, with its deliveries and their attempts, oldest first, everything opened.
 * @throws ChipInError `not_found`. @throws Error as `openText`.
 */
export async function getEvent({ database, settings }: Services, partnerId: string, id: string) {
  const isEvents = eq(webhookDeliveries.partnerEventId, id);
  const [[event], deliveries, attempts] = await database.batch([
    database
      .select()
      .from(partnerEvents)
      .where(and(eq(partnerEvents.id, id), eq(partnerEvents.partnerId, partnerId))),
    database
      .select({ delivery: webhookDeliveries, url: webhookEndpoints.url })
      .from(webhookDeliveries)
      .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.webhookEndpointId))
      .where(isEvents)
      .orderBy(asc(webhookDeliveries.createdAt), asc(webhookDeliveries.id)),
    database
      .select()
      .from(webhookAttempts)
      .where(
        inArray(
          webhookAttempts.deliveryId,
          database.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(isEvents),
        ),
      )
      .orderBy(desc(webhookAttempts.attemptedAt), desc(webhookAttempts.attempt))
      .limit(MAX_ATTEMPTS),
  ]);
  if (!event) throw noSuchEvent();
  const keyring = keyringOf(settings);
  const opened = await Promise.all(
    attempts.toReversed().map(async ({ responseBody, ...attempt }) => ({
      ...attempt,
      responseBody: responseBody === null ? null : await openText(keyring, responseBody, { orClear: true }),
    })),
  );
  const ofDelivery = Map.groupBy(opened, ({ deliveryId }) => deliveryId);
  return {
    event: { ...event, data: await openFields(keyring, event.data) },
    deliveries: deliveries.map(({ delivery, url }) => ({
      ...delivery,
      url,
      tried: ofDelivery.get(delivery.id) ?? [],
    })),
  };
}
