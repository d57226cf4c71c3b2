import { webhookDeliveries } from "#database/own-tables";
import { sendAll } from "#platform/queues";
import type { Services } from "#platform/services";
import { takeDue } from "./take-due.ts";

const MAX_PER_RUN = 2_000;

/** Enqueues what is due and was never enqueued, or whose message was lost. The delivery's own claim guards against twos. */
export async function dispatchWebhooks(services: Services, now: Date): Promise<{ enqueued: number }> {
  const { database, queues } = services;
  const due = { asOf: now, clock: services.now(), limit: MAX_PER_RUN };
  const ids = await takeDue(database, webhookDeliveries, due);
  await sendAll(
    queues.webhookDeliveries,
    ids.map((deliveryId) => ({ deliveryId })),
  );
  return { enqueued: ids.length };
}
