import { type Queues, sendAll } from "#platform/queues";
import type { Outbox } from "./project.ts";

/** Wakes the consumers for rows that are already written. A failure loses nothing: a sweeper finds the rows. */
export async function enqueue(
  queues: Pick<Queues, "webhookDeliveries" | "mail">,
  { deliveryIds, mailIds }: Outbox,
): Promise<void> {
  await Promise.all([
    sendAll(
      queues.webhookDeliveries,
      deliveryIds.map((deliveryId) => ({ deliveryId })),
    ),
    sendAll(
      queues.mail,
      mailIds.map((mailId) => ({ mailId })),
    ),
  ]);
}
