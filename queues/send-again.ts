import { type MessageQueue, sendAllDelayed } from "../src/platform/queues.ts";

/** The longest delay that all of the platform's documentation allows. The sweeper finds rows that wait longer. */
const MAX_DELAY_SECONDS = 43_200;

export type NextMessage<Body> = Readonly<{ body: Body; at: Date }>;

/**
 * Enqueues new messages for rows' next attempts. `message.retry()` would count towards the dead-letter queue, which is
 * for bugs of ours, not for a receiver that is down.
 */
export async function sendAgain<Body>(
  queue: MessageQueue<Body>,
  messages: readonly NextMessage<Body>[],
  { now, report }: { now: Date; report: (error: unknown) => void },
): Promise<void> {
  const delayed = messages
    .map(({ body, at }) => ({ body, delaySeconds: Math.max(0, Math.ceil((at.getTime() - now.getTime()) / 1000)) }))
    .filter(({ delaySeconds }) => delaySeconds <= MAX_DELAY_SECONDS);
  try {
    await sendAllDelayed(queue, delayed);
  } catch (error) {
    report(error); // The attempts are recorded, and the sweeper enqueues the next ones.
  }
}
