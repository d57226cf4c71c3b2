/** What one message of each queue is: an id, because the row is the truth. */
export type WebhookDeliveryMessage = Readonly<{ deliveryId: string }>;
export type MailMessage = Readonly<{ mailId: string }>;

export type MessageQueue<Message> = Readonly<{
  send(message: Message, options?: { delaySeconds?: number }): Promise<unknown>;
  sendBatch(messages: Iterable<{ body: Message }>): Promise<unknown>;
}>;

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
  for (let start = 0; start < messages.length; start += MAX_BATCH_MESSAGES) {
    await queue.sendBatch(messages.slice(start, start + MAX_BATCH_MESSAGES).map((body) => ({ body })));
  }
}
