import { afterAll, beforeAll, expect, it } from "vitest";
import { advanceDeliveries } from "#webhooks/advance-deliveries";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, deliverWebhook, deliveryRow, receiver, testServices } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const HOUR = 3_600_000;

it("the partner's deliveries that wait until then are due now and sent to the queue, and no others", async () => {
  const { services, clock, queues } = testServices(database);
  const soon = { nextAttemptAt: new Date(clock.now.getTime() + HOUR), attempts: 2 };
  const first = await aDelivery(database, services, soon);
  const ofPartner = { partnerOf: { partnerId: first.partnerId } };
  const second = await aDelivery(database, services, { ...soon, ...ofPartner });
  const late = await aDelivery(database, services, {
    ...ofPartner,
    nextAttemptAt: new Date(clock.now.getTime() + 3 * HOUR),
  });
  const leased = await aDelivery(database, services, {
    ...soon,
    ...ofPartner,
    leaseUntil: new Date(clock.now.getTime() + HOUR),
  });
  const foreign = await aDelivery(database, services, soon);
  const until = new Date(clock.now.getTime() + 2 * HOUR);

  expect(await advanceDeliveries(services, first.partnerId, until)).toBe(2);
  expect(await advanceDeliveries(services, first.partnerId, until)).toBe(0);
  const sent = queues.webhooks.map(({ body }) => (body as { deliveryId: string }).deliveryId);
  expect(sent.sort()).toEqual([first.id, second.id].sort());
  for (const { id } of [late, leased, foreign]) {
    expect((await deliveryRow(database, id))?.nextAttemptAt.getTime()).toBeGreaterThan(clock.now.getTime());
  }

  const { deps } = receiver();
  expect(await deliverWebhook(services, first.id, deps)).toMatchObject({ outcome: "delivered" });
});
