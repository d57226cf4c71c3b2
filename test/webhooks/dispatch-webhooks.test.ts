import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { webhookDeliveries } from "#database/own-tables";
import { dispatchWebhooks } from "../../src/jobs/dispatch-webhooks.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, deliverWebhook, deliveryRow, receiver, testServices } from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
// A sweep processes every row, so each test begins with an empty table.
beforeEach(() => database.db.delete(webhookDeliveries));

const secondsBefore = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);

it("dispatchWebhooks enqueues overdue deliveries and nothing else", async () => {
  const { services, clock, queues } = testServices(database);
  const at = (seconds: number) => ({ nextAttemptAt: secondsBefore(clock.now, seconds) });
  const overdue = await aDelivery(database, services, at(31));
  const abandoned = await aDelivery(database, services, { ...at(90), leaseUntil: secondsBefore(clock.now, 1) });
  await aDelivery(database, services, at(10));
  await aDelivery(database, services, at(-3_600));
  await aDelivery(database, services, { ...at(90), leaseUntil: secondsBefore(clock.now, -5) });
  const delivered = await aDelivery(database, services, at(90));
  await deliverWebhook(services, delivered.id, receiver().deps);

  expect(await dispatchWebhooks(services, clock.now)).toEqual({ enqueued: 2 });

  const enqueued = queues.webhooks.map(({ body }) => (body as { deliveryId: string }).deliveryId);
  expect(enqueued.sort()).toEqual([overdue.id, abandoned.id].sort());
});

it("six concurrent sweeps enqueue each row once, and a later sweep enqueues an undelivered row again", async () => {
  const { services, clock, queues } = testServices(database);
  const values = { nextAttemptAt: secondsBefore(clock.now, 60) };
  const { id } = await aDelivery(database, services, values);
  await aDelivery(database, services, values);

  await Promise.all(Array.from({ length: 6 }, () => dispatchWebhooks(services, clock.now)));
  expect(queues.webhooks).toHaveLength(2);

  clock.now = secondsBefore(clock.now, -60);
  await deliverWebhook(services, id, receiver().deps);
  expect(await dispatchWebhooks(services, clock.now)).toEqual({ enqueued: 1 });
});

it("a row that was just enqueued can be delivered at once", async () => {
  const { services, clock } = testServices(database);
  const { id } = await aDelivery(database, services, { nextAttemptAt: secondsBefore(clock.now, 60) });

  await dispatchWebhooks(services, clock.now);

  expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
});

it("dispatchWebhooks as of a later instant brings later attempts forward", async () => {
  const { services, clock, queues } = testServices(database);
  const { id } = await aDelivery(database, services, { nextAttemptAt: secondsBefore(clock.now, -7_200) });

  expect(await dispatchWebhooks(services, secondsBefore(clock.now, -86_400))).toEqual({ enqueued: 1 });

  expect(queues.webhooks).toEqual([{ body: { deliveryId: id } }]);
  expect(await deliveryRow(database, id)).toMatchObject({ nextAttemptAt: clock.now });
  expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
});

it("dispatchWebhooks sends at most a hundred messages in one call to the queue", async () => {
  const { services, clock, queues } = testServices(database);
  const values = { nextAttemptAt: secondsBefore(clock.now, 60) };
  const { eventId } = await aDelivery(database, services, values);
  for (let count = 1; count < 105; count++) await aDelivery(database, services, { ...values, eventId });

  expect(await dispatchWebhooks(services, clock.now)).toEqual({ enqueued: 105 });

  expect(new Set(queues.webhooks.map(({ body }) => JSON.stringify(body))).size).toBe(105);
});

it("a sweep as of a later instant enqueues each row once, also when one statement does not take them all", async () => {
  const { services, clock, queues } = testServices(database);
  const { endpointId } = await aDelivery(database, services, { nextAttemptAt: secondsBefore(clock.now, 60) });
  await database.postgres.session((session) =>
    session.script(`
      WITH event AS (
        INSERT INTO webhook_events (event_type, payload) SELECT 'pot.funded', '{}' FROM generate_series(1, 1100) RETURNING id
      )
      INSERT INTO webhook_deliveries (webhook_event_id, webhook_endpoint_id, next_attempt_at)
      SELECT id, '${endpointId}', now() - interval '1 hour' FROM event`),
  );

  expect(await dispatchWebhooks(services, secondsBefore(clock.now, -86_400))).toEqual({ enqueued: 1_101 });

  expect(new Set(queues.webhooks.map(({ body }) => JSON.stringify(body))).size).toBe(1_101);
});
