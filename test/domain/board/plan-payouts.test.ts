import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planPayouts, reducePayouts } from "#domain/board/plan-payouts";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, openCommand } from "./history.ts";

const planned = fc
  .record({
    goal: fc.integer({ min: 1, max: 500_000 }),
    pot: fc.integer({ min: 1, max: 1_000_000 }),
    cause: fc.boolean(),
  })
  .map(({ goal, pot, cause }) => {
    const { boardId, partnerId, hostId } = openCommand();
    const kind = cause
      ? ({ giftType: "philanthropy", payoutMethod: "philanthropy_donation" } as const)
      : ({ giftType: "takealot_product", payoutMethod: "takealot_gift_card" } as const);
    const terms = { boardId, partnerId, hostId, ...kind, goal: cents(goal), hostSince: null };
    return { goal, pot, payouts: planPayouts(terms, pot, BEFORE_DEADLINE) };
  });

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
type Payouts = ReturnType<typeof planPayouts>;
const gross = (payouts: Payouts) => sum(payouts.map((payout) => payout.gross));
const partOf = (payouts: Payouts, type: "gift" | "overflow") =>
  sum(payouts.flatMap(({ items }) => items.filter((item) => item.type === type).map(({ amount }) => amount)));
/** Everything about payouts but their amounts. */
const shape = (payouts: Payouts) =>
  payouts.map(({ id, type, fee, items }) => ({ id, type, fee, items: items.map((item) => [item.id, item.type]) }));

describe("planPayouts", () => {
  it("splits any pot into the gift, up to the goal, and the rest", () => {
    fc.assert(
      fc.property(planned, ({ goal, pot, payouts }) => {
        expect(gross(payouts)).toBe(pot);
        expect(partOf(payouts, "gift")).toBe(Math.min(pot, goal));
        expect(partOf(payouts, "overflow")).toBe(Math.max(0, pot - goal));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([0, -1])("plans nothing for %i cents", (pot) => {
    expect(planPayouts({ ...openCommand(), hostSince: null }, pot, BEFORE_DEADLINE)).toEqual([]);
  });
});

describe("reducePayouts", () => {
  const reduced = planned.chain(({ goal, pot, payouts }) =>
    fc
      .integer({ min: 0, max: pot })
      .map((less) => ({ goal, pot, payouts, less, result: reducePayouts(payouts, less) })),
  );

  it("takes exactly so much, leaves nothing below zero, and keeps ids, types and order", () => {
    fc.assert(
      fc.property(reduced, ({ pot, payouts, less, result }) => {
        expect(gross(result)).toBe(pot - less);
        expect(shape(result)).toEqual(shape(payouts));
        for (const payout of result) {
          expect(sum(payout.items.map(({ amount }) => amount))).toBe(payout.gross);
          expect(payout.net).toBe(payout.gross - payout.fee);
          for (const { amount } of payout.items) expect(amount).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("takes from the gift only what the charity's share did not have: as if the money had never been there", () => {
    fc.assert(
      fc.property(reduced, ({ goal, pot, less, result }) => {
        expect(partOf(result, "gift")).toBe(Math.min(pot - less, goal));
        expect(partOf(result, "overflow")).toBe(Math.max(0, pot - less - goal));
      }),
      { numRuns: 3_000 },
    );
  });

  it("in steps or at once is the same", () => {
    fc.assert(
      fc.property(reduced, fc.nat(1_000), ({ payouts, less, result }, permille) => {
        const first = Math.floor((less * permille) / 1_000);
        expect(reducePayouts(reducePayouts(payouts, first), less - first)).toEqual(result);
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not touch what it was given", () => {
    fc.assert(
      fc.property(planned, ({ pot, payouts }) => {
        const before = JSON.stringify(payouts);
        reducePayouts(payouts, pot);
        expect(JSON.stringify(payouts)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });
});
