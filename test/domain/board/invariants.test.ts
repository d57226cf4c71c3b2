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
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { BROKEN_RULES } from "./broken-rules.ts";
import { INVARIANTS, type Invariant } from "./ledger.ts";
import { type DecideRules, opening, type PlayedHistory, playHistory, steps } from "./random-history.ts";

/** Enough for a slow machine. The longest test takes about ten seconds on a fast one. */
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
    "every random history of a board keeps the invariants after each command",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          expect([...playHistory(first, history).broken]).toEqual([]);
        }),
        { numRuns: fuzzRuns(1_000) },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "a history in which every command is sent twice records the same log",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          const once = playHistory(first, history);
          const twice = playHistory(
            first,
            history.flatMap((step) => [step, step]),
          );

          expect(JSON.stringify(twice.log)).toBe(JSON.stringify(once.log));
        }),
        { numRuns: fuzzRuns(400) },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "a log that is read again folds to the same board and contributions, and its chain is intact",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          const { board, journal } = playHistory(first, history);

          expect(firstBrokenLink(journal.events)).toBeNull();
          expect(isDeepStrictEqual(fold(journal.events), board.state)).toBe(true);
          expect(isDeepStrictEqual(new Board(journal).state, board.state)).toBe(true);
          for (const contribution of board.state.contributions.values()) {
            const events = readAgain(journal.readAbout(contribution.reference));
            expect(isDeepStrictEqual(foldContribution(events), contribution)).toBe(true);
          }
        }),
        { numRuns: fuzzRuns(250) },
      );
    },
    TIMEOUT_MS,
  );

  it("every board has ended long after its deadline, even when no provider was queried", () => {
    fc.assert(
      fc.property(opening, steps, (first, history) => {
        const command = { type: "pass_deadline", providersLookedUp: false } as const;
        const { state } = playHistory(first, [...history, { command, at: later(DEADLINE, 1e9), by: SYSTEM }]);

        expect(["closed", "paid_out", "expired", "cancelled"]).toContain(state.status);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("the random histories", () => {
  const refunds = ({ state }: PlayedHistory) =>
    [...state.contributions.values()].flatMap(({ refunds: all }) => [...all.values()]);
  const isDone = (played: PlayedHistory, cause: string) =>
    refunds(played).some((refund) => refund.cause === cause && refund.status === "completed");
  const has = ({ log }: PlayedHistory, type: string) => log.some(({ event }) => event.type === type);
  /** Whether a contribution was revived for an event of this type. */
  const isRevivedBy = ({ log }: PlayedHistory, type: string) =>
    log.some(({ event }, i) => event.type === "contribution_revived" && log[i + 1]?.event.type === type);
  const opened = ({ log }: PlayedHistory, kind: string) =>
    log.some(({ event }) => event.type === "flag_opened" && event.flag === kind);

  /** How many of a thousand histories must reach each situation: far fewer than usual, so that chance fails no run. */
  const depths: Record<string, [number, (played: PlayedHistory) => boolean]> = {
    "closed, then a refund was requested": [50, (played) => has(played, "payouts_adjusted")],
    "late money was refunded": [40, (played) => isDone(played, "late_payment")],
    "cancelled, and all money was refunded": [
      30,
      (played) =>
        played.state.status === "cancelled" && isDone(played, "board_cancelled") && played.state.counted === 0,
    ],
    "a second payment arrived": [120, (played) => has(played, "surplus_payment_received")],
    "a second payment was refunded": [80, (played) => isDone(played, "surplus_payment")],
    "a wrong amount was refunded": [3, (played) => isDone(played, "amount_mismatch")],
    "the provider sent money back": [150, (played) => isDone(played, "provider")],
    "a person refunded a payment": [80, (played) => isDone(played, "operator")],
    "a refund was requested again": [3, (played) => refunds(played).some(({ attempt }) => attempt > 1)],
    "a refund was withdrawn": [15, (played) => has(played, "refund_withdrawn")],
    "a withdrawn refund was completed": [
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
    "payouts are held": [60, ({ state }) => state.closing !== null && state.holds.size > 0],
    "a person holds the payouts": [20, ({ state }) => state.closing !== null && state.holds.has("person//")],
    "a payout failed and was completed": [
      5,
      ({ state }) => [...state.payouts.values()].some(({ attempt, status }) => attempt > 1 && status === "completed"),
    ],
    "the board is paid out": [50, ({ state }) => state.status === "paid_out"],
    "money was lost": [10, (played) => has(played, "payment_lost")],
    "late money was paid out on top": [3, (played) => has(played, "payout_supplemented")],
    "payouts were released": [60, (played) => has(played, "payouts_released")],
    "the goal was reached": [150, (played) => has(played, "goal_reached")],
    "the board has payouts for the gift and the charity": [30, (played) => played.state.payouts.size > 1],
    "expired, then late money arrived": [
      3,
      (played) => played.state.status === "expired" && has(played, "payment_completed"),
    ],
    "a contribution has a third attempt": [
      20,
      ({ state }) => [...state.contributions.values()].some(({ attempt }) => attempt > 2),
    ],
    "a contribution left the state and was paid": [20, (played) => isRevivedBy(played, "payment_completed")],
    "a contribution left the state and was retried": [10, (played) => isRevivedBy(played, "payment_retried")],
    "a contribution left the state and was refunded": [5, (played) => isRevivedBy(played, "refund_requested")],
    "a contribution left the state and was paid a wrong amount": [5, (played) => isRevivedBy(played, "flag_opened")],
    "a flag about the pot was opened": [8, (played) => opened(played, "new_board_spike") || opened(played, "new_host")],
    "refund_reversed was opened": [20, (played) => opened(played, "refund_reversed")],
    "closed at the deadline": [70, ({ state }) => state.closing?.reason === "deadline_reached"],
  };

  it("a thousand random histories reach every listed situation often enough", () => {
    const histories = fc.sample(fc.tuple(opening, steps), 1_000).map(([first, history]) => playHistory(first, history));
    const reached = Object.entries(depths).map(
      ([name, [, reaches]]) => [name, histories.filter(reaches).length] as const,
    );
    const tooFew = reached.filter(([name, count]) => count < (depths[name]?.[0] ?? 0));

    expect(tooFew).toEqual([]);
  });
});

describe("broken rules", () => {
  /** Whether random histories under `rules` break `invariant`. */
  function isFound(rules: DecideRules, invariant: string): boolean {
    let found = false;
    fc.check(
      fc.property(opening, steps, (first, history) => {
        found ||= playHistory(first, history, { rules }).broken.has(invariant);
        return !found;
      }),
      { numRuns: 20_000, endOnFailure: true },
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

  it("every invariant except tally and indexes catches a broken rule", () => {
    const caught = new Set(BROKEN_RULES.map(([, invariant]) => invariant));
    const others = Object.keys(INVARIANTS).filter((invariant) => !caught.has(invariant as Invariant));

    expect(others).toEqual(["tally", "indexes"]);
  });

  it("a rule that records a repeated command again is caught by sending every command twice", () => {
    const recordsAgain: DecideRules = (state, command, context) => {
      const contributionId = "reference" in command ? state.references.get(command.reference) : undefined;
      if (command.type !== "note_payment_request" || !contributionId) return decide(state, command, context);
      const { attempt, requestId } = command;
      return { events: [{ type: "payment_requested", contributionId, attempt, requestId }], refusal: null };
    };
    const { failed } = fc.check(
      fc.property(opening, steps, (first, history) => {
        const twice = history.flatMap((step) => [step, step]);
        const rules = recordsAgain;
        return playHistory(first, history, { rules }).log.length === playHistory(first, twice, { rules }).log.length;
      }),
      { numRuns: 1_000, endOnFailure: true },
    );

    expect(failed).toBe(true);
  });
});
