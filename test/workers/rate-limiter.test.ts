import { createExecutionContext, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { cents } from "#domain/money";
import type { RateRule } from "#domain/rate-limit";
import { noteFailedPayment } from "#fraud/card-testing";
import { countContribution, judgeAttempt } from "#fraud/contribution-attempts";
import type { RateLimiterObject } from "#platform/objects";
import { servicesOf } from "#platform/wiring";
import type { LogEntry } from "../../src/platform/log.ts";
import type { Services } from "../../src/platform/services.ts";
import type { Remote } from "./remote.ts";

const MINUTE: RateRule = { name: "minute", limit: 10, windowMs: 60_000, kind: "sliding" };
const DAY: RateRule = { name: "day", limit: 1_000, windowMs: 86_400_000, kind: "fixed" };
const HOUR_MS = 3_600_000;

/** The limiter of a new subject: its stub, and `limiter` with the methods that callers see. */
function aLimiter(subject = `test:${crypto.randomUUID()}`) {
  const stub = env.RATE_LIMITER.getByName(subject);
  return { stub, limiter: stub as unknown as Remote<RateLimiterObject> };
}

type Stub = ReturnType<typeof aLimiter>["stub"];

async function held(stub: Stub) {
  return await runInDurableObject(stub, async (_, { storage }) => ({
    keys: [...storage.kv.list()].map(([key]) => key).sort(),
    alarmAt: await storage.getAlarm(),
  }));
}

describe("RateLimiter", () => {
  it("concurrent calls are allowed up to the limit, and no more are charged", async () => {
    const { limiter } = aLimiter();

    const takings = await Promise.all(Array.from({ length: 200 }, () => limiter.take([MINUTE, DAY])));

    expect(takings.filter(({ allowed }) => allowed)).toHaveLength(10);
    const remaining = takings.filter(({ allowed }) => allowed).map(({ verdicts }) => verdicts[0]?.remaining ?? -1);
    expect(remaining.sort((a, b) => b - a)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(await limiter.peek(DAY, "any")).toMatchObject({ remaining: 990, counted: false });
  });

  it("a key that is counted concurrently counts once", async () => {
    const { limiter } = aLimiter();

    await Promise.all(Array.from({ length: 50 }, (_, n) => limiter.count(MINUTE, `key ${n % 3}`)));

    expect(await limiter.peek(MINUTE, "key 2")).toMatchObject({ remaining: 7, counted: true });
  });

  it("concurrent strikes block a subject once, and then everything is refused", async () => {
    const { limiter } = aLimiter();
    const block = (n: number) => ({ key: `failure ${n}`, blockMs: HOUR_MS });

    const strikes = await Promise.all(Array.from({ length: 30 }, (_, n) => limiter.strike(MINUTE, block(n))));

    expect(strikes.filter(({ blockedNow }) => blockedNow)).toHaveLength(1);
    const until = await limiter.blockedUntil();
    expect(strikes.at(-1)).toEqual({ blockedUntil: until, blockedNow: false });
    expect(await limiter.take([DAY])).toMatchObject({ allowed: false, verdicts: [{ remaining: 1_000 }] });
    expect(await limiter.blockedUntil(new Date(until ?? 0))).toBeNull();
  });

  it("a limiter keeps its counters and its block when it is evicted", async () => {
    const { stub, limiter } = aLimiter();
    for (let call = 0; call < 10; call += 1) await limiter.take([MINUTE]);
    for (let call = 0; call < 10; call += 1) await limiter.strike(DAY, { key: "the same", blockMs: HOUR_MS });

    await evictDurableObject(stub);

    expect(await limiter.take([MINUTE])).toMatchObject({ allowed: false });
    expect(await limiter.peek(DAY, "the same")).toMatchObject({ remaining: 999, counted: true });
    await limiter.strike({ ...DAY, limit: 2 }, { key: "another", blockMs: HOUR_MS });

    await evictDurableObject(stub);

    expect(await limiter.blockedUntil()).toBeGreaterThan(Date.now());
  });

  it("a charge that may be written behind is counted at once, and written soon after", async () => {
    const { stub, limiter } = aLimiter();
    const behind = () => limiter.take([MINUTE, DAY], new Date(), { writeBehind: true });

    const takings = await Promise.all(Array.from({ length: 30 }, behind));

    expect(takings.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect(await limiter.peek(DAY, "any")).toMatchObject({ remaining: 990 });
    await vi.waitFor(
      async () =>
        expect(await held(stub)).toEqual({ keys: ["counter:day", "counter:minute"], alarmAt: expect.any(Number) }),
      { timeout: 10_000 },
    );
    await evictDurableObject(stub);
    expect(await behind()).toMatchObject({ allowed: false, verdicts: [{ remaining: 0 }, { remaining: 990 }] });
  });

  it("a charge that is written first does not lose one that was to be written behind", async () => {
    const { stub, limiter } = aLimiter();
    await limiter.take([MINUTE], new Date(), { writeBehind: true });
    await limiter.take([MINUTE], new Date());

    await evictDurableObject(stub);

    expect(await limiter.peek(MINUTE, "any")).toMatchObject({ remaining: 8 });
  });

  it("a key that was changed is stale for everyone who verified it before, for an hour, also after an eviction", async () => {
    const { stub, limiter } = aLimiter();
    const now = Date.now();
    const used = (verifiedAt: number, id = "key_1") =>
      limiter.take([MINUTE], new Date(now), { key: { id, verifiedAt } });
    expect(await used(now - 1)).toMatchObject({ allowed: true, verdicts: [{ remaining: 9 }] });
    await limiter.noteKeyChange("key_1", new Date(now));
    const STALE = { allowed: false, verdicts: [], retryAfterMs: 0, staleKey: true };

    expect([await used(now - 1), await used(now)]).toEqual([STALE, STALE]);
    await evictDurableObject(stub);
    expect(await used(now)).toEqual(STALE);
    // Nothing was charged.
    expect(await used(now + 1)).toMatchObject({ allowed: true, verdicts: [{ remaining: 8 }] });
    expect(await used(now - 1, "key_2")).toMatchObject({ allowed: true, verdicts: [{ remaining: 7 }] });
    expect(await held(stub)).toMatchObject({ alarmAt: now + HOUR_MS });
  });

  it("the storage of a limiter is empty after a change of a key is an hour old", async () => {
    const { stub, limiter } = aLimiter();
    await limiter.noteKeyChange("key_1", new Date(Date.now() - HOUR_MS));

    // The alarm is due at once.
    await vi.waitFor(async () => expect(await held(stub)).toEqual({ keys: [], alarmAt: null }), { timeout: 10_000 });

    expect(await limiter.take([MINUTE], new Date(), { key: { id: "key_1", verifiedAt: 0 } })).toMatchObject({
      allowed: true,
    });
  });

  it("a lease is charged at once, and what was not used of it is given back once", async () => {
    const { stub, limiter } = aLimiter();
    const hour: RateRule = { ...DAY, limit: 10_000 };
    const now = new Date();
    const taking = await limiter.take([hour], now, { writeBehind: true, lease: { id: "one", wanted: 50 } });
    expect(taking).toMatchObject({ lease: { granted: 50 }, verdicts: [{ remaining: 9_949 }] });

    await limiter.endLease([hour], { id: "one", used: 20 });
    await limiter.endLease([hour], { id: "one", used: 0 });

    expect(await limiter.peek(hour, "any", now)).toMatchObject({ remaining: 9_979 });
    const again = { lease: { id: "two", wanted: 10 } };
    expect(await limiter.take([hour], now, again)).toMatchObject({ verdicts: [{ remaining: 9_968 }] });
    const ended = { endedLease: { id: "two", used: 4 } };
    expect(await limiter.take([hour], now, ended)).toMatchObject({ verdicts: [{ remaining: 9_973 }] });
    await evictDurableObject(stub);
    expect(await limiter.peek(hour, "any", now)).toMatchObject({ remaining: 9_973 });
  });

  it("a lease of an object that was evicted stays used", async () => {
    const { stub, limiter } = aLimiter();
    const hour: RateRule = { ...DAY, limit: 10_000 };
    const now = new Date();
    await limiter.take([hour], now, { lease: { id: "one", wanted: 50 } });

    await evictDurableObject(stub);
    await limiter.endLease([hour], { id: "one", used: 20 });

    expect(await limiter.peek(hour, "any", now)).toMatchObject({ remaining: 9_949 });
  });

  it("what was leased is given back also by a call whose key is stale", async () => {
    const { limiter } = aLimiter();
    const hour: RateRule = { ...DAY, limit: 10_000 };
    const now = new Date();
    await limiter.take([hour], now, { lease: { id: "one", wanted: 50 } });
    await limiter.noteKeyChange("key_1", now);

    const key = { id: "key_1", verifiedAt: now.getTime() - 1 };
    const stale = await limiter.take([hour], now, { key, endedLease: { id: "one", used: 20 } });

    expect(stale).toMatchObject({ staleKey: true });
    expect(await limiter.peek(hour, "any", now)).toMatchObject({ remaining: 9_979 });
  });

  it("a limiter judges by the instant it is given", async () => {
    const { limiter } = aLimiter();
    const now = Date.now();
    for (let call = 0; call < 10; call += 1) await limiter.take([MINUTE], new Date(now));

    expect(await limiter.take([MINUTE], new Date(now + 59_999))).toMatchObject({ allowed: false, retryAfterMs: 1 });
    expect(await limiter.take([MINUTE], new Date(now + 60_000))).toMatchObject({ allowed: true });
  });

  it("reading a limiter writes nothing", async () => {
    const { stub, limiter } = aLimiter();
    await limiter.peek(MINUTE, "any");
    await limiter.blockedUntil();

    expect(await held(stub)).toEqual({ keys: [], alarmAt: null });
  });

  it("the storage of a limiter is empty after its counters have expired", async () => {
    const { stub, limiter } = aLimiter();
    await limiter.take([MINUTE], new Date(Date.now() - 2 * 60_000));

    // The alarm is due at once.
    await vi.waitFor(async () => expect(await held(stub)).toEqual({ keys: [], alarmAt: null }), { timeout: 10_000 });

    expect(await limiter.take([MINUTE])).toMatchObject({ allowed: true, verdicts: [{ remaining: 9 }] });
    expect(await held(stub)).toMatchObject({ keys: ["counter:minute"], alarmAt: expect.any(Number) });
  });

  it("the storage of a limiter is empty and has no alarm after a block has expired", async () => {
    const { stub, limiter } = aLimiter();
    const then = new Date(Date.now() - 2 * 60_000);
    await limiter.strike({ ...MINUTE, limit: 1 }, { key: "a", blockMs: 60_000 }, then);

    // The alarm is due at once.
    await vi.waitFor(async () => expect(await held(stub)).toEqual({ keys: [], alarmAt: null }), { timeout: 10_000 });
  });

  it("the alarm of a limiter removes expired counters only, and is set to the end of the rest", async () => {
    const { stub, limiter } = aLimiter();
    const now = Date.now();
    await limiter.take([MINUTE], new Date(now));
    await limiter.strike({ ...MINUTE, name: "bad", limit: 1 }, { key: "a", blockMs: HOUR_MS }, new Date(now));
    expect(await held(stub)).toMatchObject({ alarmAt: now + 60_000 });

    expect(await runDurableObjectAlarm(stub)).toBe(true);

    // The strikes before the block are removed; the block is kept.
    expect(await held(stub)).toEqual({ keys: ["blocked_until", "counter:minute"], alarmAt: now + HOUR_MS });
    expect(await limiter.peek(MINUTE, "any", new Date(now))).toMatchObject({ remaining: 9 });
  });

  it("what is kept far longer than the alarm moves it, and what is kept a little longer does not", async () => {
    const { stub, limiter } = aLimiter();
    const now = Date.now();
    await limiter.take([MINUTE], new Date(now));
    await limiter.take([MINUTE], new Date(now + 30_000));
    expect(await held(stub)).toMatchObject({ alarmAt: now + 60_000 });

    await limiter.count({ ...MINUTE, name: "hour", windowMs: HOUR_MS }, "a form", new Date(now + 30_000));

    expect(await held(stub)).toMatchObject({ alarmAt: now + 30_000 + HOUR_MS });
  });

  it("a limiter sets its alarm again after an eviction", async () => {
    const { stub, limiter } = aLimiter();
    const now = Date.now();
    await limiter.take([MINUTE], new Date(now));
    await evictDurableObject(stub);
    await limiter.take([MINUTE], new Date(now + 30_000));

    expect(await held(stub)).toMatchObject({ alarmAt: now + 90_000 });
  });
});

describe("fraud rules on real limiters", () => {
  function aDesk() {
    const logged: LogEntry[] = [];
    const clock = { now: Date.now() };
    const services: Services = {
      ...servicesOf(
        Object.assign({}, env, { TURNSTILE_SITE_KEY: "a", TURNSTILE_SECRET_KEY: "b" }),
        createExecutionContext(),
        "r",
      ),
      now: () => new Date(clock.now),
      log: (entry) => void logged.push(entry),
      alert: (entry) => void logged.push(entry),
    };
    return { services, logged, clock };
  }
  let addresses = 0;
  const freshAddress = () => {
    addresses += 1;
    return `2001:db8:0:${addresses}::7`;
  };

  it("many forms from one address are challenged, exactly, and allowed again later", async () => {
    const { services, clock } = aDesk();
    const guest = { ipAddress: freshAddress(), boardCode: "8k3m9q2rtw" };
    const judge = (isRetry: boolean) => judgeAttempt(services, { ...guest, submission: crypto.randomUUID(), isRetry });
    for (let form = 0; form < 5; form += 1) {
      const submission = `form ${form}`;
      expect(await judgeAttempt(services, { ...guest, submission })).toEqual({ verdict: "go" });
      await countContribution(services, { ...guest, submission });
    }

    expect(await judge(false)).toEqual({ verdict: "challenge" });
    const rest = await Promise.all(Array.from({ length: 20 }, () => judge(true)));
    expect(rest.filter(({ verdict }) => verdict === "go")).toHaveLength(4);
    expect(rest.filter(({ verdict }) => verdict === "challenge")).toHaveLength(16);
    clock.now += HOUR_MS;
    expect(await judge(false)).toEqual({ verdict: "go" });
  });

  it("an address that tests cards meets a challenge for an hour", async () => {
    const { services, logged, clock } = aDesk();
    const ipAddress = freshAddress();
    const judge = () => judgeAttempt(services, { ipAddress, boardCode: "b", submission: "s" });
    const failure = { provider: "payfast", ipAddress, amount: cents(2_000), providerStatus: "FAILED" } as const;
    for (let n = 0; n < 6; n += 1) await noteFailedPayment(services, { ...failure, reference: `payment ${n}` });

    expect(await judge()).toEqual({ verdict: "challenge" });
    expect(logged.map(({ event }) => event)).toEqual(["card_testing_blocked", "contribution_held_up"]);
    expect(JSON.stringify(logged)).not.toContain(ipAddress);
    clock.now += HOUR_MS;
    expect(await judge()).toEqual({ verdict: "go" });
  });
});
