import type { Outbox } from "./project.ts";

/** A queue takes this many messages in one call. */
const MAX_MESSAGES = 100;

type Queues = { WEBHOOK_DELIVERIES: Queue; MAIL: Queue };

/** Wakes the consumers for rows that are already written. A failure loses nothing: a sweeper finds the rows. */
export async function enqueue(queues: Queues, { deliveryIds, mailIds }: Outbox): Promise<void> {
  await Promise.all([
    sendAll(
      queues.WEBHOOK_DELIVERIES,
      deliveryIds.map((deliveryId) => ({ body: { deliveryId } })),
    ),
    sendAll(
      queues.MAIL,
      mailIds.map((mailId) => ({ body: { mailId } })),
    ),
  ]);
}

async function sendAll(queue: Queue, messages: { body: unknown }[]): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_MESSAGES) {
    await queue.sendBatch(messages.slice(start, start + MAX_MESSAGES));
  }
}
