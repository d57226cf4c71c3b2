import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { awaitPositions } from "#database/event-positions";
import { partnerEvents } from "#database/event-tables";
import type { TEST_EVENT, WebhookEventType } from "#domain/webhook-events";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openFields } from "#privacy/sealed";

export type EventFilter = Readonly<{
  type: WebhookEventType | typeof TEST_EVENT | null;
  boardId: string | null;
  /** Only events behind this position. */
  after: number | null;
  limit: number;
}>;

/**
 * A partner's events in the order of their positions, private fields opened. One that reads on behind the last position gets every
 * event exactly once, also those that are projected late. @throws Error as `openFields`.
 */
export async function listEvents(
  { database, settings }: Services,
  partnerId: string,
  { type, boardId, after, limit }: EventFilter,
) {
  const filter: (SQL | undefined)[] = [
    eq(partnerEvents.partnerId, partnerId),
    type === null ? undefined : eq(partnerEvents.type, type),
    boardId === null ? undefined : eq(partnerEvents.dreamBoardId, boardId),
    after === null ? undefined : gt(partnerEvents.position, after),
  ];
  const [wait, turn] = awaitPositions(partnerId);
  const [, , rows] = await database.batch([
    database.execute(wait),
    database.execute(turn),
    database
      .select()
      .from(partnerEvents)
      .where(and(...filter))
      .orderBy(asc(partnerEvents.position))
      .limit(limit),
  ]);
  const keyring = keyringOf(settings);
  return await Promise.all(rows.map(async (row) => ({ ...row, data: await openFields(keyring, row.data) })));
}
