import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moneyStatement, withNames } from "#domain/board/money-statement";
import { recount } from "#domain/board/pot";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, later, TestBoard } from "../../support/board.ts";
import { fuzzRuns } from "../../support/fuzz-runs.ts";
import { opening, playHistory, steps } from "./random-history.ts";

const TIMEOUT_MS = 300_000;

type Stated = Pick<TestBoard, "journal" | "board">;

function statementOf({ journal, board }: Stated) {
  const { state } = board;
  if (!state.terms) throw new Error("the board is not open");
  const contributor = (id: string) => journal.contributorProfile(id);
  const statement = moneyStatement({ state, terms: state.terms, contributor });
  return { ...statement, contributions: withNames(statement.contributions, contributor) };
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe("the money statement of any board", () => {
  it(
    "its totals equal the pot, its lines add up to its totals, and its payouts add up to what is paid out",
    () => {
      fc.assert(
        fc.property(opening, steps, (first, history) => {
          const { board, journal, state, broken } = playHistory(first, history);
          fc.pre(broken.size === 0);
          const { contributions, payouts, extras, totals } = statementOf({ board, journal });

          const { counted, returning, payable } = recount(state);
          expect([totals.raised, totals.returning.net, totals.payable]).toEqual([counted, returning, payable]);
          expect(totals.inPot.count + totals.returning.count).toBe(state.contributionCount);
          for (const of of ["count", "amount", "fee", "net"] as const) {
            const parts = [totals.inPot, totals.returning, totals.refunded].map((part) => part[of]);
            expect(totals.received[of]).toBe(sum(parts));
          }
          expect(totals.received.amount).toBe(sum(contributions.map(({ fee, net }) => fee + net)));
          expect(totals.payouts).toEqual({
            count: payouts.length,
            gross: sum(payouts.map(({ gross }) => gross)),
            fee: sum(payouts.map(({ fee }) => fee)),
            net: sum(payouts.map(({ net }) => net)),
          });
          expect(totals.unplanned).toBe(state.closing ? 0 : payable);
          expect(totals.payouts.gross + totals.unplanned).toBe(payable + totals.lost);
          // Every payment that a provider reported is one line, of its own or beside the contribution it was for.
          const reported = [...state.contributions.values()].flatMap(({ providerPaymentId, refunds }) =>
            [...refunds.keys()].filter((payment) => payment !== providerPaymentId),
          );
          expect(extras.length).toBeGreaterThanOrEqual(reported.length);
        }),
        { numRuns: fuzzRuns(500) },
      );
    },
    TIMEOUT_MS,
  );
});

describe("the lines of a money statement", () => {
  it("a contribution says who paid what, how, and where the money is", () => {
    const board = new TestBoard();
    const thandi = board.paid(20_000, BEFORE_DEADLINE, { name: "Thandi Mokoena" });
    board.paid(10_000, later(BEFORE_DEADLINE, 1_000));
    const back = board.paid(5_000, later(BEFORE_DEADLINE, 2_000), { name: "Pieter" });
    board.contribution(30_000, { contributor: { name: "Never paid" } });
    board.requestRefund(thandi);
    board.requestRefund(back);
    board.reportRefund(back, "completed");

    const { contributions, totals } = statementOf(board);

    expect(
      contributions.map(({ name, amount, fee, net, state, method }) => [name, amount, fee, net, state, method]),
    ).toEqual([
      ["Thandi Mokoena", 20_000, 600, 19_400, "returning", "payfast"],
      [null, 10_000, 300, 9_700, "in_pot", "payfast"],
      ["Pieter", 5_000, 300, 4_700, "refunded", "payfast"],
    ]);
    expect(totals).toMatchObject({ raised: 29_100, payable: 9_700, unplanned: 9_700 });
  });

  it("a second payment, and one of another amount, are beside the pot until they are back", () => {
    const board = new TestBoard();
    const twice = board.paid(20_000, undefined, { name: "Thandi" });
    board.report(twice, { providerPaymentId: "pf-second" });
    const wrong = board.contribution(30_000, { contributor: { name: "Pieter" } });
    board.report(wrong, { amount: cents(29_999), providerPaymentId: "pf-wrong" });
    const lines = () => statementOf(board).extras.map(({ name, amount, why, state }) => [name, amount, why, state]);

    expect(lines()).toEqual([
      ["Thandi", 20_000, "paid_again", "returning"],
      ["Pieter", 29_999, "wrong_amount", "waiting"],
    ]);
    board.reportRefund(twice, "completed", { providerPaymentId: "pf-second" });
    board.requestRefund(wrong, "pf-wrong");

    expect(lines()).toEqual([
      ["Thandi", 20_000, "paid_again", "refunded"],
      ["Pieter", 29_999, "wrong_amount", "returning"],
    ]);
    expect(statementOf(board).totals.payable).toBe(19_400);
  });

  it("what a bank takes back after it was paid out is a loss, and the payouts still add up", () => {
    const board = new TestBoard({ goal: cents(10_000) });
    const taken = board.paid(20_000);
    board.close();
    for (const nth of board.payouts.keys()) board.completePayout(nth);
    board.report(taken, { status: "refunded" }, AFTER_DEADLINE);

    const { contributions, payouts, totals } = statementOf(board);

    expect(contributions).toMatchObject([{ state: "refunded" }]);
    expect(payouts.map(({ type, gross, status }) => [type, gross, status])).toEqual([
      ["takealot_gift_card", 10_000, "completed"],
      ["philanthropy_donation", 9_400, "completed"],
    ]);
    expect(totals).toMatchObject({ payable: 0, lost: 19_400, payouts: { gross: 19_400 }, unplanned: 0 });
  });

  it("money that came after closing is marked as late", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.paid(10_000);
    board.close();
    board.report(reference, {}, AFTER_DEADLINE);

    expect(statementOf(board).contributions).toMatchObject([
      { amount: 10_000, late: false, state: "in_pot" },
      { amount: 20_000, late: true, state: "returning" },
    ]);
  });
});
