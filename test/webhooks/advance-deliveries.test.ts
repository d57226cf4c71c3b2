import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { advanceDeliveries } from "#webhooks/advance-deliveries";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, deliverWebhook, deliveryRow, receiver, testServices } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const HOUR = 3_600_000;

it("the deliveries of the board that wait until then are due now and sent to the queue, and no others", async () => {
  const { services, clock, queues } = testServices(database);
  const inHours = (hours: number) => new Date(clock.now.getTime() + hours * HOUR);
  const soon = { nextAttemptAt: inHours(1), attempts: 2 };
  const first = await aDelivery(database, services, soon);
  const { eventId } = first;
  const second = await aDelivery(database, services, { ...soon, eventId });
  const late = await aDelivery(database, services, { nextAttemptAt: inHours(3), eventId });
  const leased = await aDelivery(database, services, { ...soon, eventId, leaseUntil: inHours(1) });
  const ofAnotherBoard = await aDelivery(database, services, { ...soon, partnerOf: first });
  const [event] = await database.db.select().from(partnerEvents).where(eq(partnerEvents.id, eventId));
  const boardId = event?.dreamBoardId ?? "";

  expect(await advanceDeliveries(services, boardId, inHours(2))).toBe(2);
  expect(await advanceDeliveries(services, boardId, inHours(2))).toBe(0);
  const sent = queues.webhooks.map(({ body }) => (body as { deliveryId: string }).deliveryId);
  expect(sent.sort()).toEqual([first.id, second.id].sort());
  for (const { id } of [late, leased, ofAnotherBoard]) {
    expect((await deliveryRow(database, id))?.nextAttemptAt.getTime()).toBeGreaterThan(clock.now.getTime());
  }

  const { deps } = receiver();
  expect(await deliverWebhook(services, first.id, deps)).toMatchObject({ outcome: "delivered" });
});
