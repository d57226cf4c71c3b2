import { z } from "zod";
import { isUnavailable } from "../src/database/errors.ts";
import { type DeadLetter, keepDeadLetters } from "../src/operations/dead-letters.ts";
import { messageOf } from "../src/platform/log.ts";
import type { Services } from "../src/platform/services.ts";

/** While Postgres is away, messages stay in their dead-letter queue. It gives each a hundred tries. */
const RETRY_SECONDS = 300;

/** What a message of ours may hold. Anything else is not ours, and is not kept. */
const Ids = z.record(
  z.string().max(30),
  z.union([z.guid(), z.array(z.guid()).min(1).max(100), z.iso.datetime({ offset: true })]),
);

/** Keeps the dead letters of one queue in Postgres and raises an alert for each. The rows they name are still swept. */
export async function consumeDeadLetters(batch: MessageBatch, queue: string, services: Services): Promise<void> {
  const letters = batch.messages.map(({ id, body, attempts }) => ({
    attempts,
    ...readDeadLetter(queue, { id, body }),
  }));
  for (const { subject, attempts } of letters) {
    // A message that waits for Postgres has raised its alert.
    if (attempts <= 1) services.alert({ event: "dead_letter", queue, subject });
  }
  try {
    await keepDeadLetters(
      services,
      letters.map(({ attempts: _, ...letter }) => letter),
    );
  } catch (error) {
    if (!isUnavailable(error)) services.alert({ event: "dead_letter_not_kept", queue, error: messageOf(error) });
    return batch.retryAll({ delaySeconds: RETRY_SECONDS });
  }
  batch.ackAll();
}

function readDeadLetter(queue: string, { id, body }: { id: string; body: unknown }): DeadLetter {
  const { data } = Ids.safeParse(body);
  const [first] = Object.values(data ?? {});
  const subject = Array.isArray(first) ? first[0] : first;
  return subject === undefined ? { queue, subject: id, body: null } : { queue, subject, body: data ?? null };
}
