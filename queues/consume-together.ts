import type { z } from "zod";
import { isUnavailable } from "../src/database/errors.ts";

export type Report = (error: unknown, message?: { id: string; attempts: number }) => void;

/**
 * Consumes the messages of a batch by one call. An unreadable message is retried and ends in the dead-letter queue, as does a
 * batch whose consumer throws: both are bugs. While Postgres is away the messages are acknowledged instead, and the sweeper
 * enqueues their rows again afterwards.
 */
export async function consumeTogether<Body>(
  batch: MessageBatch,
  schema: z.ZodType<Body>,
  report: Report,
  consume: (bodies: readonly Body[]) => Promise<void>,
): Promise<void> {
  const readable = batch.messages.flatMap((message) => {
    const { data, error } = schema.safeParse(message.body);
    if (data !== undefined) return [{ message, body: data }];
    report(error, message);
    message.retry();
    return [];
  });
  if (readable.length === 0) return;
  try {
    await consume(readable.map(({ body }) => body));
    for (const { message } of readable) message.ack();
  } catch (error) {
    report(error, readable[0]?.message);
    for (const { message } of readable) {
      if (isUnavailable(error)) message.ack();
      else message.retry();
    }
  }
}
