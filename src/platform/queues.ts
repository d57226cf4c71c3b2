/** What one message of each queue is: an id, because the row is the truth. */
export type WebhookDeliveryMessage = Readonly<{ deliveryId: string }>;
export type MailMessage = Readonly<{ mailId: string }>;
export type BoardComparisonMessage = Readonly<{ boardIds: readonly string[] }>;

export type PictureCopyMessage = Readonly<{ boardId: string }>;

export type MessageQueue<Message> = Readonly<{
  sendBatch(messages: Iterable<QueuedMessage<Message>>): Promise<unknown>;
}>;

/** Consumers see the message after the delay. */
export type QueuedMessage<Message> = Readonly<{ body: Message; delaySeconds?: number }>;

export type Queues = Readonly<{
  webhookDeliveries: MessageQueue<WebhookDeliveryMessage>;
  /** Deliveries to endpoints that gave no answer lately. */
  slowWebhookDeliveries: MessageQueue<WebhookDeliveryMessage>;
  mail: MessageQueue<MailMessage>;
  boardComparison: MessageQueue<BoardComparisonMessage>;
  pictureCopies: MessageQueue<PictureCopyMessage>;
}>;

/** The longest delay that all of the platform's documentation allows. */
export const MAX_DELAY_MS = 43_200_000;
/** How long after it is due a row's message may still be in a queue. */
const REQUEUE_AFTER_MS = 300_000;

/** When a sweeper sends a message for a row that is due at `at`: a while after its own message, or then, if it cannot get one. */
export function requeueAt(at: Date, now: Date): Date {
  const hasMessage = at.getTime() - now.getTime() <= MAX_DELAY_MS;
  return new Date(Math.max(at.getTime(), now.getTime()) + (hasMessage ? REQUEUE_AFTER_MS : 0));
}

/** A queue takes this many messages in one call. */
const MAX_BATCH_MESSAGES = 100;

export function queuesOf(env: Env): Queues {
  return {
    webhookDeliveries: env.WEBHOOK_DELIVERIES,
    slowWebhookDeliveries: env.WEBHOOK_DELIVERIES_SLOW,
    mail: env.MAIL,
    boardComparison: env.BOARD_COMPARISON,
    pictureCopies: env.PICTURE_COPIES,
  };
}

/** The queue of this name in wrangler.toml, without the environment; null when none is called that. */
export function queueNamed(queues: Queues, name: string): MessageQueue<unknown> | null {
  const named = new Map<string, MessageQueue<never>>([
    ["webhook-delivery", queues.webhookDeliveries],
    ["webhook-delivery-slow", queues.slowWebhookDeliveries],
    ["mail", queues.mail],
    ["board-comparison", queues.boardComparison],
    ["picture-copy", queues.pictureCopies],
  ]);
  // A requeued message is sent by this name.
  return (named.get(name) as MessageQueue<unknown> | undefined) ?? null;
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
  const batches = Array.from({ length: Math.ceil(messages.length / MAX_BATCH_MESSAGES) }, (_, nth) =>
    messages.slice(nth * MAX_BATCH_MESSAGES, (nth + 1) * MAX_BATCH_MESSAGES),
  );
  await Promise.all(batches.map((batch) => queue.sendBatch(batch)));
}
