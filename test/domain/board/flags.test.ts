import { describe, expect, it } from "vitest";
import { flagsOfCompletion, openFlags } from "#domain/board/flags";
import { netOf } from "#domain/fees";
import { type Cents, cents } from "#domain/money";
import { BEFORE_DEADLINE, History, later, OPENED_AT, OPERATOR, types } from "./history.ts";

const DAY_MS = 86_400_000;
const kinds = (board: History) => openFlags(board.state).map(({ flag }) => flag);

/** The charge of which exactly `net` reaches the pot. */
function chargeFor(net: number): Cents {
  const guess = Math.round(net / 0.97);
  const charge = [-1, 0, 1].map((off) => cents(guess + off)).find((amount) => netOf(amount) === net);
  if (charge === undefined) throw new Error(`no charge leaves ${net}`);
  return charge;
}

/** Fills a pot with exactly `pot` cents by one last payment at `at`; what came before is too little for any flag. */
function boardWithPot(pot: number, at: Date, hostSince?: Date): History {
  const board = new History({ goal: cents(5_000_000), ...(hostSince && { hostSince }) });
  const last = 100_000;
  for (let left = pot - last; left > 0; ) {
    const net = left > 970_000 ? 400_000 : left;
    board.paid(chargeFor(net), later(OPENED_AT, 15 * DAY_MS));
    left -= net;
  }
  expect(kinds(board)).toEqual([]);
  board.paid(chargeFor(last), at);
  expect(board.state.raised).toBe(pot);
  return board;
}

describe("a pot that grows fast", () => {
  it.each([
    ["R5,000 in the first minute", 500_000, 0, []],
    ["a cent over R5,000 in the first minute", 500_001, 0, ["new_board_spike"]],
    ["a cent over R5,000 in the last millisecond of the first day", 500_001, DAY_MS - 1, ["new_board_spike"]],
    ["a cent over R5,000 when the board is a day old", 500_001, DAY_MS, []],
  ])("%s", (_, pot, age, expected) => {
    expect(kinds(boardWithPot(pot, later(OPENED_AT, age)))).toEqual(expected);
  });
});

describe("a pot of a host we hardly know", () => {
  const at = later(OPENED_AT, 10 * DAY_MS);

  it.each([
    ["R10,000", 1_000_000, later(at, -DAY_MS), []],
    ["a cent over R10,000", 1_000_001, later(at, -DAY_MS), ["new_host"]],
    ["a cent over, a millisecond before the week is over", 1_000_001, later(at, -7 * DAY_MS + 1), ["new_host"]],
    ["a cent over, when the week is over", 1_000_001, later(at, -7 * DAY_MS), []],
    ["a cent over, of a host nobody dated", 1_000_001, undefined, []],
  ])("%s", (_, pot, hostSince, expected) => {
    expect(kinds(boardWithPot(pot, at, hostSince))).toEqual(expected);
  });

  it("on its first day is flagged for both", () => {
    expect(kinds(boardWithPot(1_000_001, OPENED_AT, OPENED_AT))).toEqual(["new_board_spike", "new_host"]);
  });
});

describe("a single high amount", () => {
  it.each([
    [1_000_000, []],
    [1_000_001, ["high_value"]],
  ])("of %i cents, should it ever be allowed, gives %j", (amount, expected) => {
    const board = new History();
    const contribution = { ...board.of(board.contribution(20_000)), amount: cents(amount) };
    const { terms } = board.state;
    if (!terms) throw new Error("not opened");
    const flags = flagsOfCompletion(board.state, terms, contribution, { raised: 1, now: BEFORE_DEADLINE });

    expect(flags.map(({ flag }) => flag)).toEqual(expected);
  });
});

describe("what was odd when a contribution began", () => {
  it("counts once its money is there", () => {
    const board = new History();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    expect(kinds(board)).toEqual([]);
    board.report(reference);

    expect(openFlags(board.state)).toMatchObject([
      { flag: "unexpected_country", contributionId: board.of(reference).id, cleared: false },
    ]);
  });

  it("holds nothing up when the money comes too late: it goes back anyway", () => {
    const board = new History();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    board.close();
    board.report(reference);

    expect(kinds(board)).toEqual([]);
  });
});

describe("a flag", () => {
  it("about the board is raised once, cleared or not", () => {
    const board = boardWithPot(500_001, OPENED_AT);
    board.paid(20_000, OPENED_AT);
    expect(kinds(board)).toEqual(["new_board_spike"]);
    board.clear("new_board_spike");
    board.paid(20_000, OPENED_AT);

    expect(kinds(board)).toEqual([]);
    expect(types(board.events).filter((type) => type === "flag_raised")).toHaveLength(1);
  });

  it("is cleared by somebody, once", () => {
    const board = boardWithPot(500_001, OPENED_AT);

    expect(board.clear("new_board_spike")).toEqual([
      { type: "flag_cleared", flag: "new_board_spike", contributionId: null, clearedBy: OPERATOR },
    ]);
    expect(board.clear("new_board_spike")).toEqual([]);
  });

  it("that was never raised cannot be cleared", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    const { id } = board.of(reference);
    board.report(reference, { amount: cents(1) });

    expect(board.clear("new_host")).toEqual({ refused: "unknown_flag" });
    expect(board.clear("amount_mismatch", id)).toEqual({ refused: "unknown_flag" });
    expect(board.clear("amount_mismatch", id, "pf-other")).toEqual({ refused: "unknown_flag" });
    expect(types(board.clear("amount_mismatch", id, `pf-${reference}`))).toEqual(["flag_cleared"]);
  });

  it("about a wrong amount, cleared, does not take the chance to send the money back", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(1_234), providerPaymentId: "pf-odd" });
    board.clear("amount_mismatch", board.of(reference).id, "pf-odd");

    expect(board.giveBack(reference, "pf-odd")).toMatchObject([{ type: "refund_requested", amount: 1_234 }]);
  });
});

describe("payouts", () => {
  const flagged = () => {
    const board = new History();
    const references = [1, 2].map(() => board.contribution(20_000, { signals: ["unexpected_country"] }));
    for (const reference of references) board.report(reference);
    return { board, ids: references.map((reference) => board.of(reference).id), reference: references[0] ?? "" };
  };

  it("are free without a flag", () => {
    const board = new History();
    board.paid(20_000);

    expect(board.close()).not.toHaveProperty([0, "held"]);
    expect(board.state.closing?.held).toBe(false);
  });

  it("are free when every flag was cleared before closing", () => {
    const { board, ids } = flagged();
    for (const id of ids) board.clear("unexpected_country", id);
    board.close();

    expect(board.state.closing?.held).toBe(false);
  });

  it("are held while a flag is open, and released once, with the last of them", () => {
    const { board, ids } = flagged();
    expect(board.close()).toMatchObject([{ type: "board_closed", held: true }]);

    expect(types(board.clear("unexpected_country", ids[0]))).toEqual(["flag_cleared"]);
    expect(board.state.closing?.held).toBe(true);
    expect(types(board.clear("unexpected_country", ids[1]))).toEqual(["flag_cleared", "payouts_released"]);
    expect(board.state.closing?.held).toBe(false);
    expect(board.clear("unexpected_country", ids[1])).toEqual([]);
  });

  it("stay held for a flag that was raised after closing", () => {
    const { board, ids, reference } = flagged();
    board.close();
    board.report(reference, { amount: cents(1), providerPaymentId: "pf-odd" });
    for (const id of ids) board.clear("unexpected_country", id);
    expect(board.state.closing?.held).toBe(true);

    expect(types(board.clear("amount_mismatch", ids[0], "pf-odd"))).toEqual(["flag_cleared", "payouts_released"]);
  });

  it("that were released are not held again, nor released again", () => {
    const { board, ids, reference } = flagged();
    board.close();
    for (const id of ids) board.clear("unexpected_country", id);
    board.report(reference, { amount: cents(1), providerPaymentId: "pf-odd" });

    expect(board.state.closing?.held).toBe(false);
    expect(types(board.clear("amount_mismatch", ids[0], "pf-odd"))).toEqual(["flag_cleared"]);
  });
});
