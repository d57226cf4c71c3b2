import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockOf,
  isCounted,
  judge,
  planCount,
  planGiveBack,
  planStrike,
  planTake,
  type RateRule,
  type Subject,
} from "#domain/rate-limit";
import { fuzzRuns } from "../support/fuzz-runs.ts";

const EMPTY_SUBJECT: Subject = { counters: new Map(), blockedUntil: null };
const MINUTE: RateRule = { name: "minute", limit: 3, windowMs: 60_000, kind: "sliding" };
const HOUR: RateRule = { name: "hour", limit: 5, windowMs: 3_600_000, kind: "fixed" };
const STEPS: RateRule = { ...MINUTE, name: "steps", stepMs: 1_000 };
/** The start of an hour, and so of a fixed window. */
const START = Date.parse("2026-12-01T08:00:00.000Z");
const at = (ms: number) => new Date(START + ms);

/** The outcome of each call at these instants (ms after START), in order. */
function takeAt(rules: readonly RateRule[], instants: readonly number[]) {
  let subject = EMPTY_SUBJECT;
  return instants.map((ms) => {
    const planned = planTake(subject, rules, at(ms));
    subject = planned.subject;
    return planned.outcome;
  });
}

const allowedAt = (rules: readonly RateRule[], instants: readonly number[]) =>
  takeAt(rules, instants).map(({ allowed }) => allowed);

describe("planGiveBack", () => {
  it.each([MINUTE, HOUR, STEPS])(
    "a charge of the $name that is given back can be taken again, and no more than that",
    (rule) => {
      let subject = EMPTY_SUBJECT;
      for (let call = 0; call < rule.limit; call += 1) subject = planTake(subject, [rule], at(call)).subject;

      const { outcome, subject: after } = planGiveBack(subject, rule, at(100));

      expect(outcome.remaining).toBe(1);
      const { outcome: again, subject: full } = planTake(after, [rule], at(200));
      expect(again.allowed).toBe(true);
      expect(planTake(full, [rule], at(300)).outcome.allowed).toBe(false);
    },
  );

  it("giving back what was never taken, or has left the window, changes nothing", () => {
    const taken = planTake(EMPTY_SUBJECT, [HOUR], at(0)).subject;

    expect(planGiveBack(EMPTY_SUBJECT, HOUR, at(0))).toMatchObject({
      outcome: { remaining: 5 },
      subject: EMPTY_SUBJECT,
    });
    expect(planGiveBack(taken, HOUR, at(HOUR.windowMs)).subject).toBe(taken);
  });
});

describe("planTake", () => {
  it.each([
    { rule: MINUTE, why: "calls up to the limit", instants: [0, 1, 2], allowed: [true, true, true] },
    {
      rule: MINUTE,
      why: "no call beyond the limit",
      instants: [0, 1, 2, 3, 59_999],
      allowed: [true, true, true, false, false],
    },
    {
      rule: MINUTE,
      why: "one more call when the first one leaves the window",
      instants: [0, 1, 2, 60_000],
      allowed: [true, true, true, true],
    },
    {
      rule: MINUTE,
      why: "only one more call for each one that leaves the window",
      instants: [0, 1, 2, 60_000, 60_000],
      allowed: [true, true, true, true, false],
    },
    {
      rule: MINUTE,
      why: "three calls at the same instant",
      instants: [0, 0, 0, 0, 59_999, 60_000],
      allowed: [true, true, true, false, false, true],
    },
    {
      rule: HOUR,
      why: "calls up to the limit again when the next window starts",
      instants: [3_599_000, 3_599_000, 3_599_000, 3_599_000, 3_599_000, 3_599_999, 3_600_000],
      allowed: [true, true, true, true, true, false, true],
    },
    {
      rule: STEPS,
      why: "a call again once the window of the whole step has passed, never earlier",
      instants: [0, 900, 999, 60_000, 60_998, 60_999, 60_999, 60_999, 60_999],
      allowed: [true, true, true, false, false, true, true, true, false],
    },
  ])("a $rule.kind rule allows $why", ({ rule, instants, allowed }) => {
    expect(allowedAt([rule], instants)).toEqual(allowed);
  });

  it("planTake returns the remaining calls of each rule and when one more becomes free", () => {
    expect(takeAt([MINUTE, HOUR], [1_000, 2_000])).toEqual([
      {
        allowed: true,
        verdicts: [
          { name: "minute", limit: 3, remaining: 2, resetAt: START + 61_000 },
          { name: "hour", limit: 5, remaining: 4, resetAt: START + 3_600_000 },
        ],
        retryAfterMs: 0,
      },
      {
        allowed: true,
        verdicts: [
          { name: "minute", limit: 3, remaining: 1, resetAt: START + 61_000 },
          { name: "hour", limit: 5, remaining: 3, resetAt: START + 3_600_000 },
        ],
        retryAfterMs: 0,
      },
    ]);
  });

  it("planTake charges no rule when one rule refuses", () => {
    const refused = takeAt([MINUTE, HOUR], [0, 1, 2, 3]).at(-1);

    expect(refused).toEqual({
      allowed: false,
      verdicts: [
        { name: "minute", limit: 3, remaining: 0, resetAt: START + 60_000 },
        { name: "hour", limit: 5, remaining: 2, resetAt: START + 3_600_000 },
      ],
      retryAfterMs: 59_997,
    });
  });

  it("retryAfterMs is the longest wait of the rules that refuse", () => {
    const [minute, hour] = [
      { ...MINUTE, limit: 1 },
      { ...HOUR, limit: 1 },
    ];

    expect(takeAt([minute, hour], [0, 30_000]).at(-1)).toMatchObject({ allowed: false, retryAfterMs: 3_570_000 });
  });

  it("planTake keeps the limit of a window when the clock of a caller is behind", () => {
    expect(allowedAt([MINUTE], [1_000, 500, 0, 900])).toEqual([true, true, true, false]);
    expect(allowedAt([MINUTE], [1_000, 500, 0, 60_999, 61_000])).toEqual([true, true, true, false, true]);
  });

  it("planTake applies a lowered limit to earlier calls", () => {
    const before = takeSubject(MINUTE, [0, 1_000, 2_000]);

    const { outcome } = planTake(before, [{ ...MINUTE, limit: 2 }], at(3_000));

    // Two of the three calls must leave before one of two is free.
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: 58_000, verdicts: [{ remaining: 0 }] });
  });
});

function takeSubject(rule: RateRule, instants: readonly number[]): Subject {
  return instants.reduce((subject, ms) => planTake(subject, [rule], at(ms)).subject, EMPTY_SUBJECT);
}

describe("any history of takes", () => {
  const rules = fc.record({
    limit: fc.integer({ min: 1, max: 6 }),
    windowMs: fc.integer({ min: 1, max: 50 }),
    kind: fc.constantFrom("sliding", "fixed"),
  });
  const history = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 80 }).map((gaps) => {
    let now = 0;
    return gaps.map((gap) => {
      now += gap;
      return now;
    });
  });

  it("planTake allows a call exactly when the window has fewer calls than the limit", () => {
    fc.assert(
      fc.property(rules, history, (shape, instants) => {
        const rule: RateRule = { name: "any", ...shape };
        const allowed: number[] = [];
        const windowOf = (ms: number) => Math.floor((START + ms) / rule.windowMs);
        for (const [index, { allowed: goes }] of takeAt([rule], instants).entries()) {
          const now = instants[index]!;
          const used = allowed.filter((then) =>
            rule.kind === "fixed" ? windowOf(then) === windowOf(now) : then > now - rule.windowMs,
          ).length;
          if (goes !== used < rule.limit) expect.fail(`${goes} with ${used} of ${rule.limit} used`);
          if (goes) allowed.push(now);
        }
      }),
    );
  });

  it("`remaining` falls by one with each allowed call, and `retryAfterMs` is the shortest sufficient wait", () => {
    fc.assert(
      fc.property(rules, history, (shape, instants) => {
        const rule: RateRule = { name: "any", ...shape };
        let subject = EMPTY_SUBJECT;
        for (const ms of instants) {
          const before = judge(subject, rule, at(ms));
          const { outcome, subject: after } = planTake(subject, [rule], at(ms));
          const [verdict] = outcome.verdicts;
          expect(verdict?.remaining).toBe(outcome.allowed ? before.remaining - 1 : 0);
          if (!outcome.allowed) {
            expect(planTake(after, [rule], at(ms + outcome.retryAfterMs - 1)).outcome.allowed).toBe(false);
            expect(planTake(after, [rule], at(ms + outcome.retryAfterMs)).outcome.allowed).toBe(true);
          }
          subject = after;
        }
      }),
    );
  });

  it("callers with different clocks get no more than the limit, measured by the newest clock", () => {
    const clocks = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rules, clocks, (shape, instants) => {
        const rule: RateRule = { name: "any", ...shape, kind: "sliding" };
        let newest = 0;
        const allowed: number[] = [];
        for (const [index, { allowed: goes }] of takeAt([rule], instants).entries()) {
          // Only a charged call moves the time of the counter.
          const now = Math.max(newest, instants[index]!);
          if (!goes) continue;
          newest = now;
          allowed.push(now);
        }
        for (const end of allowed) {
          const inWindow = allowed.filter((then) => then <= end && then > end - rule.windowMs);
          expect(inWindow.length).toBeLessThanOrEqual(rule.limit);
        }
      }),
    );
  });

  it("a sliding counter holds only the calls that are still in the window", () => {
    const subject = takeSubject(
      { ...MINUTE, limit: 1_000 },
      Array.from({ length: 500 }, (_, n) => n * 1_000),
    );

    expect(subject.counters.get("minute")).toHaveLength(60);
  });

  it("a fixed counter holds one entry for a window, however often it was charged", () => {
    const subject = takeSubject(
      { ...HOUR, limit: 1_000 },
      Array.from({ length: 500 }, (_, n) => n),
    );

    expect(subject.counters.get("hour")).toEqual([{ at: START, count: 500, key: null }]);
  });
});

describe("planCount", () => {
  const count = (subject: Subject, key: string, ms: number) => planCount(subject, MINUTE, key, at(ms));

  it("planCount counts each key once while it is in the window", () => {
    let subject = EMPTY_SUBJECT;
    for (const [key, ms] of [
      ["a", 0],
      ["a", 1],
      ["b", 2],
      ["a", 3],
    ] as const) {
      subject = count(subject, key, ms).subject;
    }

    expect(judge(subject, MINUTE, at(4)).remaining).toBe(1);
    expect(isCounted(subject, MINUTE, "a", at(59_999))).toBe(true);
    expect(isCounted(subject, MINUTE, "a", at(60_000))).toBe(false);
    expect(isCounted(subject, MINUTE, "c", at(4))).toBe(false);
    expect(count(subject, "a", 60_000).outcome.remaining).toBe(1);
  });

  it("planCount counts beyond the limit, and the excess delays the next free call", () => {
    const subject = ["a", "b", "c", "d"].reduce((held, key, ms) => count(held, key, ms * 1_000).subject, EMPTY_SUBJECT);

    expect(judge(subject, MINUTE, at(4_000))).toMatchObject({ remaining: 0, resetAt: START + 61_000 });
    expect(judge(subject, MINUTE, at(60_999)).remaining).toBe(0);
    expect(judge(subject, MINUTE, at(61_000)).remaining).toBe(1);
  });
});

describe("planStrike", () => {
  const block = (key: string) => ({ key, blockMs: 3_600_000 });
  const strikes = (steps: readonly (readonly [key: string, ms: number])[]) => {
    let subject = EMPTY_SUBJECT;
    const outcomes = steps.map(([key, ms]) => {
      const planned = planStrike(subject, MINUTE, block(key), at(ms));
      subject = planned.subject;
      return planned.outcome;
    });
    return { subject, last: outcomes.at(-1) };
  };

  it.each([
    {
      why: "strikes below the limit do",
      steps: [
        ["a", 0],
        ["b", 1],
      ],
    },
    {
      why: "repeated strikes with the same keys do",
      steps: [
        ["a", 0],
        ["b", 1],
        ["b", 2],
        ["a", 3],
      ],
    },
    {
      why: "strikes spread over more than a window do",
      steps: [
        ["a", 0],
        ["b", 30_000],
        ["c", 60_000],
      ],
    },
  ] as const)("$why not block the subject", ({ steps }) => {
    const { subject, last } = strikes(steps);

    expect(last).toEqual({ blockedUntil: null, blockedNow: false });
    expect(planTake(subject, [HOUR], at(60_001)).outcome.allowed).toBe(true);
  });

  it("the strike that reaches the limit blocks the subject, and a block refuses every rule until it ends", () => {
    const { subject, last } = strikes([
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ]);
    const end = START + 2 + 3_600_000;

    expect(last).toEqual({ blockedUntil: end, blockedNow: true });
    expect(blockOf(subject, at(3_600_001))).toBe(end);
    expect(blockOf(subject, at(3_600_002))).toBeNull();
    expect(planTake(subject, [HOUR], at(1_002)).outcome).toMatchObject({ allowed: false, retryAfterMs: 3_599_000 });
    expect(planTake(subject, [HOUR], at(3_600_002)).outcome.allowed).toBe(true);
  });

  it("a strike during a block neither prolongs it nor counts towards the next one", () => {
    const { subject, last } = strikes([
      ["a", 0],
      ["b", 1],
      ["c", 2],
      ["d", 3],
      ["e", 4],
      ["f", 3_599_999],
    ]);

    expect(last).toEqual({ blockedUntil: START + 2 + 3_600_000, blockedNow: false });
    const after = planStrike(subject, MINUTE, block("g"), at(3_600_002));
    expect(after.outcome).toEqual({ blockedUntil: null, blockedNow: false });
    expect(judge(after.subject, MINUTE, at(3_600_002)).remaining).toBe(2);
  });

  it("planStrike counts from zero after a block that is shorter than the window", () => {
    const short = (key: string) => ({ key, blockMs: 10_000 });
    const blocked = ["a", "b", "c"].reduce(
      (subject, key) => planStrike(subject, MINUTE, short(key), at(0)).subject,
      EMPTY_SUBJECT,
    );

    expect(planStrike(blocked, MINUTE, short("d"), at(9_999)).outcome.blockedUntil).toBe(START + 10_000);
    expect(planStrike(blocked, MINUTE, short("d"), at(10_000)).outcome.blockedUntil).toBeNull();
  });
});

describe("a window with steps", () => {
  it("no 60 seconds hold more than the limit, and a counter holds one number for each step", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }), (pauses) => {
        const rule: RateRule = { ...STEPS, limit: 20 };
        const taken: number[] = [];
        let subject = EMPTY_SUBJECT;
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const planned = planTake(subject, [rule], at(now));
          subject = planned.subject;
          if (planned.outcome.allowed) taken.push(now);
          expect(subject.counters.get("steps")?.length ?? 0).toBeLessThanOrEqual(61);
        }
        for (const first of taken) {
          const within = taken.filter((instant) => instant >= first && instant < first + 60_000);
          expect(within.length).toBeLessThanOrEqual(20);
        }
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});
