import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedPayout } from "#domain/board/events";
import { adjustPayouts, planPayouts } from "#domain/board/plan-payouts";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, OPENED_AT, openCommand } from "../../support/board.ts";

const AT = BEFORE_DEADLINE.toISOString();

const board = fc.record({ goal: fc.integer({ min: 1, max: 500_000 }), cause: fc.boolean() }).map(({ goal, cause }) => {
  const { boardId, partnerId, hostId } = openCommand();
  const kind = cause
    ? ({ giftType: "philanthropy", payoutMethod: "philanthropy_donation" } as const)
    : ({ giftType: "takealot_product", payoutMethod: "takealot_gift_card" } as const);
  return { boardId, partnerId, hostId, ...kind, goal: cents(goal), openedAt: OPENED_AT.toISOString(), hostSince: null };
});
const pot = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000 })).map(cents);
const plan = (terms: Parameters<typeof planPayouts>[0], payable: ReturnType<typeof cents>) =>
  planPayouts(terms, payable, BEFORE_DEADLINE);

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
const grossOf = (payouts: readonly PlannedPayout[]) => sum(payouts.map((payout) => payout.gross));
const partOf = (payouts: readonly PlannedPayout[], type: "gift" | "overflow") =>
  sum(payouts.flatMap(({ items }) => items.filter((item) => item.type === type).map(({ amount }) => amount)));
/** The payouts without their amounts. */
const shapeOf = (payouts: readonly PlannedPayout[]) =>
  payouts.map(({ id, type, items }) => ({ id, type, items: items.map((item) => `${item.id} ${item.type}`) }));

function expectSplit(payouts: readonly PlannedPayout[], payable: number, goal: number): void {
  expect(grossOf(payouts)).toBe(payable);
  expect(partOf(payouts, "gift")).toBe(Math.min(payable, goal));
  expect(partOf(payouts, "overflow")).toBe(Math.max(0, payable - goal));
  for (const payout of payouts) {
    expect(sum(payout.items.map(({ amount }) => amount))).toBe(payout.gross);
    expect(payout.net).toBe(payout.gross - payout.fee);
    for (const { amount } of payout.items) expect(amount).toBeGreaterThanOrEqual(0);
  }
}

describe("planPayouts", () => {
  it("planPayouts splits any pot into the gift, up to the goal, and the rest", () => {
    fc.assert(fc.property(board, pot, (terms, payable) => expectSplit(plan(terms, payable), payable, terms.goal)));
  });

  it("an empty pot has no payout", () => {
    fc.assert(
      fc.property(board, (terms) => {
        expect(plan(terms, cents(0))).toEqual([]);
      }),
    );
  });
});

describe("adjustPayouts", () => {
  const pots = fc.array(pot, { minLength: 2, maxLength: 5 });

  it("adjustPayouts follows the pot, keeps every payout and item, and announces payouts that rise from zero", () => {
    fc.assert(
      fc.property(board, pots, (terms, [first = cents(0), ...following]) => {
        let payouts = plan(terms, first);
        for (const payable of following) {
          const before = payouts;
          const adjusted = adjustPayouts({ payouts: before, at: AT }, terms, payable);
          payouts = adjusted.payouts;
          expectSplit(payouts, payable, terms.goal);
          const had = new Map(before.map(({ id, gross }) => [id, gross]));
          const risen = payouts.filter(({ id, gross }) => gross > 0 && !had.get(id)).map(({ id }) => id);
          expect(adjusted.ready).toEqual(risen);
          for (const { id, type, items } of shapeOf(before)) {
            const now = shapeOf(payouts).find((payout) => payout.id === id);
            expect(now?.type).toBe(type);
            expect(now?.items).toEqual(expect.arrayContaining(items));
          }
          expect(new Set(payouts.map(({ id }) => id)).size).toBe(payouts.length);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("adjusted payouts above zero depend only on the current pot, not on earlier pots", () => {
    fc.assert(
      fc.property(board, pots, (terms, [first = cents(0), ...following]) => {
        const last = following.at(-1) ?? first;
        const payouts = following.reduce(
          (adjusted, payable) => adjustPayouts({ payouts: adjusted, at: AT }, terms, payable).payouts,
          plan(terms, first),
        );
        const paying = payouts
          .filter(({ gross }) => gross > 0)
          .map((payout) => ({ ...payout, items: payout.items.filter(({ amount }) => amount > 0) }));

        expect(paying).toEqual(expect.arrayContaining(plan(terms, last)));
        expect(paying).toHaveLength(plan(terms, last).length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("adjustPayouts does not change its arguments", () => {
    fc.assert(
      fc.property(board, pot, pot, (terms, payable, next) => {
        const payouts = plan(terms, payable);
        const before = JSON.stringify(payouts);
        adjustPayouts({ payouts, at: AT }, terms, next);
        expect(JSON.stringify(payouts)).toBe(before);
      }),
    );
  });
});
