/** What one message of each queue is: an id, because the row is the truth. */
export type WebhookDeliveryMessage = Readonly<{ deliveryId: string }>;
export type MailMessage = Readonly<{ mailId: string }>;

export type MessageQueue<Message> = Readonly<{
  sendBatch(messages: Iterable<QueuedMessage<Message>>): Promise<unknown>;
}>;

/** Consumers see the message after the delay. */
export type QueuedMessage<Message> = Readonly<{ body: Message; delaySeconds?: number }>;

export type Queues = Readonly<{
  webhookDeliveries: MessageQueue<WebhookDeliveryMessage>;
  mail: MessageQueue<MailMessage>;
}>;

/** A queue takes this many messages in one call. */
const MAX_BATCH_MESSAGES = 100;

export function queuesOf(env: Env): Queues {
  return { webhookDeliveries: env.WEBHOOK_DELIVERIES, mail: env.MAIL };
}

export async function sendAll<Message>(queue: MessageQueue<Message>, messages: readonly Message[]): Promise<void> {
  await sendAllDelayed(
    queue,
    messages.map((body) => ({ body })),
  );
}

export async function sendAllDelayed<Message>(
  queue: MessageQueue<Message>,
  messages: readonly QueuedMessage<Message>[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
    await queue.sendBatch(messages.slice(start, start + MAX_BATCH_MESSAGES));
  }
}
