import { describe, expect, it } from "vitest";
import { CLOSING_GRACE_MS } from "#domain/board/decide";
import { boardCode, newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, DEADLINE, History, later, OPENED_AT, openCommand, types } from "./history.ts";

const MINUTE_MS = 60_000;

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

  it.each([
    ["paid", "completed", []],
    ["under way", "processing", []],
    ["failed", "failed", ["refused: not_accepting"]],
    ["never paid", null, ["refused: not_accepting"]],
  ] as const)("that is %s, sent again after closing, sends nobody to pay for a closed board", (_, status, expected) => {
    const board = new History();
    const reference = board.contribution(20_000, { submission: "same form" });
    if (status) board.report(reference, { status });
    board.close();
    const again = {
      contributionId: newId(OPENED_AT),
      submission: "same form",
      provider: "payfast",
      amount: cents(20_000),
    } as const;

    expect(types(board.play({ type: "open_contribution", ...again }))).toEqual(expected);
    expect(board.state.contributions.size).toBe(1);
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
  ])("of %s completes nothing: a person must look, once", (_, received) => {
    const board = new History();
    const reference = board.contribution(20_000);
    const amount = received === null ? null : cents(received);

    expect(board.report(reference, { amount })).toEqual([
      {
        type: "flag_raised",
        flag: "amount_mismatch",
        contributionId: board.of(reference).id,
        providerPaymentId: `pf-${reference}`,
        ...(amount !== null && { received: amount }),
      },
    ]);
    expect(board.report(reference, { amount })).toEqual({ refused: "amount_mismatch", expected: 20_000, received });
    expect(board.of(reference).status).toBe("pending");
    expect(board.state.raised).toBe(0);
  });

  it("of a wrong amount for another payment is another flag", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(1) });

    expect(types(board.report(reference, { amount: cents(1), providerPaymentId: "pf-other" }))).toEqual([
      "flag_raised",
    ]);
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
    expect(board.of(reference).status).toBe("completed");
    expect(board.refund(reference)).toBeUndefined();
    expect(board.refund(reference, "pf-other")).toMatchObject({ amount: 20_000, cause: "surplus_payment" });
  });

  it("after closing is recorded and sent back", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.close();

    expect(types(board.report(reference))).toEqual(["payment_completed", "refund_requested"]);
    expect(board.of(reference)).toMatchObject({ status: "completed", late: true });
    expect(board.refund(reference)).toMatchObject({ amount: 20_000, cause: "late_payment", status: "requested" });
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

describe("payments that are open at the deadline", () => {
  const offerUntilDeadline = (board: History) => board.contribution(20_000, { at: later(DEADLINE, -30 * MINUTE_MS) });
  const preparations = {
    none: () => undefined,
    "an offer that stands": offerUntilDeadline,
    "an offer past the deadline": (board: History) =>
      board.contribution(20_000, { at: later(DEADLINE, -2 * MINUTE_MS) }),
    "an offer that ran out before": (board: History) =>
      board.contribution(20_000, { at: later(DEADLINE, -60 * MINUTE_MS - 1) }),
    "a payment the provider works on": (board: History) =>
      board.report(board.contribution(20_000), { status: "processing" }),
    "a payment begun again": (board: History) => {
      const reference = board.contribution(20_000);
      board.report(reference, { status: "failed" });
      board.retry(reference, later(DEADLINE, -MINUTE_MS));
    },
    "a payment begun again, and given up": (board: History) => {
      const reference = board.contribution(20_000);
      board.report(reference, { status: "failed" });
      board.retry(reference);
    },
    "a payment that failed": (board: History) => board.report(offerUntilDeadline(board), { status: "failed" }),
    "a payment that is there": (board: History) => board.report(offerUntilDeadline(board)),
  };

  it.each([
    ["none", 0, false, "closed"],
    ["an offer that stands", 0, false, "payments_open"],
    ["an offer that stands", 0, true, "closed"],
    ["an offer that stands", CLOSING_GRACE_MS - 1, false, "payments_open"],
    ["an offer that stands", CLOSING_GRACE_MS - 1, true, "closed"],
    ["an offer that stands", CLOSING_GRACE_MS, false, "closed"],
    ["an offer that stands", -1, true, "deadline_not_reached"],
    ["an offer past the deadline", 0, false, "payments_open"],
    // It could no longer be paid with, but its news may still be on the way.
    ["an offer past the deadline", 4 * MINUTE_MS, false, "payments_open"],
    ["an offer past the deadline", 4 * MINUTE_MS, true, "closed"],
    ["an offer that ran out before", 0, false, "closed"],
    ["a payment the provider works on", 0, false, "payments_open"],
    ["a payment the provider works on", 0, true, "closed"],
    ["a payment the provider works on", CLOSING_GRACE_MS, false, "closed"],
    ["a payment begun again", 0, false, "payments_open"],
    ["a payment begun again, and given up", 0, false, "closed"],
    ["a payment that failed", 0, false, "closed"],
    ["a payment that is there", 0, false, "closed"],
  ] as const)("%s, %i ms after, providers asked: %s, gives %s", (prepared, ms, providersAsked, expected) => {
    const board = new History();
    board.paid(20_000);
    preparations[prepared](board);
    const outcome = board.play({ type: "pass_deadline", providersAsked }, later(DEADLINE, ms));

    expect("refused" in outcome ? outcome.refused : board.state.status).toBe(expected);
  });

  it("hold up an empty board as well, which then expires, and the money that comes later goes back", () => {
    const board = new History();
    const reference = board.contribution(20_000, { at: later(DEADLINE, -MINUTE_MS) });

    expect(board.play({ type: "pass_deadline" }, DEADLINE)).toEqual({ refused: "payments_open" });
    board.play({ type: "pass_deadline" }, later(DEADLINE, CLOSING_GRACE_MS));
    expect(board.state.status).toBe("expired");
    board.report(reference, {}, later(DEADLINE, CLOSING_GRACE_MS));
    expect(board.refund(reference)).toMatchObject({ cause: "late_payment", status: "requested" });
  });

  it("do not keep a host from closing by hand", () => {
    const board = new History();
    board.contribution(20_000);

    expect(types(board.close())).toEqual(["board_closed"]);
  });
});

describe("a board nobody opened", () => {
  it("takes no command", () => {
    const history = new History({ deadline: OPENED_AT });

    expect(history.play({ type: "pass_deadline" })).toEqual({ refused: "unknown_board" });
    expect(history.report("0000000000aaaaaaaaaa")).toEqual({ refused: "unknown_board" });
  });
});
