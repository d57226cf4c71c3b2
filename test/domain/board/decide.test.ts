import { describe, expect, it } from "vitest";
import type { Refusal } from "#domain/board/commands";
import type { BoardEvent } from "#domain/board/events";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, DEADLINE, History, OPENED_AT, openCommand } from "./history.ts";

const types = (outcome: BoardEvent[] | Refusal) =>
  Array.isArray(outcome) ? outcome.map(({ type }) => type) : [`refused: ${outcome.refused}`];

describe("opening a board", () => {
  it("makes it active", () => {
    const board = new History();

    expect(types(board.events)).toEqual(["board_opened"]);
    expect(board.state).toMatchObject({ status: "active", raised: 0 });
  });

  it("again under the same id is old news", () => {
    const board = new History({ boardId: "0197280a-7c00-7000-8000-000000000001" });

    expect(board.play(openCommand({ boardId: "0197280a-7c00-7000-8000-000000000001" }))).toEqual([]);
  });

  it("under another id says the code is taken", () => {
    expect(new History().play(openCommand())).toEqual({ refused: "code_taken" });
  });

  it("is refused when the deadline is not ahead", () => {
    const board = new History({ deadline: OPENED_AT });

    expect(board.play(openCommand({ deadline: OPENED_AT }), OPENED_AT)).toEqual({ refused: "deadline_not_ahead" });
  });
});

describe("a contribution", () => {
  it("is recorded with its fee before anybody pays", () => {
    const board = new History();
    const reference = board.contribution(20_000);

    expect(board.state.contributions.get(reference)).toMatchObject({ amount: 20_000, fee: 600, status: "pending" });
    expect(board.state.raised).toBe(0);
  });

  it("sent twice is one contribution", () => {
    const board = new History();
    board.contribution(20_000, { submission: "same form" });
    const again = {
      contributionId: newId(OPENED_AT),
      submission: "same form",
      provider: "payfast",
      amount: cents(20_000),
    } as const;

    expect(board.play({ type: "open_contribution", ...again })).toEqual([]);
    expect(board.state.contributions.size).toBe(1);
  });

  it("sent again after closing is still the same contribution", () => {
    const board = new History();
    board.contribution(20_000, { submission: "same form" });
    board.play({ type: "close_board", reason: "manual", by: { kind: "system" } });
    const again = {
      contributionId: newId(OPENED_AT),
      submission: "same form",
      provider: "payfast",
      amount: cents(20_000),
    } as const;

    expect(board.play({ type: "open_contribution", ...again })).toEqual([]);
  });

  it.each([
    [1_999, ["refused: amount_out_of_range"]],
    [2_000, ["contribution_opened"]],
    [1_000_000, ["contribution_opened"]],
    [1_000_001, ["refused: amount_out_of_range"]],
  ])("of %i cents gives %j", (amount, expected) => {
    const command = {
      contributionId: newId(OPENED_AT),
      submission: "form",
      provider: "payfast",
      amount: cents(amount),
    } as const;
    const outcome = new History().play({ type: "open_contribution", ...command });

    expect(types(outcome)).toEqual(expected);
  });

  it("is refused at the deadline and on a closed board", () => {
    const command = {
      contributionId: newId(OPENED_AT),
      submission: "form",
      provider: "payfast",
      amount: cents(20_000),
    } as const;
    const late = new History();
    const closed = new History();
    closed.play({ type: "close_board", reason: "manual", by: { kind: "system" } });

    expect(late.play({ type: "open_contribution", ...command }, DEADLINE)).toMatchObject({ refused: "not_accepting" });
    expect(closed.play({ type: "open_contribution", ...command })).toEqual({
      refused: "not_accepting",
      status: "closed",
    });
  });
});

describe("a payment report", () => {
  it("of the exact amount completes the contribution and raises its net", () => {
    const board = new History();
    const reference = board.paid(20_000);

    expect(board.state.contributions.get(reference)?.status).toBe("completed");
    expect(board.state.raised).toBe(19_400);
  });

  it("told twice changes nothing the second time", () => {
    const board = new History();
    const reference = board.paid(20_000);

    expect(board.report(reference)).toEqual([]);
    expect(board.state.raised).toBe(19_400);
  });

  it.each([
    ["a cent too little", 19_999],
    ["a cent too much", 20_001],
    ["no amount", null],
  ])("of %s is refused and changes nothing", (_, amount) => {
    const board = new History();
    const reference = board.contribution(20_000);

    expect(board.report(reference, { amount: amount === null ? null : cents(amount) })).toMatchObject({
      refused: "amount_mismatch",
      expected: 20_000,
      received: amount,
    });
    expect(board.state.contributions.get(reference)?.status).toBe("pending");
  });

  it("for a reference the board never gave is refused", () => {
    const board = new History();
    const reference = `${boardCode(board.boardId)}zzzzzzzzzz`;

    expect(board.report(reference)).toEqual({ refused: "unknown_payment", reference });
  });

  it("from another provider than the guest chose is refused", () => {
    const board = new History();

    expect(board.report(board.contribution(20_000), { provider: "ozow" })).toEqual({
      refused: "provider_mismatch",
      expected: "payfast",
    });
  });

  it("of success after failure counts: the money really arrived", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, { status: "failed", providerStatus: "FAILED" });

    expect(types(board.report(reference))).toEqual(["payment_completed"]);
    expect(board.state.raised).toBe(19_400);
  });

  it.each(["failed", "processing"] as const)("of %s after success is old news", (status) => {
    const board = new History();
    const reference = board.paid(20_000);

    expect(board.report(reference, { status })).toEqual([]);
    expect(board.state.contributions.get(reference)?.status).toBe("completed");
  });

  it("with another payment id for a paid reference is a second payment: recorded, sent back, not in the pot", () => {
    const board = new History();
    const reference = board.paid(20_000);

    expect(types(board.report(reference, { providerPaymentId: "pf-other" }))).toEqual([
      "surplus_payment_received",
      "refund_requested",
    ]);
    expect(board.report(reference, { providerPaymentId: "pf-other" })).toEqual([]);
    expect(board.state.raised).toBe(19_400);
    expect(board.state.contributions.get(reference)?.refund).toBe("none");
  });

  it("after closing is recorded and sent back", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.play({ type: "close_board", reason: "manual", by: { kind: "system" } });

    expect(types(board.report(reference))).toEqual(["payment_completed", "refund_requested"]);
    expect(board.state.contributions.get(reference)?.refund).toBe("requested");
  });

  it("between the deadline and the sweep still counts", () => {
    const board = new History();
    const reference = board.contribution(20_000);

    expect(types(board.report(reference, {}, AFTER_DEADLINE))).toEqual(["payment_completed"]);
  });
});

describe("the goal", () => {
  it.each([
    ["a cent above what was raised", 48_501, []],
    ["exactly what was raised", 48_500, ["goal_reached"]],
    ["below what was raised", 40_000, ["goal_reached"]],
  ])("that is %s gives %j", (_, goal, expected) => {
    const board = new History({ goal: cents(goal) });
    board.paid(50_000);

    expect(types(board.events).slice(3)).toEqual(expected);
  });

  it("is reached once, however much comes after", () => {
    const board = new History({ goal: cents(10_000) });
    board.paid(50_000);
    board.paid(50_000);

    expect(types(board.events).filter((type) => type === "goal_reached")).toHaveLength(1);
    expect(board.state.status).toBe("funded");
  });

  it("does not close the board", () => {
    const board = new History({ goal: cents(10_000) });
    board.paid(50_000);

    expect(board.contribution(20_000)).toHaveLength(20);
  });
});

describe("closing", () => {
  const close = (reason: "manual" | "deadline_reached" | "goal_reached") =>
    ({ type: "close_board", reason, by: { kind: "system" } }) as const;

  it("splits a Takealot pot into the gift and the charity's share, and the sum is what was raised", () => {
    const board = new History({ goal: cents(30_000) });
    board.paid(50_000);
    board.play(close("manual"));

    expect(board.state.closing?.payouts).toMatchObject([
      { type: "takealot_gift_card", gross: 30_000, fee: 0, net: 30_000, items: [{ type: "gift", amount: 30_000 }] },
      {
        type: "philanthropy_donation",
        gross: 18_500,
        fee: 0,
        net: 18_500,
        items: [{ type: "overflow", amount: 18_500 }],
      },
    ]);
  });

  it("gives a philanthropy board one donation whose items document the split", () => {
    const board = new History({ giftType: "philanthropy", payoutMethod: "philanthropy_donation", goal: cents(30_000) });
    board.paid(50_000);
    board.play(close("manual"));

    expect(board.state.closing?.payouts).toMatchObject([
      {
        type: "philanthropy_donation",
        gross: 48_500,
        items: [{ amount: 30_000 }, { type: "overflow", amount: 18_500 }],
      },
    ]);
  });

  it("with nothing raised plans nothing", () => {
    const board = new History();
    board.play(close("manual"));

    expect(board.state).toMatchObject({ status: "closed", closing: { payouts: [] } });
  });

  it("twice is old news", () => {
    const board = new History();
    board.play(close("manual"));

    expect(board.play(close("manual"))).toEqual([]);
  });

  it("for reaching the goal needs the goal, for the deadline the deadline", () => {
    const board = new History();

    expect(board.play(close("goal_reached"))).toEqual({ refused: "goal_not_reached" });
    expect(board.play(close("deadline_reached"))).toEqual({ refused: "deadline_not_reached" });
    expect(types(board.play(close("deadline_reached"), AFTER_DEADLINE))).toEqual(["board_closed"]);
  });

  it("is refused on an expired board", () => {
    const board = new History();
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);

    expect(board.play(close("manual"))).toEqual({ refused: "cannot_close", status: "expired" });
  });
});

describe("the deadline", () => {
  it("closes a board with money and plans its payouts", () => {
    const board = new History();
    board.paid(20_000);
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);

    expect(board.state).toMatchObject({ status: "closed", closing: { reason: "deadline_reached", raised: 19_400 } });
  });

  it("lets a board without money expire", () => {
    const board = new History();
    board.contribution(20_000);
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);

    expect(board.state.status).toBe("expired");
  });

  it("does nothing early, and nothing twice", () => {
    const board = new History();

    expect(board.play({ type: "pass_deadline" }, BEFORE_DEADLINE)).toEqual({ refused: "deadline_not_reached" });
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);
    expect(board.play({ type: "pass_deadline" }, AFTER_DEADLINE)).toEqual([]);
  });
});

describe("a board nobody opened", () => {
  it("takes no command", () => {
    const history = new History({ deadline: OPENED_AT });

    expect(history.play({ type: "pass_deadline" })).toEqual({ refused: "unknown_board" });
    expect(history.report("0000000000aaaaaaaaaa")).toEqual({ refused: "unknown_board" });
  });
});
