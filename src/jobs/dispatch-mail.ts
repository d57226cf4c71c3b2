import { mailMessages } from "#database/own-tables";
import { sendAll } from "#platform/queues";
import type { Services } from "#platform/services";
import { takeDue } from "./take-due.ts";

const MAX_PER_RUN = 1_000;

/** Enqueues mail that is due and was never enqueued, or whose message was lost. The mail's own claim guards against twos. */
export async function dispatchMail(services: Services, now: Date): Promise<{ enqueued: number }> {
  const { database, queues } = services;
  const due = { asOf: now, clock: services.now(), limit: MAX_PER_RUN };
  const ids = await takeDue(database, mailMessages, due);
  await sendAll(
    queues.mail,
    ids.map((mailId) => ({ mailId })),
  );
  return { enqueued: ids.length };
}
