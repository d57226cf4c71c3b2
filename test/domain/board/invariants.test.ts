import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainHash, firstBrokenLink, GENESIS_HASH } from "#domain/board/chain";
import { decide } from "#domain/board/decide";
import type { RecordedEvent } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import { unopenedBoard } from "#domain/board/state";
import { BROKEN_RULES } from "./broken-rules.ts";
import { DEADLINE, later } from "./history.ts";
import { INVARIANTS, type Invariant } from "./ledger.ts";
import { type Judge, type Life, live, opening, steps } from "./random-history.ts";

/** For a slow machine; the longest takes some ten seconds on a fast one. */
const TIMEOUT_MS = 180_000;

/** The log as it is kept: in sequence, each link chained to the one before. */
function chained({ log }: Life): RecordedEvent[] {
  let hash = GENESIS_HASH;
  return log.map(({ at, event }, i) => {
    const entry = { seq: i + 1, at, event };
    hash = chainHash(hash, entry);
    return { ...entry, hash };
  });
}

describe("any history of a board", () => {
  it(
    "keeps the invariants at every moment, whatever order the world chooses",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          expect([...live(first, history).broken]).toEqual([]);
        }),
        { numRuns: 20_000 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "played twice over records everything once",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          const once = live(first, history);
          const twice = live(
            first,
            history.flatMap((step) => [step, step]),
          );

          expect(JSON.stringify(twice.log)).toBe(JSON.stringify(once.log));
        }),
        { numRuns: 5_000 },
      );
    },
    TIMEOUT_MS,
  );

  it("is the same board when its log is read again", () => {
    fc.assert(
      fc.property(opening, steps, (first, history) => {
        const { state, log } = live(first, history);
        const kept: typeof log = JSON.parse(JSON.stringify(log));
        const again = kept.reduce((board, { event, at }) => evolve(board, event, at), unopenedBoard());

        expect(isDeepStrictEqual(again, state)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is chained: no event can be changed, dropped or swapped unnoticed", () => {
    fc.assert(
      fc.property(opening, steps, fc.nat(), (first, history, pick) => {
        const log = chained(live(first, history));
        expect(firstBrokenLink(JSON.parse(JSON.stringify(log)))).toBeNull();

        const at = pick % log.length;
        const forged = log.map((entry, i) => (i === at ? { ...entry, at: new Date(0).toISOString() } : entry));
        expect(firstBrokenLink(forged)).toBe(at + 1);
        if (log.length > 1)
          expect(firstBrokenLink(log.filter((_, i) => i !== at))).toBe(at === log.length - 1 ? null : at + 2);
      }),
      { numRuns: 500 },
    );
  });

  it("ends at the deadline once somebody looks late enough", () => {
    fc.assert(
      fc.property(opening, steps, (first, history) => {
        const look = { command: { type: "pass_deadline" }, at: later(DEADLINE, 1e9) } as const;
        const { state } = live(first, [...history, look]);

        expect(["closed", "expired", "cancelled"]).toContain(state.status);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the random histories", () => {
  const refunds = ({ state }: Life) =>
    [...state.contributions.values()].flatMap(({ refunds: all }) => [...all.values()]);
  const isDone = (life: Life, cause: string) =>
    refunds(life).some((refund) => refund.cause === cause && refund.status === "completed");
  const has = ({ log }: Life, type: string) => log.some(({ event }) => event.type === type);

  /** How many of a thousand must get there: far less than was measured, so that chance alone never fails it. */
  const depths: Record<string, [number, (life: Life) => boolean]> = {
    "closed, with money of the pot on its way back": [50, (life) => has(life, "payouts_reduced")],
    "late money that is back": [40, (life) => isDone(life, "late_payment")],
    "cancelled, with all of it back": [
      30,
      (life) => life.state.status === "cancelled" && isDone(life, "board_cancelled") && life.state.raised === 0,
    ],
    "a second payment": [120, (life) => has(life, "surplus_payment_received")],
    "a second payment that is back": [80, (life) => isDone(life, "surplus_payment")],
    "a wrong amount that is back": [3, (life) => isDone(life, "amount_mismatch")],
    "sent back by the provider": [150, (life) => isDone(life, "provider")],
    "given back by an operator": [80, (life) => isDone(life, "operator")],
    "a refund that was asked for again": [3, (life) => refunds(life).some(({ attempt }) => attempt > 1)],
    "payouts held": [60, (life) => life.state.closing?.held === true],
    "payouts released": [60, (life) => has(life, "payouts_released")],
    "goal reached": [150, (life) => has(life, "goal_reached")],
    "payouts for the gift and the charity": [30, (life) => (life.state.closing?.payouts.length ?? 0) > 1],
    "expired, with late money": [3, (life) => life.state.status === "expired" && has(life, "payment_completed")],
    "a third attempt": [20, ({ state }) => [...state.contributions.values()].some(({ attempt }) => attempt > 2)],
    "given up, and paid all the same": [
      30,
      ({ log }) => {
        const expired = log.flatMap(({ event }) =>
          event.type === "payment_progressed" && event.expiredUnpaid ? [event.contributionId] : [],
        );
        return log.some(({ event }) => event.type === "payment_completed" && expired.includes(event.contributionId));
      },
    ],
    "a flag for the pot": [
      15,
      ({ state }) => [...state.flags.values()].some(({ flag }) => flag === "new_board_spike" || flag === "new_host"),
    ],
    "closed, the deadline over": [70, ({ state }) => state.closing?.reason === "deadline_reached"],
  };

  it("get deep", () => {
    const lives = fc.sample(fc.tuple(opening, steps), 1_000).map(([first, history]) => live(first, history));
    const reached = Object.entries(depths).map(([name, [, reaches]]) => [name, lives.filter(reaches).length] as const);
    const tooFew = reached.filter(([name, count]) => count < (depths[name]?.[0] ?? 0));

    expect(tooFew).toEqual([]);
  });
});

describe("a rule that is broken", () => {
  /** Whether random histories find `invariant` broken under `judge`. */
  const isFound = (judge: Judge, invariant: string) =>
    fc.check(
      fc.property(opening, steps, (first, history) => !live(first, history, judge).broken.has(invariant)),
      { numRuns: 3_000, endOnFailure: true },
    ).failed;

  it.each(BROKEN_RULES)("that %s is caught by: %s", (_, invariant, judge) => {
    expect(isFound(judge, INVARIANTS[invariant])).toBe(true);
  });

  it("is there for every invariant (the tally is bookkeeping, which no rule can break)", () => {
    const caught = new Set(BROKEN_RULES.map(([, invariant]) => invariant));

    expect(Object.keys(INVARIANTS).filter((invariant) => !caught.has(invariant as Invariant))).toEqual(["tally"]);
  });

  it("that records old news again is caught by playing it twice", () => {
    const forgetful: Judge = (state, command, now) => {
      const { id: contributionId } = state.contributions.get("reference" in command ? command.reference : "") ?? {};
      if (command.type !== "note_payment_request" || !contributionId) return decide(state, command, now);
      return [{ type: "payment_requested", contributionId, attempt: command.attempt, requestId: command.requestId }];
    };
    const { failed } = fc.check(
      fc.property(opening, steps, (first, history) => {
        const twice = history.flatMap((step) => [step, step]);
        return live(first, history, forgetful).log.length === live(first, twice, forgetful).log.length;
      }),
      { numRuns: 1_000, endOnFailure: true },
    );

    expect(failed).toBe(true);
  });
});
