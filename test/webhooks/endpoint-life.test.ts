import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointStates } from "#database/endpoint-tables";
import { mailMessages } from "#database/own-tables";
import { webhookEndpoints } from "#database/schema";
import { publicId } from "#domain/ids";
import { addDays } from "#domain/time";
import { deliverWebhooks } from "#webhooks/deliver";
import { watchEndpoints } from "../../src/jobs/watch-endpoints.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, deliverWebhook, endpointRow, receiver, testServices } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

async function stateOf(id: string) {
  const [row] = await database.db.select().from(endpointStates).where(eq(endpointStates.webhookEndpointId, id));
  return row;
}

const mailsAbout = (id: string, kind: string) =>
  database.db
    .select()
    .from(mailMessages)
    .where(and(eq(mailMessages.webhookEndpointId, id), eq(mailMessages.kind, kind)));

/** An endpoint with one delivery for each answer, made one after the other, a minute apart. */
async function anEndpoint(answers: readonly (number | "silent")[]) {
  const { services, clock, logged } = testServices(database);
  const start = clock.now;
  const first = await aDelivery(database, services, {});
  for (const [nth, answer] of answers.entries()) {
    clock.now = new Date(start.getTime() + nth * 60_000);
    const { id } = nth === 0 ? first : await aDelivery(database, services, { endpointOf: first });
    const { deps } = receiver(() =>
      answer === "silent" ? Promise.reject(new TypeError("refused")) : new Response("", { status: answer }),
    );
    await deliverWebhook(services, id, deps);
  }
  return { id: first.endpointId, first, start, services, clock, logged };
}

describe("the state of an endpoint after its attempts", () => {
  it("an endpoint fails since its first failed attempt after its last success", async () => {
    const rows = [
      { answers: [200], since: undefined, code: undefined },
      { answers: [500], since: 0, code: 500 },
      { answers: [500, "silent"], since: 0, code: null },
      { answers: [500, 404, 500], since: 0, code: 500 },
      { answers: [200, 500, 503], since: 1, code: 503 },
      { answers: [500, 200], since: null, code: null },
      { answers: [500, 200, 302], since: 2, code: 302 },
    ] as const;
    const seen = [];
    for (const { answers } of rows) {
      const { id, start } = await anEndpoint(answers);
      const { failingSince, lastFailureCode } = (await stateOf(id)) ?? {};
      const since = failingSince ? Math.round((failingSince.getTime() - start.getTime()) / 60_000) : failingSince;
      seen.push({ answers, since, code: lastFailureCode });
    }
    expect(seen).toEqual(rows);
  });

  it("a failing ends with a success of the batch that failed before", async () => {
    const { id, first, services } = await anEndpoint([500]);
    const [one, other] = [
      await aDelivery(database, services, { endpointOf: first }),
      await aDelivery(database, services, { endpointOf: first }),
    ];
    const answers = [500, 200];
    const { deps } = receiver(() => new Response("", { status: answers.shift() ?? 0 }));

    await deliverWebhooks(services, [one.id, other.id], deps);

    expect(await stateOf(id)).toMatchObject({ state: "active", failingSince: null, lastFailureCode: null });
  });

  it("a delivery that could not be sent for another reason says nothing of its endpoint", async () => {
    const { services } = testServices(database);
    const { id, endpointId } = await aDelivery(database, services, { payload: { erased: true } });

    expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "failed", endpointGone: false });

    expect(await stateOf(endpointId)).toBeUndefined();
  });

  it("an endpoint that answers 410 is disabled at once, and one mail says so", async () => {
    const { id, clock } = await anEndpoint([410]);

    expect(await endpointRow(database, id)).toMatchObject({ isActive: false });
    expect(await stateOf(id)).toMatchObject({ state: "disabled", reason: "gone", since: clock.now });
    expect(await mailsAbout(id, "webhook_endpoint_disabled")).toMatchObject([
      { recipient: "partner", status: "pending", requeueAt: clock.now },
    ]);
  });

  it("two deliveries of a batch that are answered 410 ask for one mail", async () => {
    const { services } = testServices(database);
    const first = await aDelivery(database, services);
    const second = await aDelivery(database, services, { endpointOf: first });

    await deliverWebhooks(services, [first.id, second.id], receiver(() => new Response("", { status: 410 })).deps);

    expect(await mailsAbout(first.endpointId, "webhook_endpoint_disabled")).toHaveLength(1);
  });
});

describe("watchEndpoints", () => {
  it("an endpoint that fails is warned of after three days and disabled after five, once each", async () => {
    const { id, start, services, logged } = await anEndpoint([500, 503]);
    const watchAt = (at: Date) => watchEndpoints(services, at);
    const found = async () => {
      const [warnings, notices] = await Promise.all([
        mailsAbout(id, "webhook_endpoint_failing"),
        mailsAbout(id, "webhook_endpoint_disabled"),
      ]);
      return [(await stateOf(id))?.state, warnings.length, notices.length];
    };

    await watchAt(new Date(addDays(start, 3).getTime() - 1));
    expect(await found()).toEqual(["active", 0, 0]);
    await watchAt(addDays(start, 3));
    await watchAt(addDays(start, 4));
    expect(await found()).toEqual(["active", 1, 0]);
    await watchAt(new Date(addDays(start, 5).getTime() - 1));
    expect(await found()).toEqual(["active", 1, 0]);
    await watchAt(addDays(start, 5));
    await watchAt(addDays(start, 6));

    expect(await found()).toEqual(["disabled", 1, 1]);
    expect(await stateOf(id)).toMatchObject({ reason: "failing", since: addDays(start, 5), failingSince: start });
    expect(await endpointRow(database, id)).toMatchObject({ isActive: false, updatedAt: addDays(start, 5) });
    const alerts = logged.filter(({ endpoint_id }) => endpoint_id === publicId("webhookEndpoint", id));
    expect(alerts.filter(({ event }) => event === "webhook_endpoint_disabled")).toMatchObject([
      { alert: true, reason: "failing" },
    ]);
  });

  it("an endpoint that works again after its warning is not disabled, and a later failing is warned of again", async () => {
    const { id, first, start, services, clock } = await anEndpoint([500]);
    await watchEndpoints(services, addDays(start, 3));
    clock.now = addDays(start, 4);
    const works = await aDelivery(database, services, { endpointOf: first });
    await deliverWebhook(services, works.id, receiver().deps);
    await watchEndpoints(services, addDays(start, 6));
    expect(await stateOf(id)).toMatchObject({ state: "active", failingSince: null, warnedAt: null });

    clock.now = addDays(start, 7);
    const fails = await aDelivery(database, services, { endpointOf: first });
    await deliverWebhook(services, fails.id, receiver(() => new Response("", { status: 500 })).deps);
    await watchEndpoints(services, addDays(start, 10));

    expect(await mailsAbout(id, "webhook_endpoint_failing")).toHaveLength(2);
  });

  it("concurrent runs disable an endpoint once, and an endpoint that is switched off is left alone", async () => {
    const failing = await anEndpoint([500]);
    const off = await anEndpoint([500]);
    await database.db.update(webhookEndpoints).set({ isActive: false }).where(eq(webhookEndpoints.id, off.id));

    const at = addDays(failing.clock.now, 5);
    await Promise.all(Array.from({ length: 4 }, () => watchEndpoints(failing.services, at)));

    expect(await mailsAbout(failing.id, "webhook_endpoint_disabled")).toHaveLength(1);
    expect(await mailsAbout(off.id, "webhook_endpoint_disabled")).toEqual([]);
    expect(await stateOf(off.id)).toMatchObject({ state: "active" });
  });
});
