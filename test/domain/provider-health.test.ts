import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterStart,
  HEALTHY,
  isHidden,
  isOffered,
  type ProviderHealth,
  type StartOutcome,
} from "#domain/provider-health";

const START = Date.parse("2026-12-01T08:00:00.000Z");
const at = (seconds: number) => new Date(START + seconds * 1_000);

type Report = readonly [outcome: StartOutcome, seconds: number];
const failed = (...seconds: number[]): Report[] => seconds.map((second) => ["failed", second]);

function healthAfter(reports: readonly Report[], health: ProviderHealth = HEALTHY): ProviderHealth {
  return reports.reduce((held, [outcome, seconds]) => afterStart(held, outcome, at(seconds)), health);
}

/** The second after START at which hiding ends; null when the provider is not hidden after the last report. */
function hiddenUntil(reports: readonly Report[]): number | null {
  const health = healthAfter(reports);
  const [, last = 0] = reports.at(-1) ?? [];
  return isHidden(health, at(last)) ? ((health.hiddenUntil ?? 0) - START) / 1_000 : null;
}

/** These failures hide a provider at 4 s, until 64 s. */
const FIVE = failed(0, 1, 2, 3, 4);

describe("afterStart", () => {
  it.each([
    { why: "four failures", reports: failed(0, 1, 2, 3), until: null },
    { why: "a fifth failure within five minutes", reports: failed(0, 60, 120, 180, 299), until: 359 },
    { why: "a fifth failure after five minutes", reports: failed(0, 60, 120, 180, 300), until: null },
    { why: "five recent failures and an old one", reports: failed(0, 400, 401, 402, 403, 404), until: 464 },
    {
      why: "five failures with a success in between",
      reports: [...failed(0, 1, 2, 3), ["started", 4], ...failed(5)],
      until: null,
    },
    { why: "five failures after a success", reports: [["started", 0], ...failed(1, 2, 3, 4, 5)], until: 65 },
    { why: "more failures while hidden", reports: [...FIVE, ...failed(5, 6, 7, 8, 9, 10)], until: 64 },
    { why: "a failure at the end of hiding", reports: [...FIVE, ...failed(64)], until: 64 + 120 },
    { why: "a failure hours after the end of hiding", reports: [...FIVE, ...failed(9_000)], until: 9_120 },
    { why: "several failures at the end of hiding", reports: [...FIVE, ...failed(64, 64, 65, 66)], until: 64 + 120 },
    { why: "a success while hidden", reports: [...FIVE, ["started", 5]], until: null },
    { why: "one failure after a success", reports: [...FIVE, ["started", 64], ...failed(65)], until: null },
    {
      why: "five failures after a success that followed the second hiding",
      reports: [...FIVE, ...failed(64), ["started", 184], ...failed(185, 186, 187, 188, 189)],
      until: 249,
    },
  ] satisfies { why: string; reports: Report[]; until: number | null }[])(
    "after $why hiddenUntil is $until",
    (expected) => {
      expect(hiddenUntil(expected.reports)).toBe(expected.until);
    },
  );

  it("hiding doubles with each failure at its end, to fifteen minutes at most", () => {
    let health = healthAfter(FIVE);
    const lengths = [health.lastHiddenMs];
    for (let time = 0; time < 6; time += 1) {
      health = afterStart(health, "failed", new Date(health.hiddenUntil ?? 0));
      lengths.push(health.lastHiddenMs);
    }

    expect(lengths.map((ms) => (ms ?? 0) / 60_000)).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it("afterStart counts 40 failures in a row and keeps five instants at most", () => {
    const health = healthAfter(failed(...Array.from({ length: 40 }, (_, second) => second)));

    expect(health.failuresInARow).toBe(40);
    expect(health.recentFailures.length).toBeLessThanOrEqual(5);
  });

  it("a success resets any history, and no history hides for more than fifteen minutes", () => {
    const history = fc.array(fc.tuple(fc.constantFrom("started", "failed", "failed"), fc.nat(400)), { maxLength: 60 });
    fc.assert(
      fc.property(history, (steps) => {
        let health = HEALTHY;
        let now = START;
        for (const [outcome, seconds] of steps) {
          now += seconds * 1_000;
          health = afterStart(health, outcome, new Date(now));
          expect((health.hiddenUntil ?? now) - now).toBeLessThanOrEqual(15 * 60_000);
        }
        expect(afterStart(health, "started", new Date(now))).toEqual(HEALTHY);
      }),
    );
  });
});

describe("isOffered", () => {
  const paused = { since: at(0).toISOString(), reason: "maintenance" };

  it.each([
    { why: "neither paused nor hidden", paused: null, hiddenUntil: null, offered: true },
    { why: "paused", paused, hiddenUntil: null, offered: false },
    { why: "still hidden", paused: null, hiddenUntil: at(11).toISOString(), offered: false },
    { why: "no longer hidden", paused: null, hiddenUntil: at(10).toISOString(), offered: true },
    { why: "paused and no longer hidden", paused, hiddenUntil: at(9).toISOString(), offered: false },
  ])("isOffered is $offered for a provider that is $why", ({ offered, why: _, ...state }) => {
    expect(isOffered({ ...state, failuresInARow: 0 }, at(10))).toBe(offered);
  });
});
