import { isUnavailable } from "../src/database/errors.ts";

export type Report = (error: unknown, message: { id: string; attempts: number }) => void;

/**
 * Consumes every message by itself, `concurrency` at a time, so a slow or failing message does not hold up the others. A
 * consumer that throws has a bug: its message is retried and ends in the dead-letter queue. While Postgres is away the
 * message is acknowledged instead, and the sweeper enqueues its row again afterwards.
 */
export async function eachMessage(
  batch: MessageBatch,
  concurrency: number,
  report: Report,
  consume: (body: unknown) => Promise<void>,
): Promise<void> {
  const messages = batch.messages.values();
  const worker = async () => {
    for (const message of messages) {
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
  await Promise.all(Array.from({ length: Math.min(concurrency, batch.messages.length) }, worker));
}
