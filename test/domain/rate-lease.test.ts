import { describe, expect, it } from "vitest";
import { planEndLease, planTakeWithLease } from "#domain/rate-lease";
import { judge, planTake, type RateRule, type Subject } from "#domain/rate-limit";

const HOUR: RateRule = { name: "hour", limit: 100_000, windowMs: 3_600_000, kind: "fixed" };
const MINUTE: RateRule = { name: "minute", limit: 10_000, windowMs: 60_000, kind: "sliding", stepMs: 1_000 };
const RULES = [HOUR, MINUTE];
const EMPTY_SUBJECT: Subject = { counters: new Map(), blockedUntil: null };
/** The start of an hour. */
const START = Date.parse("2026-12-01T08:00:00.000Z");
const at = (ms: number) => new Date(START + ms);

const lease = (subject: Subject, rules: readonly RateRule[], ms: number, wanted = 1_000, id = "one") =>
  planTakeWithLease(subject, rules, { id, wanted }, at(ms));
const used = (subject: Subject, rule: RateRule, ms: number) => rule.limit - judge(subject, rule, at(ms)).remaining;
const usedAfter = (calls: number, rules: readonly RateRule[], ms = 0) => {
  let subject = EMPTY_SUBJECT;
  for (let call = 0; call < calls; call += 1) subject = planTake(subject, rules, at(ms)).subject;
  return subject;
};

describe("planTakeWithLease", () => {
  it("a lease is charged when it is granted, to every rule, beside the call that asks", () => {
    const { outcome, subject } = lease(EMPTY_SUBJECT, RULES, 5_250, 50);

    expect(outcome).toEqual({
      allowed: true,
      retryAfterMs: 0,
      lease: { granted: 50, until: START + 6_000 },
      verdicts: [
        { name: "hour", limit: 100_000, remaining: 99_949, resetAt: START + 3_600_000 },
        { name: "minute", limit: 10_000, remaining: 9_949, resetAt: START + 5_000 + 60_999 },
      ],
    });
    expect([used(subject, HOUR, 5_250), used(subject, MINUTE, 5_250)]).toEqual([51, 51]);
  });

  it.each([
    { limit: 100, usedCalls: 0, granted: undefined, why: "none of a limit that is small" },
    { limit: 2_000, usedCalls: 0, granted: 15, why: "a 128th of what is left" },
    { limit: 2_000, usedCalls: 600, granted: 10, why: "less when less is left" },
    { limit: 2_000, usedCalls: 991, granted: 7, why: "as long as more than half is left after it" },
    { limit: 2_000, usedCalls: 993, granted: undefined, why: "none when half is used" },
    { limit: 1_000_000, usedCalls: 0, granted: 128, why: "never more than 128" },
  ])("of a limit of $limit with $usedCalls used it grants $why", ({ limit, usedCalls, granted }) => {
    const rules = [{ ...MINUTE, limit }];

    const { outcome } = lease(usedAfter(usedCalls, rules), rules, 0);

    expect(outcome).toMatchObject({ allowed: true });
    expect(outcome.lease?.granted).toBe(granted);
  });

  it("the rule with the least left decides", () => {
    expect(lease(EMPTY_SUBJECT, [HOUR, { ...MINUTE, limit: 1_281 }], 0).outcome.lease?.granted).toBe(10);
    expect(lease(EMPTY_SUBJECT, [{ ...HOUR, limit: 100 }, MINUTE], 0).outcome.lease).toBeUndefined();
  });

  it("a lease lasts to the end of the step or window that it is charged in, and a second at most", () => {
    const until = (rules: readonly RateRule[], ms: number) => lease(EMPTY_SUBJECT, rules, ms).outcome.lease?.until;

    expect(until(RULES, 3_599_999)).toBe(START + 3_600_000);
    expect(until([HOUR], 10)).toBe(START + 1_010);
    expect(until([HOUR], 3_599_900)).toBe(START + 3_600_000);
  });

  it("a caller whose clock is behind gets no lease, and its call is counted", () => {
    const ahead = planTake(EMPTY_SUBJECT, RULES, at(6_000)).subject;

    const { outcome, subject } = lease(ahead, RULES, 5_900);

    expect(outcome.lease).toBeUndefined();
    expect(used(subject, MINUTE, 6_000)).toBe(2);
  });

  it("a call that is refused leases nothing", () => {
    const rules = [{ ...MINUTE, limit: 3 }];

    expect(lease(usedAfter(3, rules), rules, 0).outcome).toMatchObject({ allowed: false });
  });
});

describe("planEndLease", () => {
  it("what was not used is free again in every rule, once", () => {
    const { subject } = lease(EMPTY_SUBJECT, RULES, 500, 50);

    const ended = planEndLease(subject, RULES, { id: "one", used: 30 });

    expect([used(ended, HOUR, 1_500), used(ended, MINUTE, 1_500)]).toEqual([31, 31]);
    expect(planEndLease(ended, RULES, { id: "one", used: 0 })).toBe(ended);
  });

  it("leases under one id are ended together, and other leases stay", () => {
    const first = lease(EMPTY_SUBJECT, RULES, 100, 20).subject;
    const second = lease(first, RULES, 200, 30).subject;
    const other = lease(second, RULES, 300, 40, "other").subject;

    const ended = planEndLease(other, RULES, { id: "one", used: 25 });

    // Three calls that asked, 25 used, 40 still leased.
    expect(used(ended, MINUTE, 1_500)).toBe(3 + 25 + 40);
    expect(used(planEndLease(ended, RULES, { id: "other", used: 40 }), MINUTE, 1_500)).toBe(3 + 25 + 40);
  });

  it.each([
    { why: "an id that is not known", id: "another", calls: 0 },
    { why: "more used than was granted", id: "one", calls: 60 },
  ])("$why frees nothing", ({ id, calls }) => {
    const { subject } = lease(EMPTY_SUBJECT, RULES, 500, 50);

    expect(used(planEndLease(subject, RULES, { id, used: calls }), MINUTE, 500)).toBe(51);
  });

  it("a lease that is ended in a later window frees nothing of it", () => {
    const { subject } = lease(EMPTY_SUBJECT, RULES, 3_599_500, 50);
    const later = planTake(subject, RULES, at(3_600_100)).subject;

    const ended = planEndLease(later, RULES, { id: "one", used: 10 });

    expect(used(ended, HOUR, 3_600_100)).toBe(1);
    expect(used(ended, MINUTE, 3_600_100)).toBe(12);
  });

  it("a lease that was not ended within a minute stays used, and is forgotten by the next lease", () => {
    const { subject } = lease(EMPTY_SUBJECT, RULES, 0, 50);
    const next = lease(subject, RULES, 60_000, 10, "next").subject;

    expect([...(next.leases ?? [])].map(([id]) => id)).toEqual(["next"]);
    expect(used(planEndLease(next, RULES, { id: "one", used: 0 }), HOUR, 60_000)).toBe(62);
  });
});
