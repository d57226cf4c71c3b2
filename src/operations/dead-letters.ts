import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { type DEAD_LETTER_RESOLUTIONS, deadLetters } from "#database/monitoring-tables";
import { derivedId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import { queueNamed } from "#platform/queues";
import type { Services } from "#platform/services";

const MAX_ROWS = 100;

/** `queue`: without the environment. `body`: null for a message that is not ids and instants only. */
export type DeadLetter = Readonly<{
  queue: string;
  subject: string;
  body: Readonly<Record<string, unknown>> | null;
}>;
type Resolution = (typeof DEAD_LETTER_RESOLUTIONS)[number];

/** Keeps dead letters where people look. One that is open already counts its deaths. @throws what Postgres says */
export async function keepDeadLetters({ database, now }: Services, letters: readonly DeadLetter[]): Promise<void> {
  const diedAt = now();
  // A statement may touch a row once.
  const distinct = new Map(letters.map((letter) => [JSON.stringify([letter.queue, letter.subject]), letter]));
  if (distinct.size === 0) return;
  await database
    .insert(deadLetters)
    .values([...distinct.values()].map((letter) => ({ ...letter, firstDiedAt: diedAt, lastDiedAt: diedAt })))
    .onConflictDoUpdate({
      target: [deadLetters.queue, deadLetters.subject],
      targetWhere: isNull(deadLetters.resolvedAt),
      set: { deaths: sql`${deadLetters.deaths} + 1`, lastDiedAt: sql`excluded.last_died_at`, body: sql`excluded.body` },
    });
}

/** The open ones, oldest first, 100 at most. */
export async function listDeadLetters({ database }: Services) {
  const open = isNull(deadLetters.resolvedAt);
  return await database.select().from(deadLetters).where(open).orderBy(asc(deadLetters.firstDiedAt)).limit(MAX_ROWS);
}

/**
 * Sends the message to its queue again and ends the dead letter. Sent twice it does no harm: its consumer claims the row it names.
 * @throws ChipInError `not_found` when there is no such open one, `conflict` when the message cannot be sent again
 */
export async function requeueDeadLetter(services: Services, id: string, note: string): Promise<void> {
  const { queue, body } = await getOpen(services, id);
  const target = queueNamed(services.queues, queue);
  if (!body || !target) throw new ChipInError("conflict", "This message cannot be sent again: dismiss it.");
  await target.sendBatch([{ body }]);
  await resolve(services, id, { resolution: "requeued", note });
}

/** Ends the dead letter without sending it. @throws ChipInError `not_found` */
export async function dismissDeadLetter(services: Services, id: string, note: string): Promise<void> {
  await getOpen(services, id);
  await resolve(services, id, { resolution: "dismissed", note });
}

const openOne = (id: string) => and(eq(deadLetters.id, id), isNull(deadLetters.resolvedAt));

async function getOpen({ database }: Services, id: string) {
  const [letter] = await database.select().from(deadLetters).where(openOne(id));
  if (!letter) throw new ChipInError("not_found", "There is no such dead letter, or it is resolved.");
  return letter;
}

async function resolve(services: Services, id: string, { resolution, note }: { resolution: Resolution; note: string }) {
  const { database, now } = services;
  const resolvedAt = now();
  const action = `dead_letter.${resolution}`;
  await database.batch([
    database.update(deadLetters).set({ resolvedAt, resolution, note }).where(openOne(id)),
    auditInsert(services, { id: derivedId(resolvedAt, id, action), action, target: { type: "dead_letter", id } }),
  ]);
}
