import { MAX_DELAY_MS, type MessageQueue, sendAllDelayed } from "../src/platform/queues.ts";

export type NextMessage<Body> = Readonly<{ body: Body; at: Date }>;

/**
 * Enqueues new messages for rows' next attempts. `message.retry()` would count towards the dead-letter queue, which is
 * for bugs of ours, not for a receiver that is down. A row that waits longer than a message can is left to the sweeper.
 */
export async function sendAgain<Body>(
  queue: MessageQueue<Body>,
  messages: readonly NextMessage<Body>[],
  { now, report }: { now: Date; report: (error: unknown) => void },
): Promise<void> {
  const delayed = messages
    .map(({ body, at }) => ({ body, delayMs: Math.max(0, at.getTime() - now.getTime()) }))
    .filter(({ delayMs }) => delayMs <= MAX_DELAY_MS)
    .map(({ body, delayMs }) => ({ body, delaySeconds: Math.ceil(delayMs / 1000) }));
  try {
    await sendAllDelayed(queue, delayed);
  } catch (error) {
    report(error); // The attempts are recorded, and the sweeper enqueues the next ones.
  }
}
