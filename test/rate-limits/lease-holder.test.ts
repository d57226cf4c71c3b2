import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planEndLease, planTakeWithLease } from "#domain/rate-lease";
import { judge, planTake, type RateRule, type Subject, type Taking } from "#domain/rate-limit";
import { LeaseHolder } from "#rate-limits/lease-holder";
import { fuzzRuns } from "../support/fuzz-runs.ts";

const HOUR: RateRule = { name: "hour", limit: 100_000, windowMs: 3_600_000, kind: "fixed" };
const MINUTE: RateRule = { name: "minute", limit: 10_000, windowMs: 60_000, kind: "sliding", stepMs: 1_000 };
/** The start of an hour. */
const START = Date.parse("2026-12-01T08:00:00.000Z");
const END_AFTER_MS = 100;

/** What becomes of the call to the limiter: answered at once, later, twice because the runtime repeated it, or never. */
type Fate = "answered" | "late" | "repeated" | "lost" | "cancelled";

/** A limiter with its isolates, on one clock. */
function aLimiter(rules: readonly RateRule[], isolates: number) {
  const holders = Array.from({ length: isolates }, () => new LeaseHolder());
  const passed: number[] = [];
  const due: { at: number; run: () => void }[] = [];
  let subject: Subject = { counters: new Map(), blockedUntil: null };
  let asked = 0;
  const take = ({ lease, endedLease }: ReturnType<LeaseHolder["ask"]>, now: number): Taking => {
    asked += 1;
    if (endedLease) subject = planEndLease(subject, rules, endedLease);
    const planned = lease
      ? planTakeWithLease(subject, rules, lease, new Date(now))
      : planTake(subject, rules, new Date(now));
    subject = planned.subject;
    return planned.outcome;
  };
  /** Runs what is due until `now`: late answers, and what gives leases back. */
  const advance = (now: number) => {
    for (;;) {
      due.sort((a, b) => a.at - b.at);
      if (due.length === 0 || (due[0]?.at ?? 0) > now) return;
      due.shift()?.run();
    }
  };
  /** One call at an isolate; `remaining` of each rule, as the caller is told, or null when it is told nothing. */
  const call = (isolate: number, now: number, fate: Fate = "answered", lateMs = 0): readonly number[] | null => {
    advance(now);
    const holder = holders[isolate]!;
    const leased = holder.spend(now);
    if (leased) {
      passed.push(now);
      return leased.map(({ remaining }) => remaining);
    }
    const asking = holder.ask(now);
    if (fate === "repeated") take(asking, now);
    const taking = take(asking, now);
    if (taking.allowed && fate !== "cancelled") passed.push(now);
    if (fate === "cancelled") return null;
    const answer = () => {
      const until = holder.answered(asking.lease, fate === "lost" ? null : taking);
      const id = asking.lease?.id;
      if (until === null || id === undefined) return;
      const run = () => {
        const ended = holder.end(id);
        if (ended) subject = planEndLease(subject, rules, ended);
      };
      due.push({ at: until + END_AFTER_MS, run });
    };
    if (fate === "late") due.push({ at: now + lateMs, run: answer });
    else answer();
    return fate === "answered" ? holder.show(taking.verdicts).map(({ remaining }) => remaining) : null;
  };
  const used = (now: number) => rules.map((rule) => rule.limit - judge(subject, rule, new Date(now)).remaining);
  return { call, advance, passed, used, asked: () => asked, holders };
}

describe("an isolate with a lease", () => {
  it("a caller with few calls a second has each of them asked", () => {
    const limiter = aLimiter([HOUR, MINUTE], 1);
    for (let nth = 0; nth < 70; nth += 1) limiter.call(0, START + nth * 150);

    expect(limiter.asked()).toBe(70);
  });

  it("a caller with many calls has few of them asked, and is told of each as if it had been", () => {
    const limiter = aLimiter([HOUR, MINUTE], 1);
    const remaining = Array.from({ length: 2_000 }, (_, nth) => limiter.call(0, START + Math.floor(nth / 2)));

    expect(remaining).toEqual(Array.from({ length: 2_000 }, (_, nth) => [99_999 - nth, 9_999 - nth]));
    expect(limiter.asked()).toBeLessThan(100);
  });

  it("what is left is given back a tenth of a second after the end of the lease", () => {
    const limiter = aLimiter([HOUR, MINUTE], 1);
    for (let nth = 0; nth < 100; nth += 1) limiter.call(0, START + nth);
    limiter.advance(START + 1_099);
    expect(limiter.used(START + 1_099)[0]).toBeGreaterThan(100);

    limiter.advance(START + 1_100);

    expect(limiter.used(START + 1_100)).toEqual([100, 100]);
  });

  it("the first call after the end of the lease gives back what is left, and asks for another", () => {
    const limiter = aLimiter([HOUR, MINUTE], 1);
    for (let nth = 0; nth < 100; nth += 1) limiter.call(0, START + nth);
    const before = limiter.asked();

    const [remaining] = limiter.call(0, START + 1_000) ?? [];

    expect(limiter.asked()).toBe(before + 1);
    expect(remaining).toBe(HOUR.limit - 101);
    limiter.advance(START + 2_100);
    expect(limiter.used(START + 2_100)).toEqual([101, 101]);
  });

  it("a lease that is expired is not used, and the next call gives it back", () => {
    const limiter = aLimiter([HOUR, MINUTE], 1);
    for (let nth = 0; nth < 20; nth += 1) limiter.call(0, START + nth);
    const before = limiter.asked();
    limiter.holders[0]?.expire();

    limiter.call(0, START + 30);

    expect(limiter.asked()).toBe(before + 1);
    limiter.advance(START + 2_000);
    expect(limiter.used(START + 2_000)).toEqual([21, 21]);
  });

  it("while one request asks for a lease, others ask for none", () => {
    const holder = new LeaseHolder();
    for (let nth = 0; nth < 7; nth += 1) holder.spend(START);
    expect(holder.ask(START)).toEqual({});
    holder.spend(START);
    expect(holder.ask(START)).toEqual({ lease: { id: expect.any(String), wanted: 8 } });

    holder.spend(START);
    expect(holder.ask(START)).toEqual({});
  });
});

describe("any history of several isolates", () => {
  const fates = fc.record({
    gap: fc.integer({ min: 0, max: 1_500 }),
    isolate: fc.integer({ min: 0, max: 2 }),
    calls: fc.integer({ min: 1, max: 120 }),
    every: fc.integer({ min: 0, max: 4 }),
    lateMs: fc.integer({ min: 1, max: 2_500 }),
  });
  const limits = fc.record({
    sliding: fc.integer({ min: 200, max: 3_000 }),
    fixed: fc.integer({ min: 200, max: 4_000 }),
  });
  const run = (
    { sliding, fixed }: { sliding: number; fixed: number },
    bursts: readonly { gap: number; isolate: number; calls: number; every: number; lateMs: number; fate: Fate }[],
  ) => {
    const rules = [
      { ...HOUR, limit: fixed, windowMs: 15_000 },
      { ...MINUTE, limit: sliding, windowMs: 8_000 },
    ];
    const limiter = aLimiter(rules, 3);
    let now = START;
    for (const { gap, isolate, calls, every, lateMs, fate } of bursts) {
      now += gap;
      for (let nth = 0; nth < calls; nth += 1) {
        if (nth % 8 === 0) now += every;
        limiter.call(isolate, now, fate, lateMs);
      }
      const within = (from: number) => limiter.passed.filter((then) => then >= from).length;
      // The limiter never knows of fewer calls than have passed.
      const [inHour = 0, inMinute = 0] = limiter.used(now);
      expect(inHour).toBeGreaterThanOrEqual(within(now - (now % 15_000)));
      expect(inMinute).toBeGreaterThanOrEqual(within(now - 8_000 + 1));
    }
    return { limiter, now };
  };
  const withFate = (fate: fc.Arbitrary<Fate>) =>
    fc.array(
      fc.tuple(fates, fate).map(([burst, fated]) => ({ ...burst, fate: fated })),
      { maxLength: 60 },
    );

  it("no window ever holds more calls than its limit, whatever becomes of answers", () => {
    const anyFate = fc.constantFrom<Fate>("answered", "answered", "late", "repeated", "lost", "cancelled");
    fc.assert(
      fc.property(limits, withFate(anyFate), (limit, bursts) => {
        const { passed } = run(limit, bursts).limiter;
        for (const [nth, first] of passed.entries()) {
          // The call that would be one too many comes after the window has moved on.
          expect(passed[nth + limit.sliding] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(first + 8_000);
          const windowEnd = first - (first % 15_000) + 15_000;
          expect(passed[nth + limit.fixed] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(windowEnd);
        }
      }),
      { numRuns: fuzzRuns(60) },
    );
  });

  it("once leases have ended, exactly the calls that passed are counted", () => {
    const known = fc.constantFrom<Fate>("answered", "answered", "late");
    fc.assert(
      fc.property(limits, withFate(known), (limit, bursts) => {
        const { limiter, now } = run(limit, bursts);
        const end = now + 1_200;
        limiter.advance(now + 5_000);
        for (const isolate of [0, 1, 2]) {
          const ended = limiter.holders[isolate]?.ask(now + 5_000).endedLease;
          expect(ended).toBeUndefined();
        }
        const inHour = limiter.passed.filter((then) => then >= end - (end % 15_000)).length;
        expect(limiter.used(end)[0]).toBe(inHour);
      }),
      { numRuns: fuzzRuns(60) },
    );
  });
});
