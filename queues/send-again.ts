import type { MessageQueue } from "#platform/queues";

/** The longest delay every description of the platform agrees on. What waits longer is found by the sweeper. */
const MAX_DELAY_SECONDS = 43_200;

/**
 * A fresh message for a row's next attempt. Not `message.retry()`: that counts towards the dead-letter queue, which is
 * for our bugs, not for a partner's bad night.
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
    report(error); // The attempt is recorded; the sweeper sees to the next one.
  }
}
