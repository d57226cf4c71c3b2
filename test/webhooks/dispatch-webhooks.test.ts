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

const minutesBefore = (now: Date, minutes: number) => new Date(now.getTime() - minutes * 60_000);
/** A row that became due so many minutes ago, and whose message was sent then. */
const dueSince = (now: Date, minutes: number) => ({
  nextAttemptAt: minutesBefore(now, minutes),
  requeueAt: minutesBefore(now, minutes - 5),
});
const idsIn = (queue: readonly { body: unknown }[]) =>
  queue.map(({ body }) => (body as { deliveryId: string }).deliveryId).sort();

it("dispatchWebhooks enqueues deliveries whose message is missing for five minutes, and nothing else", async () => {
  const { services, clock, queues } = testServices(database);
  const overdue = await aDelivery(database, services, dueSince(clock.now, 6));
  const abandoned = await aDelivery(database, services, {
    ...dueSince(clock.now, 6),
    leaseUntil: minutesBefore(clock.now, 1),
  });
  await aDelivery(database, services, dueSince(clock.now, 4));
  await aDelivery(database, services, dueSince(clock.now, -60));
  await aDelivery(database, services, { ...dueSince(clock.now, 6), leaseUntil: minutesBefore(clock.now, -1) });
  const delivered = await aDelivery(database, services, dueSince(clock.now, 6));
  await deliverWebhook(services, delivered.id, receiver().deps);

  expect(await dispatchWebhooks(services, clock.now)).toEqual({ enqueued: 2 });

  expect(idsIn(queues.webhooks)).toEqual([overdue.id, abandoned.id].sort());
});

it("while the queue is an hour behind, a row gets a message after 5, 10, 20 and 40 minutes and not one a minute", async () => {
  const { services, clock, queues } = testServices(database);
  await aDelivery(database, services);
  const start = clock.now;
  const sentAt: number[] = [];

  for (let minute = 1; minute <= 60; minute += 1) {
    clock.now = minutesBefore(start, -minute);
    await dispatchWebhooks(services, clock.now);
    if (queues.webhooks.splice(0).length > 0) sentAt.push(minute);
  }

  expect(sentAt).toEqual([5, 10, 20, 40]);
});

it("six concurrent sweeps enqueue each row once", async () => {
  const { services, clock, queues } = testServices(database);
  for (let count = 0; count < 2; count++) await aDelivery(database, services, dueSince(clock.now, 6));

  await Promise.all(Array.from({ length: 6 }, () => dispatchWebhooks(services, clock.now)));

  expect(queues.webhooks).toHaveLength(2);
});

it("a row that was just enqueued can be delivered at once", async () => {
  const { services, clock } = testServices(database);
  const { id } = await aDelivery(database, services, dueSince(clock.now, 6));

  await dispatchWebhooks(services, clock.now);

  expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
});

it("a retry has a message of its own up to twelve hours ahead, and is left to the sweeper beyond", async () => {
  const { services, clock, queues } = testServices(database);
  const { id } = await aDelivery(database, services);
  const refusing = receiver(() => new Response("no", { status: 503 }));
  const sweptAfterMinutes: number[] = [];

  for (let attempt = 1; attempt < 7; attempt += 1) {
    const result = await deliverWebhook(services, id, refusing.deps);
    if (result.outcome !== "retry") throw new Error(`expected a retry, got ${result.outcome}`);
    const row = await deliveryRow(database, id);
    sweptAfterMinutes.push(((row?.requeueAt.getTime() ?? 0) - result.at.getTime()) / 60_000);
    clock.now = row?.requeueAt ?? clock.now;
    expect(await dispatchWebhooks(services, clock.now)).toEqual({ enqueued: 1 });
  }

  // The last two waits are twelve hours with jitter, and a day.
  expect(sweptAfterMinutes).toEqual([5, 5, 5, 5, 0, 0]);
  expect(idsIn(queues.webhooks)).toEqual(Array(6).fill(id));
});

it("dispatchWebhooks as of a later instant brings later attempts forward", async () => {
  const { services, clock, queues } = testServices(database);
  const { id } = await aDelivery(database, services, dueSince(clock.now, -120));

  expect(await dispatchWebhooks(services, minutesBefore(clock.now, -1_440))).toEqual({ enqueued: 1 });

  expect(queues.webhooks).toEqual([{ body: { deliveryId: id } }]);
  expect(await deliveryRow(database, id)).toMatchObject({ nextAttemptAt: clock.now });
  expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
});

it("a sweep enqueues each row once, a hundred at a time, also when one statement does not take them all", async () => {
  const { services, clock, queues } = testServices(database);
  const { endpointId, partnerId } = await aDelivery(database, services, dueSince(clock.now, 6));
  await database.postgres.session((session) =>
    session.script(`
      WITH event AS (
        INSERT INTO partner_events (partner_id, type, api_version, data)
        SELECT '${partnerId}', 'pot.funded', '2026-12-01', '{}' FROM generate_series(1, 1100) RETURNING id
      ), record AS (
        INSERT INTO webhook_events (id, event_type, payload) SELECT id, 'pot.funded', '{}' FROM event
      )
      INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id, next_attempt_at, requeue_at)
      SELECT id, id, '${endpointId}', now() - interval '1 hour', now() - interval '55 minutes' FROM event`),
  );

  expect(await dispatchWebhooks(services, minutesBefore(clock.now, -1_440))).toEqual({ enqueued: 1_101 });

  expect(new Set(idsIn(queues.webhooks)).size).toBe(1_101);
});
