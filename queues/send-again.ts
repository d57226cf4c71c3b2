import type { MessageQueue } from "#platform/queues";

/** The longest delay that all of the platform's documentation allows. The sweeper finds rows that wait longer. */
const MAX_DELAY_SECONDS = 43_200;

/**
 * Enqueues a new message for a row's next attempt. `message.retry()` would count towards the dead-letter queue, which is
 * for bugs of ours, not for a receiver that is down.
 */
export async function sendAgain<Body>(
  queue: Pick<MessageQueue<Body>, "send">,
  body: Body,
  { at, now, report }: { at: Date; now: Date; report: (error: unknown) => void },
): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at.getTime() - now.getTime()) / 1000));
  if (delaySeconds > MAX_DELAY_SECONDS) return;
  try {
    await queue.send(body, { delaySeconds });
  } catch (error) {
    report(error); // The attempt is recorded, and the sweeper enqueues the next one.
  }
}
