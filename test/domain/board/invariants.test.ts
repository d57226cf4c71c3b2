import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainHash, firstBrokenLink, GENESIS_HASH } from "#domain/board/chain";
import type { BoardCommand } from "#domain/board/commands";
import { decide, isRefusal } from "#domain/board/decide";
import type { BoardEvent, RecordedEvent, Standing } from "#domain/board/events";
import { evolve, recount } from "#domain/board/evolve";
import { PAYMENT_STATUSES } from "#domain/board/lifecycle";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { boardCode, derivedId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { DEADLINE, OPENED_AT, openCommand } from "./history.ts";

const BOARD_ID = derivedId(OPENED_AT, "a board");
const CONTRIBUTIONS = 6;
const contributionId = (n: number) => derivedId(OPENED_AT, "contribution", n);
const amountOf = (n: number) => cents(2_000 + n * 12_345);

type Step = { command: BoardCommand; at: Date };

/** Commands as the world sends them: shuffled, repeated, late, with wrong amounts and second payments. */
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .record({
      n: fc.nat(CONTRIBUTIONS - 1),
      hour: fc.nat(24 * 25),
      kind: fc.constantFrom("contribute", "contribute", "report", "report", "report", "report", "close", "deadline"),
      status: fc.constantFrom("completed", "completed", "completed", "processing", "failed"),
      amountOff: fc.constantFrom(0, 0, 0, 0, -1, 1),
      paymentId: fc.constantFrom("first", "first", "first", "second"),
      reason: fc.constantFrom("manual", "goal_reached", "deadline_reached"),
    })
    .map(({ n, hour, kind, status, amountOff, paymentId, reason }): Step => {
      const at = new Date(OPENED_AT.getTime() + hour * 3_600_000);
      if (kind === "close") return { at, command: { type: "close_board", reason, by: { kind: "system" } } };
      if (kind === "deadline") return { at, command: { type: "pass_deadline" } };
      if (kind === "contribute") {
        const opening = { contributionId: contributionId(n), submission: `form ${n}`, provider: "payfast" } as const;
        return { at, command: { type: "open_contribution", ...opening, amount: amountOf(n) } };
      }
      const reference = paymentReference(boardCode(BOARD_ID), contributionId(n));
      const report = { provider: "payfast", reference, status, providerPaymentId: `${paymentId} ${n}` } as const;
      const amount = cents(amountOf(n) + amountOff);
      return { at, command: { type: "report_payment", ...report, amount, providerStatus: "any" } };
    }),
  { maxLength: 60 },
);

const board = fc
  .record({ goal: fc.integer({ min: 2_000, max: 120_000 }), philanthropy: fc.boolean() })
  .map(({ goal, philanthropy }) =>
    openCommand({
      boardId: BOARD_ID,
      goal: cents(goal),
      giftType: philanthropy ? "philanthropy" : "takealot_product",
      payoutMethod: philanthropy ? "philanthropy_donation" : "takealot_gift_card",
    }),
  );

type Life = { state: BoardState; events: BoardEvent[]; log: RecordedEvent[] };

function live(opening: BoardCommand, history: readonly Step[], judge = decide): Life {
  let state = unopenedBoard();
  const log: RecordedEvent[] = [];
  let hash = GENESIS_HASH;
  const inOrder = [{ command: opening, at: OPENED_AT }, ...history].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  for (const { command, at } of inOrder) {
    const outcome = judge(state, command, at);
    if (isRefusal(outcome)) continue;
    for (const event of outcome) {
      state = evolve(state, event, at.toISOString());
      const entry = { seq: log.length + 1, at: at.toISOString(), event };
      hash = chainHash(hash, entry);
      log.push({ ...entry, hash });
    }
  }
  return { state, events: log.map(({ event }) => event), log };
}

const countOf = (events: readonly BoardEvent[], type: BoardEvent["type"]) =>
  events.filter((e) => e.type === type).length;
const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** design 7, as far as one board's log can hold them. Empty when all hold, else what does not. */
function brokenInvariants({ state, events }: Life): string[] {
  const { raised, counts } = recount(state);
  const broken: string[] = [];
  const hold = (what: string, holds: boolean) => holds || broken.push(what);

  hold("raised = Σ net of completed", state.raised === raised);
  hold("completed = counted", state.contributionCount === counts.completed);
  hold("statuses add up", sum(PAYMENT_STATUSES.map((status) => counts[status])) === state.contributions.size);
  hold("pot.funded at most once", countOf(events, "goal_reached") <= 1);
  hold("pot.closed at most once", countOf(events, "board_closed") <= 1);
  hold("one completion per contribution", countOf(events, "payment_completed") === counts.completed);
  hold("closed or expired, not both", countOf(events, "board_closed") + countOf(events, "board_expired") <= 1);

  const { closing } = state;
  if (closing) {
    const gross = sum(closing.payouts.map((payout) => payout.gross));
    hold("Σ gross = raised at closing", gross === closing.raised);
    const items = closing.payouts.flatMap((payout) => payout.items.map(({ amount }) => amount));
    hold("items add up to gross", sum(items) === gross);
    const late = sum(
      events
        .filter((event) => event.type === "refund_requested" && event.cause === "late_payment")
        .map((event) =>
          [...state.contributions.values()].find(({ id }) => "contributionId" in event && id === event.contributionId),
        )
        .map((contribution) => (contribution ? contribution.amount - contribution.fee : Number.NaN)),
    );
    hold("what came after closing is on its way back", state.raised === closing.raised + late);
  }
  for (const event of events) {
    if ("after" in event) hold("standing is never negative", (event.after as Standing).raised >= 0);
  }
  const settled = [...state.contributions.values()].filter(({ status }) => status === "completed");
  hold(
    "completed means paid",
    settled.every(({ providerPaymentId }) => providerPaymentId !== null),
  );
  return broken;
}

describe("any history of a board", () => {
  it("keeps the invariants, whatever order the world chooses", () => {
    fc.assert(
      fc.property(board, steps, (opening, history) => {
        expect(brokenInvariants(live(opening, history))).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it("played twice over records everything once", () => {
    fc.assert(
      fc.property(board, steps, (opening, history) => {
        const once = live(opening, history);
        const twice = live(
          opening,
          history.flatMap((step) => [step, step]),
        );

        expect(twice.events).toEqual(once.events);
      }),
      { numRuns: 1_000 },
    );
  });

  it("says in each event where the board stood after it", () => {
    fc.assert(
      fc.property(board, steps, (opening, history) => {
        let state = unopenedBoard();
        for (const { event, at } of live(opening, history).log) {
          state = evolve(state, event, at);
          if (!("after" in event)) continue;
          const { status, raised, contributionCount } = state;
          expect(event.after).toEqual({ status, raised, contributionCount });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("is chained: no event can be changed, dropped or swapped unnoticed", () => {
    fc.assert(
      fc.property(board, steps, fc.nat(), (opening, history, pick) => {
        const { log } = live(opening, history);
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

  it("that ignores duplicates, amounts or closing breaks an invariant: the check has teeth", () => {
    const forgetful: typeof decide = (state, command, now) => {
      if (command.type !== "report_payment" || command.status !== "completed") return decide(state, command, now);
      const contribution = state.contributions.get(command.reference);
      if (!contribution) return decide(state, command, now);
      const { raised: before, status, contributionCount } = state;
      const after = { status, raised: cents(before + contribution.amount), contributionCount: contributionCount + 1 };
      const { providerPaymentId } = command;
      return [{ type: "payment_completed", contributionId: contribution.id, providerPaymentId, after }];
    };

    const outcome = fc.check(
      fc.property(board, steps, (opening, history) => {
        expect(brokenInvariants(live(opening, history, forgetful))).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
    expect(outcome.failed).toBe(true);
  });
});

describe("the deadline in a random history", () => {
  it("always ends a board once somebody looks", () => {
    fc.assert(
      fc.property(board, steps, (opening, history) => {
        const { state } = live(opening, [
          ...history,
          { command: { type: "pass_deadline" }, at: new Date(DEADLINE.getTime() + 1e9) },
        ]);

        expect(["closed", "expired"]).toContain(state.status);
      }),
      { numRuns: 500 },
    );
  });
});
