import { createHmac, randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { publicId } from "#domain/ids";
import { deliverWebhook } from "#webhooks/deliver";
import { MAX_ATTEMPTS } from "#webhooks/retry-policy";
import { listen, startTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  aDelivery,
  attemptRows,
  deliveryRow,
  endpointRow,
  eventRow,
  meeting,
  receiver,
  SECRET,
  testServices,
} from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const refusing = (status: number, headers: Record<string, string> = {}) =>
  receiver(() => new Response("no", { status, headers }));

describe("deliverWebhook", () => {
  it("sends the event, signed both ways, and leaves attempt, delivery and roll-up", async () => {
    const { services, clock } = testServices(database);
    const { id, eventId, createdAt, payload } = await aDelivery(database, services);
    const { received, deps } = receiver(() => new Response("thank you", { status: 202 }));

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "delivered" });

    const [request] = received;
    expect(received).toHaveLength(1);
    expect(request).toMatchObject({ method: "POST", url: "https://partner.example.com/hooks", redirect: "manual" });
    const body = request?.body ?? "";
    const event = publicId("event", eventId);
    expect(JSON.parse(body)).toEqual({
      ...{ id: event, type: "pot.funded", created_at: createdAt.toISOString(), data: payload },
    });
    const headers = request?.headers ?? {};
    expect(new Webhook(Buffer.from(SECRET).toString("base64")).verify(body, headers)).toEqual(JSON.parse(body));
    const t = Math.floor(clock.now.getTime() / 1000);
    const v1 = createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-chipin-signature": `t=${t},v1=${v1}`,
      "x-chipin-event-id": event,
      "webhook-id": event,
    });

    expect(await deliveryRow(database, id)).toMatchObject({
      ...{ status: "delivered", attempts: 1, leaseUntil: null, deliveredAt: clock.now },
    });
    expect(await attemptRows(database, id)).toMatchObject([
      { attempt: 1, attemptedAt: clock.now, responseCode: 202, responseBody: "thank you", error: null, latencyMs: 0 },
    ]);
    expect(await eventRow(database, eventId)).toMatchObject({
      ...{ status: "delivered", attempts: 1, lastAttemptAt: clock.now },
      ...{ lastResponseCode: 202, lastResponseBody: "thank you" },
    });
  });

  it("sends nothing more once delivered", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { received, deps } = receiver();
    await deliverWebhook(services, id, deps);

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "not_claimed" });

    expect(received).toHaveLength(1);
  });

  it("makes one request of many callers at once", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const everybody = meeting(12);
    const { received, deps } = receiver(async () => {
      await everybody.arrive();
      return new Response("thanks");
    });

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const result = await deliverWebhook(services, id, deps);
        if (result.outcome === "not_claimed") everybody.arrive();
        return result;
      }),
    );

    expect(received).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "delivered")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "not_claimed")).toHaveLength(11);
    expect(await attemptRows(database, id)).toHaveLength(1);
  });

  it.each([
    { why: "not due yet", values: (now: number) => ({ nextAttemptAt: new Date(now + 60_000) }) },
    { why: "being worked on", values: (now: number) => ({ leaseUntil: new Date(now + 1_000) }) },
  ])("leaves alone what is $why", async ({ values }) => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services, values(services.now().getTime()));
    const { received, deps } = receiver();

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "not_claimed" });

    expect(received).toEqual([]);
  });

  it("knows nothing of a delivery that is not there", async () => {
    const { services } = testServices(database);

    expect(await deliverWebhook(services, randomUUID(), receiver().deps)).toEqual({ outcome: "not_claimed" });
  });

  it("takes over from somebody who vanished with the lease", async () => {
    const { services } = testServices(database);
    const leaseUntil = new Date(services.now().getTime() - 1);
    const { id } = await aDelivery(database, services, { leaseUntil });

    expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
  });

  it("comes back by the schedule, with the same event id and a fresh time, until seven attempts have failed", async () => {
    const { services, clock, logged } = testServices(database);
    const { id, eventId } = await aDelivery(database, services);
    const { received, deps } = refusing(503);

    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const result = await deliverWebhook(services, id, deps);
      if (result.outcome !== "retry") throw new Error(`expected a retry, got ${result.outcome}`);
      expect(await deliveryRow(database, id)).toMatchObject({
        ...{ status: "pending", attempts: attempt, nextAttemptAt: result.at, leaseUntil: null },
      });
      expect(await eventRow(database, eventId)).toMatchObject({ status: "pending", attempts: attempt });
      clock.now = result.at;
    }
    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "failed" });

    expect(await deliveryRow(database, id)).toMatchObject({ status: "failed", attempts: 7 });
    expect(await eventRow(database, eventId)).toMatchObject({ status: "failed", attempts: 7, lastResponseCode: 503 });
    expect((await attemptRows(database, id)).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(7);
    expect(logged.filter(({ alert, event }) => alert && event === "webhook_failed")).toHaveLength(1);
  });

  it("does not follow a redirect", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { received, deps } = refusing(302, { location: "http://169.254.169.254/" });

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(received).toHaveLength(1);
    expect(await attemptRows(database, id)).toMatchObject([{ responseCode: 302 }]);
  });

  it("keeps why no answer came", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { deps } = receiver(() => Promise.reject(new TypeError("connection refused")));

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, responseBody: null, error: "TypeError: connection refused" },
    ]);
  });

  it("does not wait longer than ten seconds", async () => {
    const { services } = testServices(database, { LOCAL_PLATFORM: "1" });
    const silent = await listen(() => new Promise<Response>(() => undefined));
    const { id } = await aDelivery(database, services, { url: `http://127.0.0.1:${silent.port}/hooks` });
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const spy = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(ms === 10_000 ? 20 : ms));

    const result = await deliverWebhook(services, id).finally(() => spy.mockRestore());
    await silent.close();

    expect(result).toMatchObject({ outcome: "retry" });
    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, error: "no answer within 10 seconds" },
    ]);
  });

  it("gives the receiver the time it asks for", async () => {
    const { services, clock } = testServices(database);
    const { id } = await aDelivery(database, services);

    await deliverWebhook(services, id, refusing(429, { "retry-after": "200" }).deps);

    const wait = ((await deliveryRow(database, id))?.nextAttemptAt.getTime() ?? 0) - clock.now.getTime();
    expect(wait).toBeGreaterThanOrEqual(200_000);
    expect(wait).toBeLessThanOrEqual(210_000);
  });

  it("stops for good, and switches the endpoint off, when the receiver is gone", async () => {
    const { services } = testServices(database);
    const { id, endpointId } = await aDelivery(database, services);

    expect(await deliverWebhook(services, id, refusing(410).deps)).toEqual({ outcome: "failed" });

    expect(await endpointRow(database, endpointId)).toMatchObject({ isActive: false });
    expect(await deliveryRow(database, id)).toMatchObject({ status: "failed", attempts: 1 });
  });

  it.each([
    { why: "the endpoint is switched off", values: { isActive: false }, error: "switched off" },
    { why: "the URL is not https", values: { url: "http://partner.example.com/" }, error: "https" },
    { why: "the URL is loopback", values: { url: "http://127.0.0.1:9000/" }, error: "https" },
    { why: "the URL is an address", values: { url: "https://10.0.0.1/" }, error: "IP address" },
    { why: "the URL is our own", values: { url: "https://chipin.example/api" }, error: "our own" },
  ])("sends nothing and fails when $why", async ({ values, error }) => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services, values);
    const { received, deps } = receiver();

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "failed" });

    expect(received).toEqual([]);
    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, error: expect.stringContaining(error) },
    ]);
  });

  it("sends to loopback on the local platform", async () => {
    const { services } = testServices(database, { LOCAL_PLATFORM: "1" });
    const { id } = await aDelivery(database, services, { url: "http://127.0.0.1:9911/hooks" });

    expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
  });

  it("rolls an event up over its endpoints: pending, then failed if any failed", async () => {
    const { services } = testServices(database);
    const first = await aDelivery(database, services);
    const second = await aDelivery(database, services, { eventId: first.eventId });

    await deliverWebhook(services, first.id, receiver().deps);
    expect(await eventRow(database, first.eventId)).toMatchObject({ status: "pending", attempts: 1 });

    await deliverWebhook(services, second.id, refusing(410).deps);
    expect(await eventRow(database, first.eventId)).toMatchObject({
      status: "failed",
      attempts: 2,
      lastResponseCode: 410,
    });
  });

  it("rolls up right when all endpoints answer at once", async () => {
    const { services } = testServices(database);
    const first = await aDelivery(database, services);
    const others = await Promise.all(
      Array.from({ length: 7 }, () => aDelivery(database, services, { eventId: first.eventId })),
    );

    await Promise.all([first, ...others].map(({ id }) => deliverWebhook(services, id, receiver().deps)));

    expect(await eventRow(database, first.eventId)).toMatchObject({ status: "delivered", attempts: 8 });
  });

  it.each([200, 503])("does not overwrite the %i somebody else recorded after our lease ran out", async (status) => {
    const { services, clock } = testServices(database);
    const { id } = await aDelivery(database, services);
    let theirs: unknown;
    const slow = receiver(async () => {
      clock.now = new Date(clock.now.getTime() + 61_000);
      await deliverWebhook(services, id, receiver(() => new Response("first", { status })).deps);
      theirs = await deliveryRow(database, id);
      clock.now = new Date(clock.now.getTime() + 5_000);
      return new Response("too late", { status: 500 });
    });

    await deliverWebhook(services, id, slow.deps);

    expect(await deliveryRow(database, id)).toEqual(theirs);
    expect(await attemptRows(database, id)).toMatchObject([{ attempt: 1, responseCode: status }]);
  });

  it("puts a delivery off, costing no attempt, while its secret cannot be read", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const otherKey = `other:${Buffer.alloc(32, 8).toString("base64")}`;
    const mistaken = testServices(database, { CARD_DATA_ENCRYPTION_KEY: otherKey });
    const { received, deps } = receiver();

    const result = await deliverWebhook(mistaken.services, id, deps);

    expect(result).toEqual({ outcome: "retry", at: new Date(mistaken.clock.now.getTime() + 60_000) });
    expect(received).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null });
    expect(mistaken.logged).toMatchObject([{ event: "webhook_postponed", alert: true }]);
  });
});

describe("deliverWebhook, deployed", () => {
  const answering = (addresses: string[] | "down") =>
    receiver(({ url }) => {
      if (!url.startsWith("https://cloudflare-dns.com/")) return new Response("thanks");
      if (addresses === "down") return new Response("no", { status: 503 });
      const wanted = new URL(url).searchParams.get("type") === "1";
      return Response.json({ Status: 0, Answer: wanted ? addresses.map((data) => ({ type: 1, data })) : [] });
    });

  it("asks what the host resolves to, then sends", async () => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering(["8.8.8.8"]);

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "delivered" });

    expect(received.map(({ url }) => new URL(url).hostname)).toEqual([
      ...["cloudflare-dns.com", "cloudflare-dns.com", "partner.example.com"],
    ]);
  });

  it.each([
    { why: "inside somebody's network", addresses: ["8.8.8.8", "192.168.0.9"], error: "not public" },
    { why: "nowhere", addresses: [], error: "does not resolve" },
  ])("sends nothing to a host that resolves $why, and tries again later", async ({ addresses, error }) => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering(addresses);

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(received.filter(({ method }) => method === "POST")).toEqual([]);
    expect(await attemptRows(database, id)).toMatchObject([{ error: expect.stringContaining(error) }]);
  });

  it("puts a delivery off, costing no attempt, while the resolver is away", async () => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering("down");

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(received.filter(({ method }) => method === "POST")).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null });
    expect(await attemptRows(database, id)).toEqual([]);
  });
});
