import { isUnavailable } from "../src/database/errors.ts";

export type Report = (error: unknown, message: { id: string; attempts: number }) => void;

/**
 * Every message by itself, `atOnce` of them side by side: a slow or failing one never holds up the others.
 * A consumer that throws has a bug, and its message travels towards the dead-letter queue; but while Postgres is away
 * nothing is wrong with the message: it is let go, and the sweeper brings the row back once there is a database again.
 */
export async function eachMessage(
  batch: MessageBatch,
  atOnce: number,
  report: Report,
  consume: (body: unknown) => Promise<void>,
): Promise<void> {
  const waiting = batch.messages.values();
  const work = async () => {
    for (const message of waiting) {
      try {
        await consume(message.body);
        message.ack();
      } catch (error) {
        report(error, message);
        if (isUnavailable(error)) message.ack();
        else message.retry();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, batch.messages.length) }, work));
}
