import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payout } from "#domain/board/events";
import type { PayoutStatus } from "#domain/board/lifecycle";
import { enlargePayouts, planPayouts, reducePayouts, supplementaryPayouts } from "#domain/board/plan-payouts";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, OPENED_AT, openCommand } from "../../support/board.ts";

const CLOSED_AT = BEFORE_DEADLINE.toISOString();
const LATER = "2026-06-25T08:00:00.000Z";

function termsOf({ goal, cause = false }: { goal: number; cause?: boolean }) {
  const { boardId, partnerId, hostId } = openCommand();
  const kind = cause
    ? ({ giftType: "philanthropy", payoutMethod: "philanthropy_donation" } as const)
    : ({ giftType: "takealot_product", payoutMethod: "takealot_gift_card" } as const);
  return {
    boardId,
    partnerId,
    hostId,
    ...kind,
    goal: cents(goal),
    openedAt: OPENED_AT.toISOString(),
    hostSince: null,
    sandbox: false,
  };
}
type Terms = ReturnType<typeof termsOf>;

const board = fc.record({ goal: fc.integer({ min: 1, max: 500_000 }), cause: fc.boolean() }).map(termsOf);
const amount = fc.integer({ min: 1, max: 1_000_000 }).map(cents);
const statuses = fc.array(fc.constantFrom<PayoutStatus>("pending", "processing", "completed", "failed"), {
  minLength: 2,
  maxLength: 2,
});

const planned = (terms: Terms, payable: number, as: readonly PayoutStatus[] = []): Payout[] =>
  planPayouts(terms, cents(payable), BEFORE_DEADLINE).map((payout, n) => ({ ...payout, status: as[n] ?? "pending" }));
const growth = (terms: Terms, more: number) =>
  ({
    terms,
    amount: cents(more),
    at: LATER,
    closedAt: CLOSED_AT,
    purpose: { of: "a contribution", attempt: 1 },
  }) as const;
const merged = (payouts: readonly Payout[], changed: readonly Payout[]) => [
  ...new Map([...payouts, ...changed].map((payout) => [payout.id, payout])).values(),
];

const sum = (amounts: readonly number[]) => amounts.reduce((total, one) => total + one, 0);
const grossOf = (payouts: readonly Payout[]) => sum(payouts.map((payout) => payout.gross));
const partOf = (payouts: readonly Payout[], type: "gift" | "overflow") =>
  sum(payouts.flatMap(({ items }) => items.filter((item) => item.type === type).map((item) => item.amount)));
const isUnpaid = ({ status }: Payout) => status === "pending" || status === "failed";
/** `gift 30000 + overflow 18500 pending` for a table. */
const shown = ({ type, items, status }: Payout) =>
  `${type}: ${items.map((item) => `${item.type} ${item.amount}`).join(" + ")}, ${status}`;

function expectSound(payouts: readonly Payout[]): void {
  for (const { items, gross, fee, net } of payouts) {
    expect(sum(items.map((item) => item.amount))).toBe(gross);
    expect(net).toBe(gross - fee);
    for (const item of items) expect(item.amount).toBeGreaterThanOrEqual(0);
  }
}

describe("planPayouts", () => {
  it("planPayouts splits any pot into the gift, up to the goal, and the rest", () => {
    fc.assert(
      fc.property(board, amount, (terms, payable) => {
        const payouts = planned(terms, payable);
        expectSound(payouts);
        expect(grossOf(payouts)).toBe(payable);
        expect(partOf(payouts, "gift")).toBe(Math.min(payable, terms.goal));
        expect(new Set(payouts.map(({ type }) => type)).size).toBe(payouts.length);
      }),
    );
  });

  it("an empty pot has no payout", () => {
    expect([0, -100].map((payable) => planned(termsOf({ goal: 30_000 }), payable))).toEqual([[], []]);
  });
});

describe("a pot that changes after closing", () => {
  it("a smaller pot takes from unpaid payouts only, the charity's share first, and says what they do not cover", () => {
    fc.assert(
      fc.property(board, amount, amount, statuses, (terms, payable, less, as) => {
        const before = planned(terms, payable, as);
        const { payouts, uncovered } = reducePayouts(before, less);
        const after = merged(before, payouts);
        expectSound(after);
        expect(payouts.every(isUnpaid)).toBe(true);
        expect(uncovered).toBe(Math.max(0, less - grossOf(before.filter(isUnpaid))));
        expect(grossOf(after)).toBe(grossOf(before) - less + uncovered);
        if (partOf(after, "gift") < partOf(before, "gift")) {
          expect(partOf(after.filter(isUnpaid), "overflow")).toBe(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("a larger pot gives to unpaid payouts or to new ones, the gift first up to the goal", () => {
    fc.assert(
      fc.property(board, amount, amount, statuses, (terms, payable, more, as) => {
        const before = planned(terms, payable, as);
        const changed = enlargePayouts(before, growth(terms, more));
        const after = merged(before, changed);
        expectSound(after);
        expect(changed.every(isUnpaid)).toBe(true);
        expect(grossOf(after)).toBe(grossOf(before) + more);
        expect(partOf(after, "gift")).toBe(Math.min(terms.goal, payable + more));
      }),
      { numRuns: 1_000 },
    );
  });

  it("a pot that shrinks and grows again has the payouts it had", () => {
    fc.assert(
      fc.property(board, amount, fc.integer({ min: 0, max: 100 }), (terms, payable, percent) => {
        const before = planned(terms, payable);
        const less = cents(Math.floor((payable * percent) / 100));
        const smaller = merged(before, reducePayouts(before, less).payouts);
        expect(merged(smaller, enlargePayouts(smaller, growth(terms, less)))).toEqual(before);
      }),
    );
  });

  it("the payouts of a board follow a change of its pot as the table says", () => {
    const terms = termsOf({ goal: 30_000 });
    type Row = [before: readonly PayoutStatus[], change: number, after: string[]];
    const rows: Row[] = [
      [
        ["pending", "pending"],
        -10_000,
        ["takealot_gift_card: gift 30000, pending", "philanthropy_donation: overflow 8500, pending"],
      ],
      [
        ["pending", "pending"],
        -20_000,
        ["takealot_gift_card: gift 28500, pending", "philanthropy_donation: overflow 0, pending"],
      ],
      [
        ["pending", "completed"],
        -10_000,
        ["takealot_gift_card: gift 20000, pending", "philanthropy_donation: overflow 18500, completed"],
      ],
      [
        ["processing", "failed"],
        -10_000,
        ["takealot_gift_card: gift 30000, processing", "philanthropy_donation: overflow 8500, failed"],
      ],
      [
        ["pending", "pending"],
        1_000,
        ["takealot_gift_card: gift 30000, pending", "philanthropy_donation: overflow 19500, pending"],
      ],
      [
        ["pending", "completed"],
        1_000,
        [
          "takealot_gift_card: gift 30000, pending",
          "philanthropy_donation: overflow 18500, completed",
          "philanthropy_donation: overflow 1000, pending",
        ],
      ],
    ];

    const found = rows.map(([as, change]): Row => {
      const before = planned(terms, 48_500, as);
      const changed =
        change < 0 ? reducePayouts(before, cents(-change)).payouts : enlargePayouts(before, growth(terms, change));
      return [as, change, merged(before, changed).map(shown)];
    });

    expect(found).toEqual(rows);
  });

  it("late money is paid out by payouts of its own, the gift first", () => {
    const terms = termsOf({ goal: 30_000 });
    const before = planned(terms, 29_000);

    expect(supplementaryPayouts(before, growth(terms, 5_000)).map(shown)).toEqual([
      "takealot_gift_card: gift 1000, pending",
      "philanthropy_donation: overflow 4000, pending",
    ]);
    const ids = supplementaryPayouts(before, growth(terms, 5_000)).map(({ id }) => id);
    expect(ids).not.toContain(before[0]?.id);
    expect(supplementaryPayouts(before, growth(terms, 5_000)).map(({ id }) => id)).toEqual(ids);
  });
});
