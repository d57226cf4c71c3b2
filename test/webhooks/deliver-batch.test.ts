import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { silentEndpoints, webhookDeliveries } from "#database/own-tables";
import { deliverWebhooks } from "#webhooks/deliver";
import type { Fetch } from "#webhooks/public-host";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { aDelivery, attemptRows, deliveryRow, receiver, testServices } from "./support.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const times = <Value>(count: number, make: (nth: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, nth) => make(nth)));
const statusesOf = (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await deliveryRow(database, id))?.status));
const HANGING = "https://hanging.example.com/hooks";

/** An endpoint that answers nothing until `giveUp` ends the requests as their time-out would. All others answer. */
function hangingReceiver() {
  const timeOut = Promise.withResolvers<never>();
  timeOut.promise.catch(() => undefined);
  const { received, deps } = receiver(({ url }) => (url === HANGING ? timeOut.promise : new Response("thanks")));
  const giveUp = () => timeOut.reject(new DOMException("too late", "TimeoutError"));
  /** Every second is over at once. */
  const after = (_ms: number, work: () => void) => {
    const timer = setImmediate(work);
    return () => clearImmediate(timer);
  };
  return { received, giveUp, deps: { ...deps, after } };
}

describe("deliverWebhooks", () => {
  it("one partner's slow endpoint delays no other partner's delivery, nor its record", async () => {
    const { services } = testServices(database);
    const first = await aDelivery(database, services, { url: HANGING });
    const slow = [first, ...(await times(9, () => aDelivery(database, services, { endpointOf: first })))];
    const quick = await times(6, () => aDelivery(database, services));
    const { giveUp, deps } = hangingReceiver();

    const delivering = deliverWebhooks(
      services,
      [...slow, ...quick].map(({ id }) => id),
      deps,
    );

    const quickIds = quick.map(({ id }) => id);
    await eventually(async () => expect(await statusesOf(quickIds)).toEqual(Array(6).fill("delivered")));
    expect(await statusesOf(slow.map(({ id }) => id))).toEqual(Array(10).fill("pending"));
    giveUp();
    const outcomes = await delivering;

    expect(quickIds.map((id) => outcomes.get(id)?.outcome)).toEqual(Array(6).fill("delivered"));
  });

  it("no attempt begins later than twenty seconds after the claim, and the rest is let go as it is", async () => {
    const { services, clock } = testServices(database);
    const deliveries = await times(12, () => aDelivery(database, services));
    const { received, deps } = receiver(() => {
      clock.now = new Date(clock.now.getTime() + 4_001);
      return new Response("thanks");
    });

    const outcomes = await deliverWebhooks(
      services,
      deliveries.map(({ id }) => id),
      deps,
    );

    expect(received.length).toBeLessThan(12);
    const untried = [...outcomes].filter(([, { outcome }]) => outcome === "untried");
    expect(untried).toHaveLength(12 - received.length);
    const rows = await Promise.all(untried.map(([id]) => deliveryRow(database, id)));
    for (const row of rows) expect(row).toMatchObject({ status: "pending", attempts: 0, leaseUntil: null });
    const again = await deliverWebhooks(
      services,
      deliveries.map(({ id }) => id),
      receiver().deps,
    );
    expect([...again.values()].filter(({ outcome }) => outcome === "delivered")).toHaveLength(untried.length);
  });

  it("at most five connections wait for an answer, look-ups included, and each host is judged once", async () => {
    const { services } = testServices(database, { ENVIRONMENT: "production" });
    const deliveries = await times(24, (nth) =>
      aDelivery(database, services, { url: `https://host-${nth % 8}.example.com/hooks` }),
    );
    const full = Promise.withResolvers<void>();
    let waiting = 0;
    let most = 0;
    const asked: string[] = [];
    const fetch: Fetch = async (url) => {
      asked.push(url);
      waiting += 1;
      most = Math.max(most, waiting);
      if (waiting === 5) full.resolve();
      // No endpoint answers before five connections wait. A sixth would begin in the turns after that.
      if (!url.includes("dns-query")) await full.promise;
      for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
      waiting -= 1;
      const isIpv4 = new URL(url).searchParams.get("type") === "1";
      return Response.json({ Status: 0, Answer: isIpv4 ? [{ type: 1, data: "8.8.8.8" }] : [] });
    };

    await deliverWebhooks(
      services,
      deliveries.map(({ id }) => id),
      { fetch },
    );

    expect(most).toBe(5);
    expect(asked.filter((url) => url.includes("dns-query"))).toHaveLength(16);
    expect(await statusesOf(deliveries.map(({ id }) => id))).toEqual(Array(24).fill("delivered"));
  });

  it("a batch writes one line with counts, and one for each failed attempt", async () => {
    const { services, logged } = testServices(database);
    const deliveries = await times(4, () => aDelivery(database, services));
    const broken = await times(2, () => aDelivery(database, services, { url: "https://broken.example.com/hooks" }));
    const { deps } = receiver(({ url }) => new Response(null, { status: url.includes("broken") ? 500 : 204 }));

    const ids = [...deliveries, ...broken].map(({ id }) => id);
    await deliverWebhooks(services, [...ids, "0190a1b2-0000-7000-8000-000000000000"], deps);

    expect(logged.map(({ event }) => event)).toEqual([
      "webhook_attempt_failed",
      "webhook_attempt_failed",
      "webhook_batch",
    ]);
    expect(logged.at(-1)).toMatchObject({ messages: 7, delivered: 4, retry: 2, not_claimed: 1 });
  });

  it("four consumers with the same deliveries send each of them once, and none is lost", async () => {
    const { services } = testServices(database);
    const first = await aDelivery(database, services);
    const deliveries = [first, ...(await times(59, () => aDelivery(database, services, { endpointOf: first })))];
    const ids = deliveries.map(({ id }) => id);
    const { received, deps } = receiver();

    const results = await times(4, (nth) => deliverWebhooks(services, nth % 2 ? ids : [...ids].reverse(), deps));

    expect(received).toHaveLength(60);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(60);
    const delivered = results.flatMap((outcomes) => [...outcomes].filter(([, { outcome }]) => outcome === "delivered"));
    expect(delivered.map(([id]) => id).sort()).toEqual([...ids].sort());
    expect(await statusesOf(ids)).toEqual(Array(60).fill("delivered"));
  });

  it("a record that Postgres refuses does not hold up the others of its batch", async () => {
    const { services } = testServices(database);
    const deliveries = await times(3, () =>
      aDelivery(database, services, { url: "https://deleted.example.com/hooks" }),
    );
    const [deleted, ...kept] = deliveries.map(({ id }) => id);
    const { deps } = receiver(async () => {
      await database.db.delete(webhookDeliveries).where(eq(webhookDeliveries.id, deleted ?? ""));
      return new Response("thanks");
    });

    await expect(deliverWebhooks(services, [deleted ?? "", ...kept], deps)).rejects.toThrow();

    expect(await statusesOf(kept)).toEqual(["delivered", "delivered"]);
    for (const id of kept) expect(await attemptRows(database, id)).toHaveLength(1);
  });
});

describe("endpoints that give no answer", () => {
  const minutes = (now: Date, count: number) => new Date(now.getTime() + count * 60_000);
  /** Ten deliveries to one endpoint. */
  async function slowEndpoint(services: Parameters<typeof deliverWebhooks>[0], url = HANGING) {
    const first = await aDelivery(database, services, { url });
    return [first, ...(await times(9, () => aDelivery(database, services, { endpointOf: first })))];
  }
  const silent = { fetch: () => Promise.reject(new DOMException("too late", "TimeoutError")) };
  const idsOf = (deliveries: readonly { id: string }[]) => deliveries.map(({ id }) => id);
  const outcomesOf = async (...args: Parameters<typeof deliverWebhooks>) => {
    const outcomes = [...(await deliverWebhooks(...args)).values()];
    return Object.fromEntries(
      [...new Set(outcomes.map(({ outcome }) => outcome))].map((name) => [
        name,
        outcomes.filter(({ outcome }) => outcome === name).length,
      ]),
    );
  };
  async function remembered(endpointId: string) {
    const [row] = await database.db
      .select()
      .from(silentEndpoints)
      .where(eq(silentEndpoints.webhookEndpointId, endpointId));
    return row ?? null;
  }

  it("after a time-out the rest of the endpoint's deliveries go to the slow queue, without an attempt", async () => {
    const { services, clock } = testServices(database);
    const slow = await slowEndpoint(services);
    const { received, giveUp, deps } = hangingReceiver();

    const delivering = deliverWebhooks(services, idsOf(slow), deps);
    await eventually(() => expect(received).toHaveLength(5));
    giveUp();
    const outcomes = await delivering;

    expect(received).toHaveLength(5);
    const rows = await Promise.all(slow.map(({ id }) => deliveryRow(database, id)));
    const untried = rows.filter((row) => row?.attempts === 0);
    expect(untried).toMatchObject(Array(5).fill({ status: "pending", leaseUntil: null, nextAttemptAt: clock.now }));
    expect(untried.map((row) => outcomes.get(row?.id ?? ""))).toEqual(Array(5).fill({ outcome: "slow" }));
    expect(await remembered(slow[0]?.endpointId ?? "")).toMatchObject({
      silences: 1,
      since: clock.now,
      slowUntil: minutes(clock.now, 5),
    });
  });

  it("while an endpoint is slow the usual queue hands its deliveries on and claims none of them", async () => {
    const { services } = testServices(database);
    const [first, ...rest] = await slowEndpoint(services);
    await deliverWebhooks(services, idsOf(first ? [first] : []), silent);
    const { received, deps } = receiver();

    expect(await outcomesOf(services, idsOf(rest), deps)).toEqual({ slow: 9 });

    expect(received).toEqual([]);
    const rows = await Promise.all(rest.map(({ id }) => deliveryRow(database, id)));
    expect(rows).toMatchObject(Array(9).fill({ attempts: 0, leaseUntil: null, status: "pending" }));
    expect(await outcomesOf(services, idsOf(rest), { ...deps, pace: "slow" })).toEqual({ delivered: 9 });
    expect(await remembered(first?.endpointId ?? "")).toBe(null);
  });

  it("an endpoint that is silent in the slow queue too has one attempt, and the rest rests for minutes", async () => {
    const { services, clock } = testServices(database);
    const [first, ...rest] = await slowEndpoint(services);
    await deliverWebhooks(services, idsOf(first ? [first] : []), silent);
    const before = await remembered(first?.endpointId ?? "");

    const outcomes = await deliverWebhooks(services, idsOf(rest), { ...silent, pace: "slow" });

    const untried = [...outcomes.values()].filter(({ outcome }) => outcome === "untried");
    expect(untried).toEqual(Array(8).fill({ outcome: "untried", at: minutes(clock.now, 2) }));
    expect(await remembered(first?.endpointId ?? "")).toEqual(before);
  });

  it("each silence in the usual queue makes the endpoint slow for twice as long, up to six hours", async () => {
    const { services, clock } = testServices(database);
    const deliveries = await slowEndpoint(services);
    const found: number[] = [];
    for (const { id, endpointId } of deliveries) {
      await deliverWebhooks(services, [id], silent);
      const slowUntil = (await remembered(endpointId))?.slowUntil ?? clock.now;
      found.push((slowUntil.getTime() - clock.now.getTime()) / 60_000);
      clock.now = slowUntil;
    }

    expect(found).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360, 360]);
  });

  it("any answer ends it, also a refusal, and a refused connection begins it like a time-out", async () => {
    const { services } = testServices(database);
    const [first, second, third] = await slowEndpoint(services);
    const refused = { fetch: () => Promise.reject(new TypeError("connection refused")) };
    await deliverWebhooks(services, [first?.id ?? ""], refused);
    expect(await remembered(first?.endpointId ?? "")).toMatchObject({ silences: 1 });

    const answering = receiver(() => new Response("no", { status: 500 }));
    await deliverWebhooks(services, [second?.id ?? ""], { ...answering.deps, pace: "slow" });

    expect(await remembered(first?.endpointId ?? "")).toBe(null);
    expect(await outcomesOf(services, [third?.id ?? ""], receiver().deps)).toEqual({ delivered: 1 });
  });

  it("the attempts of the slow queue end after three seconds", async () => {
    const { services } = testServices(database);
    const { id } = await aDelivery(database, services, { url: HANGING });
    const asked: number[] = [];
    const spy = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      asked.push(ms);
      return new AbortController().signal;
    });

    await deliverWebhooks(services, [id], { ...silent, pace: "slow" }).finally(() => spy.mockRestore());

    expect(asked).toContain(3_000);
    expect(asked).not.toContain(10_000);
    expect(await attemptRows(database, id)).toMatchObject([{ error: "no answer within 3 seconds" }]);
  });

  it("four batches that note silences of the same endpoints at once note each once", async () => {
    const { services } = testServices(database);
    const endpoints = await times(5, () => slowEndpoint(services));
    const shares = await times(4, async (nth) => endpoints.map((deliveries) => deliveries[nth]?.id ?? ""));

    await Promise.all(shares.map((ids, nth) => deliverWebhooks(services, nth % 2 ? ids : ids.reverse(), silent)));

    for (const [first] of endpoints) expect(await remembered(first?.endpointId ?? "")).toMatchObject({ silences: 1 });
  });
});
