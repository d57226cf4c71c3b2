import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import { firstBrokenLink } from "#domain/board/chain";
import { decide } from "#domain/board/decide";
import type { StoredEvent } from "#domain/board/events";
import { evolve, foldContribution } from "#domain/board/evolve";
import { isReadable, readEvent } from "#domain/board/read-event";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { DEADLINE, later } from "../../support/board.ts";
import { BROKEN_RULES } from "./broken-rules.ts";
import { INVARIANTS, type Invariant } from "./ledger.ts";
import { type DecideRules, type Life, live, opening, steps } from "./random-history.ts";

/** CI plays more of them. */
const HISTORIES = Number(process.env.HISTORIES ?? 4_000);

/** For a slow machine; the longest takes some ten seconds on a fast one. */
const TIMEOUT_MS = 300_000;

/** The events of a log as they come back from storage, each checked by its schema. */
function readAgain(stored: Iterable<StoredEvent>) {
  const copies: StoredEvent[] = JSON.parse(JSON.stringify([...stored]));
  const entries = copies.map((event) => readEvent(event));
  const readable = entries.filter(isReadable);
  expect(readable).toHaveLength(entries.length);
  return readable;
}

const fold = (log: Iterable<StoredEvent>): BoardState =>
  readAgain(log).reduce((state, { event, at }) => evolve(state, event, at), unopenedBoard());

describe("any history of a board", () => {
  it(
    "any history of a board keeps the invariants at every moment",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          expect([...live(first, history).broken]).toEqual([]);
        }),
        { numRuns: HISTORIES },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "a history whose every command is sent twice records everything once",
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
        { numRuns: 1_500 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "a log that is read again gives the same board and the same contributions, and its chain holds",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          const { board, journal } = live(first, history);

          expect(firstBrokenLink(journal.events)).toBeNull();
          expect(isDeepStrictEqual(fold(journal.events), board.state)).toBe(true);
          expect(isDeepStrictEqual(new Board(journal).state, board.state)).toBe(true);
          for (const contribution of board.state.contributions.values()) {
            const events = readAgain(journal.readAbout(contribution.reference));
            expect(isDeepStrictEqual(foldContribution(events), contribution)).toBe(true);
          }
        }),
        { numRuns: 1_000 },
      );
    },
    TIMEOUT_MS,
  );

  it("a board has ended when its deadline passes and nobody asks the providers", () => {
    fc.assert(
      fc.property(opening, steps, (first, history) => {
        const command = { type: "pass_deadline", providersAsked: false } as const;
        const { state } = live(first, [...history, { command, at: later(DEADLINE, 1e9), by: SYSTEM }]);

        expect(["closed", "expired", "cancelled"]).toContain(state.status);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the random histories", () => {
  const refunds = ({ state }: Life) =>
    [...state.contributions.values()].flatMap(({ refunds: all }) => [...all.values()]);
  const isDone = (life: Life, cause: string) =>
    refunds(life).some((refund) => refund.cause === cause && refund.status === "completed");
  const has = ({ log }: Life, type: string) => log.some(({ event }) => event.type === type);
  /** A contribution came back by an event of this type. */
  const isRevivedBy = ({ log }: Life, type: string) =>
    log.some(({ event }, i) => event.type === "contribution_revived" && log[i + 1]?.event.type === type);
  const opened = ({ log }: Life, kind: string) =>
    log.some(({ event }) => event.type === "flag_opened" && event.flag === kind);

  /** How many of a thousand must get there: far less than was measured, so that chance alone never fails it. */
  const depths: Record<string, [number, (life: Life) => boolean]> = {
    "closed, with money of the pot on its way back": [50, (life) => has(life, "payouts_adjusted")],
    "late money that is back": [40, (life) => isDone(life, "late_payment")],
    "cancelled, with all of it back": [
      30,
      (life) => life.state.status === "cancelled" && isDone(life, "board_cancelled") && life.state.counted === 0,
    ],
    "a second payment": [120, (life) => has(life, "surplus_payment_received")],
    "a second payment that is back": [80, (life) => isDone(life, "surplus_payment")],
    "a wrong amount that is back": [3, (life) => isDone(life, "amount_mismatch")],
    "sent back by the provider": [150, (life) => isDone(life, "provider")],
    "refunded by a person": [80, (life) => isDone(life, "operator")],
    "a refund that was requested again": [3, (life) => refunds(life).some(({ attempt }) => attempt > 1)],
    "a refund that was withdrawn": [15, (life) => has(life, "refund_withdrawn")],
    "a refund that was withdrawn and done all the same": [
      5,
      ({ log }) => {
        const withdrawn = new Set<string>();
        return log.some(({ event }) => {
          if (event.type === "refund_withdrawn") withdrawn.add(event.providerPaymentId);
          if (event.type === "refund_requested") withdrawn.delete(event.providerPaymentId);
          return event.type === "refund_completed" && withdrawn.has(event.providerPaymentId);
        });
      },
    ],
    "payouts held": [60, (life) => life.state.closing?.held === true],
    "payouts released": [60, (life) => has(life, "payouts_released")],
    "goal reached": [150, (life) => has(life, "goal_reached")],
    "payouts for the gift and the charity": [30, (life) => (life.state.closing?.payouts.length ?? 0) > 1],
    "expired, with late money": [3, (life) => life.state.status === "expired" && has(life, "payment_completed")],
    "a third attempt": [20, ({ state }) => [...state.contributions.values()].some(({ attempt }) => attempt > 2)],
    "left the state, and paid all the same": [20, (life) => isRevivedBy(life, "payment_completed")],
    "left the state, and retried": [10, (life) => isRevivedBy(life, "payment_retried")],
    "left the state, and sent back": [5, (life) => isRevivedBy(life, "refund_requested")],
    "left the state, and paid a wrong amount": [5, (life) => isRevivedBy(life, "flag_opened")],
    "a flag for the pot": [15, (life) => opened(life, "new_board_spike") || opened(life, "new_host")],
    "a reversed refund": [20, (life) => opened(life, "refund_reversed")],
    "closed, the deadline over": [70, ({ state }) => state.closing?.reason === "deadline_reached"],
  };

  it("a thousand random histories reach every situation that matters often enough", () => {
    const lives = fc.sample(fc.tuple(opening, steps), 1_000).map(([first, history]) => live(first, history));
    const reached = Object.entries(depths).map(([name, [, reaches]]) => [name, lives.filter(reaches).length] as const);
    const tooFew = reached.filter(([name, count]) => count < (depths[name]?.[0] ?? 0));

    expect(tooFew).toEqual([]);
  });
});

describe("broken rules", () => {
  /** Whether random histories find `invariant` broken under `rules`, and no error ended the search. */
  function isFound(rules: DecideRules, invariant: string): boolean {
    let found = false;
    fc.check(
      fc.property(opening, steps, (first, history) => {
        found ||= live(first, history, { rules }).broken.has(invariant);
        return !found;
      }),
      { numRuns: 3_000, endOnFailure: true },
    );
    return found;
  }

  it.each(BROKEN_RULES)(
    "a rule that %s is caught by the invariant %s",
    { timeout: TIMEOUT_MS },
    (_, invariant, rules) => {
      expect(isFound(rules, INVARIANTS[invariant])).toBe(true);
    },
  );

  it("every invariant catches a broken rule, except those of bookkeeping, which no rule can break", () => {
    const caught = new Set(BROKEN_RULES.map(([, invariant]) => invariant));
    const others = Object.keys(INVARIANTS).filter((invariant) => !caught.has(invariant as Invariant));

    expect(others).toEqual(["tally", "indexes"]);
  });

  it("a rule that records a repeated report again is caught by sending every command twice", () => {
    const forgetful: DecideRules = (state, command, context) => {
      const contributionId = "reference" in command ? state.references.get(command.reference) : undefined;
      if (command.type !== "note_payment_request" || !contributionId) return decide(state, command, context);
      const { attempt, requestId } = command;
      return { events: [{ type: "payment_requested", contributionId, attempt, requestId }], refusal: null };
    };
    const { failed } = fc.check(
      fc.property(opening, steps, (first, history) => {
        const twice = history.flatMap((step) => [step, step]);
        const rules = forgetful;
        return live(first, history, { rules }).log.length === live(first, twice, { rules }).log.length;
      }),
      { numRuns: 1_000, endOnFailure: true },
    );

    expect(failed).toBe(true);
  });
});
