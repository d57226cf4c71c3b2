import { createHmac, randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { webhookAttempts } from "#database/own-tables";
import { publicId } from "#domain/ids";
import { keyringOf, parseKeyring } from "#privacy/encryption";
import { openText, sealFields } from "#privacy/sealed";
import { listAttempts } from "#webhooks/list-attempts";
import { listen, startTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  aDelivery,
  attemptRows,
  barrier,
  deliverWebhook,
  deliveryRow,
  endpointRow,
  receiver,
  recordRow,
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

describe("deliverWebhook in development", () => {
  it("deliverWebhook sends the event with both signatures and records attempt and delivery", async () => {
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
      id: event,
      type: "pot.funded",
      api_version: "2026-12-01",
      created_at: createdAt.toISOString(),
      sequence: 7,
      data: payload,
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
      status: "delivered",
      attempts: 1,
      leaseUntil: null,
      deliveredAt: clock.now,
    });
    const recorded = { attempt: 1, attemptedAt: clock.now, responseCode: 202, error: null, latencyMs: 0 };
    expect(await attemptRows(database, id)).toMatchObject([recorded]);
    expect(await listAttempts(services, id)).toEqual([{ ...recorded, responseBody: "thank you" }]);
    expect(await recordRow(database, id)).toMatchObject({
      status: "delivered",
      attempts: 1,
      lastAttemptAt: clock.now,
      lastResponseCode: 202,
    });
  });

  it("the excerpt of an answer is stored sealed, and one from before in clear stays readable", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { deps } = receiver(({ body }) => new Response(body));

    await deliverWebhook(services, id, deps);

    const stored = [
      (await attemptRows(database, id))[0]?.responseBody,
      (await recordRow(database, id))?.lastResponseBody,
    ];
    const keyring = keyringOf(services.settings);
    for (const text of stored) {
      expect(text).not.toContain("child_name");
      expect(await openText(keyring, text ?? "")).toContain("child_name");
    }
    await database.db
      .update(webhookAttempts)
      .set({ responseBody: "OK. Thanks." })
      .where(eq(webhookAttempts.deliveryId, id));
    expect(await listAttempts(services, id)).toMatchObject([{ responseBody: "OK. Thanks." }]);
  });

  it("the private fields of a payload are opened in the body, also of a payload from before in clear", async () => {
    const { services } = testServices(database);
    const recipient = { email: "parent@example.com" };
    const payload = { payout: { id: "po_x", recipient_data: recipient }, more: [{ recipient_data: null }] };
    const sealed = await sealFields(keyringOf(services.settings), payload);
    const bodies: unknown[] = [];
    for (const stored of [sealed, payload]) {
      const { id } = await aDelivery(database, services, { payload: stored });
      const { received, deps } = receiver();
      await deliverWebhook(services, id, deps);
      bodies.push(JSON.parse(received[0]?.body ?? "").data);
    }

    expect(JSON.stringify(sealed)).not.toContain("parent@");
    expect(bodies).toEqual([payload, payload]);
  });

  it("a delivery is postponed without an attempt while its payload cannot be decrypted", async () => {
    const { services } = testServices(database);
    const other = parseKeyring(`other:${Buffer.alloc(32, 8).toString("base64")}`);
    const payload = await sealFields(other, { recipient_data: { email: "parent@example.com" } });
    const { id } = await aDelivery(database, services, { payload });
    const { received, deps } = receiver();

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "untried" });

    expect(received).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "pending", attempts: 0 });
  });

  it("a delivered event is not sent again", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { received, deps } = receiver();
    await deliverWebhook(services, id, deps);

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "not_claimed" });

    expect(received).toHaveLength(1);
  });

  it("twelve concurrent callers make one request", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const allCallers = barrier(12);
    const { received, deps } = receiver(async () => {
      await allCallers.arrive();
      return new Response("thanks");
    });

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const result = await deliverWebhook(services, id, deps);
        if (result.outcome === "not_claimed") allCallers.arrive();
        return result;
      }),
    );

    expect(received).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "delivered")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "not_claimed")).toHaveLength(11);
    expect(await attemptRows(database, id)).toHaveLength(1);
  });

  it("a delivery that is not due, leased to another caller or missing is not sent", async () => {
    const { services, clock } = testServices(database);
    const now = clock.now.getTime();
    const notDue = await aDelivery(database, services, { nextAttemptAt: new Date(now + 60_000) });
    const leased = await aDelivery(database, services, { leaseUntil: new Date(now + 1_000) });
    const { received, deps } = receiver();

    for (const id of [notDue.id, leased.id, randomUUID()]) {
      expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "not_claimed" });
    }

    expect(received).toEqual([]);
  });

  it("a delivery whose lease has run out is sent", async () => {
    const { services } = testServices(database);
    const leaseUntil = new Date(services.now().getTime() - 1);
    const { id } = await aDelivery(database, services, { leaseUntil });

    expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
  });

  it("a delivery is retried with the same event id and a new timestamp, and fails after seven attempts", async () => {
    const { services, clock, logged } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { received, deps } = refusing(503);

    for (let attempt = 1; attempt < 7; attempt++) {
      const result = await deliverWebhook(services, id, deps);
      if (result.outcome !== "retry") throw new Error(`expected a retry, got ${result.outcome}`);
      expect(await deliveryRow(database, id)).toMatchObject({
        status: "pending",
        attempts: attempt,
        nextAttemptAt: result.at,
        leaseUntil: null,
      });
      expect(await recordRow(database, id)).toMatchObject({ status: "pending", attempts: attempt });
      clock.now = result.at;
    }
    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "failed", endpointGone: false });

    expect(await deliveryRow(database, id)).toMatchObject({ status: "failed", attempts: 7 });
    expect(await recordRow(database, id)).toMatchObject({ status: "failed", attempts: 7, lastResponseCode: 503 });
    expect((await attemptRows(database, id)).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(7);
    expect(logged.filter(({ alert, event }) => alert && event === "webhook_failed")).toHaveLength(1);
  });

  it("a redirect is not followed and counts as a failed attempt", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { received, deps } = refusing(302, { location: "http://169.254.169.254/" });

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(received).toHaveLength(1);
    expect(await attemptRows(database, id)).toMatchObject([{ responseCode: 302 }]);
  });

  it("the reason why no answer came is recorded", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const { deps } = receiver(() => Promise.reject(new TypeError("connection refused")));

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, responseBody: null, error: "TypeError: connection refused" },
    ]);
  });

  it("an attempt is aborted after ten seconds", async () => {
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

  it("a Retry-After header of the receiver delays the next attempt", async () => {
    const { services, clock } = testServices(database);
    const { id } = await aDelivery(database, services);

    await deliverWebhook(services, id, refusing(429, { "retry-after": "200" }).deps);

    const wait = ((await deliveryRow(database, id))?.nextAttemptAt.getTime() ?? 0) - clock.now.getTime();
    expect(wait).toBeGreaterThanOrEqual(200_000);
    expect(wait).toBeLessThanOrEqual(210_000);
  });

  it("an answer 410 fails the delivery and switches the endpoint off", async () => {
    const { services } = testServices(database);
    const { id, endpointId } = await aDelivery(database, services);

    expect(await deliverWebhook(services, id, refusing(410).deps)).toEqual({ outcome: "failed", endpointGone: true });

    expect(await endpointRow(database, endpointId)).toMatchObject({ isActive: false });
    expect(await deliveryRow(database, id)).toMatchObject({ status: "failed", attempts: 1 });
  });

  it.each([
    { why: "its endpoint is switched off", values: { isActive: false }, error: "switched off" },
    { why: "its URL is refused", values: { url: "https://chipin.example/api" }, error: "our own" },
  ])("a delivery fails without a request when $why", async ({ values, error }) => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services, values);
    const { received, deps } = receiver();

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "failed", endpointGone: false });

    expect(received).toEqual([]);
    expect(await attemptRows(database, id)).toMatchObject([
      { responseCode: null, error: expect.stringContaining(error) },
    ]);
  });

  it("a delivery to loopback is sent on the local platform", async () => {
    const { services } = testServices(database, { LOCAL_PLATFORM: "1" });
    const { id } = await aDelivery(database, services, { url: "http://127.0.0.1:9911/hooks" });

    expect(await deliverWebhook(services, id, receiver().deps)).toEqual({ outcome: "delivered" });
  });

  it.each([200, 503])(
    "an attempt that outlives its lease does not overwrite the %i another caller recorded",
    async (status) => {
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
    },
  );

  it("a delivery is postponed without an attempt while its secret cannot be decrypted", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services);
    const otherKey = `other:${Buffer.alloc(32, 8).toString("base64")}`;
    const mistaken = testServices(database, { CARD_DATA_ENCRYPTION_KEY: otherKey });
    const { received, deps } = receiver();

    const result = await deliverWebhook(mistaken.services, id, deps);

    expect(result).toEqual({ outcome: "untried", at: new Date(mistaken.clock.now.getTime() + 60_000) });
    expect(received).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null });
    expect(mistaken.logged).toMatchObject([
      { event: "webhook_postponed", alert: true, count: 1 },
      { event: "webhook_batch" },
    ]);
  });
});

describe("deliverWebhook in production", () => {
  const answering = (addresses: string[] | "down") =>
    receiver(({ url }) => {
      if (!url.startsWith("https://cloudflare-dns.com/")) return new Response("thanks");
      if (addresses === "down") return new Response("no", { status: 503 });
      const wanted = new URL(url).searchParams.get("type") === "1";
      return Response.json({ Status: 0, Answer: wanted ? addresses.map((data) => ({ type: 1, data })) : [] });
    });

  it("the host is resolved over IPv4 and IPv6 before the request", async () => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering(["8.8.8.8"]);

    expect(await deliverWebhook(services, id, deps)).toEqual({ outcome: "delivered" });

    expect(received.map(({ url }) => new URL(url).hostname)).toEqual([
      "cloudflare-dns.com",
      "cloudflare-dns.com",
      "partner.example.com",
    ]);
  });

  it.each([
    { why: "to a private address", addresses: ["8.8.8.8", "192.168.0.9"], error: "not public" },
    { why: "to no address", addresses: [], error: "does not resolve" },
  ])("nothing is sent to a host that resolves $why, and the attempt is retried", async ({ addresses, error }) => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering(addresses);

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "retry" });

    expect(received.filter(({ method }) => method === "POST")).toEqual([]);
    expect(await attemptRows(database, id)).toMatchObject([{ error: expect.stringContaining(error) }]);
  });

  it("a delivery is postponed without an attempt while the resolver is away", async () => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const { id } = await aDelivery(database, services);
    const { received, deps } = answering("down");

    expect(await deliverWebhook(services, id, deps)).toMatchObject({ outcome: "untried" });

    expect(received.filter(({ method }) => method === "POST")).toEqual([]);
    expect(await deliveryRow(database, id)).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null });
    expect(await attemptRows(database, id)).toEqual([]);
  });
});
