import { describe, expect, it } from "vitest";
import { type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import type { Execution } from "#domain/board/board";
import type { ExecutionMethod } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, eventsOf, later, TestBoard, words } from "../../support/board.ts";

const HOUR_MS = 3_600_000;

/** A closed board with a gift of R300 and R185 for the charity. */
function closedBoard() {
  const board = new TestBoard({ goal: cents(30_000) });
  const reference = board.paid(50_000);
  board.close();
  return { board, reference };
}

const partner = ({ opening }: TestBoard, apiKeyId = "key"): Actor => ({
  kind: "partner",
  partnerId: opening.partnerId,
  apiKeyId,
});
const grosses = (board: TestBoard) => board.payouts.map(({ gross }) => gross);
const statuses = (board: TestBoard) => board.payouts.map(({ status }) => status);

describe("paying a payout", () => {
  it("a board is paid out with its last payout, by hand and by the partner, through a failure and a retry", () => {
    const { board } = closedBoard();
    const by = partner(board);

    expect(words(board.startPayout(0))).toEqual(["payout_started"]);
    expect(words(board.failPayout(0))).toEqual(["payout_failed"]);
    expect(words(board.retryPayout(0))).toEqual(["payout_retried"]);
    expect(words(board.completePayout(0))).toEqual(["payout_completed"]);
    expect(board.state.status).toBe("closed");
    expect(words(board.completePayout(1, { method: "partner", by }))).toEqual(["payout_completed", "board_paid_out"]);
    expect(board.state.status).toBe("paid_out");
    expect(board.payouts).toMatchObject([
      { status: "completed", attempt: 2, completion: { externalRef: "order-1", by: ADMIN } },
      { status: "completed", attempt: 1, completion: { externalRef: "order-1", by } },
    ]);
  });

  it("exactly one caller starts a payout, and the same claim again changes nothing", () => {
    const { board } = closedBoard();

    expect(words(board.startPayout(0, { execution: "a" }))).toEqual(["payout_started"]);
    expect(words(board.startPayout(0, { execution: "a" }))).toEqual([]);
    expect(board.startPayout(0, { execution: "b" }).refusal).toEqual({
      refused: "cannot_start_payout",
      status: "processing",
      by: ADMIN,
    });
  });

  it("completing again is accepted from whoever completed it, with the same reference only", () => {
    const { board } = closedBoard();
    board.completePayout(0, { method: "partner", by: partner(board) });
    const other: Actor = { kind: "partner", partnerId: "other", apiKeyId: "key" };
    const again = (by: Actor, externalRef: string) =>
      words(board.completePayout(0, { method: by.kind === "partner" ? "partner" : "hand", by, externalRef }));

    expect([
      again(partner(board), "order-1"),
      again(partner(board, "another key"), "order-1"),
      again(partner(board), "order-2"),
      again(ADMIN, "order-1"),
      again(other, "order-1"),
    ]).toEqual([
      [],
      [],
      ["refused: cannot_complete_payout"],
      ["refused: cannot_complete_payout"],
      ["refused: unknown_board"],
    ]);
    expect(board.completePayout(0).refusal).toMatchObject({ status: "completed", by: partner(board) });
  });

  it("a payout takes only the steps that are allowed to who asks", () => {
    type Step = "start" | "complete" | "fail" | "retry";
    const begin: Record<string, (board: TestBoard) => void> = {
      pending: () => {},
      "processing by hand": (board) => board.startPayout(0, { execution: "one" }),
      "processing by an executor": (board) => board.startPayout(0, { method: "automation", execution: "one" }),
      failed: (board) => board.failPayout(0),
      completed: (board) => board.completePayout(0, { externalRef: "before" }),
    };
    const ask: Record<Step, (board: TestBoard, method: ExecutionMethod, by: Actor) => Execution> = {
      start: (board, method, by) => board.startPayout(0, { method, by, execution: "two" }),
      complete: (board, method, by) => board.completePayout(0, { method, by, execution: "one" }),
      fail: (board, method, by) => board.failPayout(0, { method, by, execution: "one" }),
      retry: (board) => board.retryPayout(0),
    };
    const ok: Record<Step, string[]> = {
      start: ["payout_started"],
      complete: ["payout_completed"],
      fail: ["payout_failed"],
      retry: ["payout_retried"],
    };
    const rows: [string, ExecutionMethod, Partial<Record<Step, "ok" | "under way" | "nothing">>][] = [
      ["pending", "hand", { start: "ok", complete: "ok", fail: "ok" }],
      ["pending", "partner", { start: "ok", complete: "ok", fail: "ok" }],
      ["pending", "automation", { start: "ok", complete: "under way", fail: "under way" }],
      ["processing by hand", "hand", { complete: "ok", fail: "ok" }],
      ["processing by hand", "partner", { complete: "under way", fail: "under way" }],
      ["processing by hand", "automation", { complete: "ok", fail: "ok" }],
      ["processing by an executor", "hand", { complete: "ok", fail: "under way" }],
      ["processing by an executor", "partner", { complete: "under way", fail: "under way" }],
      ["processing by an executor", "automation", { complete: "ok", fail: "ok" }],
      ["failed", "hand", { fail: "nothing", retry: "ok" }],
      ["failed", "partner", { fail: "nothing", retry: "ok" }],
      ["completed", "hand", {}],
      ["completed", "partner", {}],
    ];

    const found = rows.map(([state, method]) => {
      const answers: [string, string][] = [];
      for (const step of Object.keys(ask) as Step[]) {
        const { board } = closedBoard();
        begin[state]?.(board);
        const by = method === "partner" ? partner(board) : method === "hand" ? ADMIN : SYSTEM;
        const said = words(ask[step](board, method, by));
        const isOk = said[0] === ok[step][0];
        if (isOk) answers.push([step, "ok"]);
        else if (said.length === 0) answers.push([step, "nothing"]);
        else if (said[0] === "refused: payout_under_way") answers.push([step, "under way"]);
        else expect(said).toEqual([`refused: cannot_${step}_payout`]);
      }
      return [state, method, Object.fromEntries(answers)];
    });

    expect(found).toEqual(rows);
  });

  it("an executor reports only the attempt it began itself", () => {
    const { board } = closedBoard();
    board.startPayout(0, { method: "automation", execution: "first" });
    board.failPayout(0, { method: "automation", execution: "first" });
    board.retryPayout(0);
    board.startPayout(0, { method: "automation", execution: "second" });

    expect(words(board.completePayout(0, { method: "automation", execution: "first" }))).toEqual([
      "refused: payout_under_way",
    ]);
    expect(words(board.completePayout(0, { method: "automation", execution: "second" }))).toEqual(["payout_completed"]);
  });

  it("a person gives up an executor's payout only after its outcome was unknown for 24 hours", () => {
    const { board } = closedBoard();
    board.startPayout(0, { method: "automation", at: AFTER_DEADLINE });
    const failAfter = (ms: number) => words(board.failPayout(0, { at: later(AFTER_DEADLINE, ms) }));

    expect(failAfter(24 * HOUR_MS - 1)).toEqual(["refused: payout_under_way"]);
    expect(failAfter(24 * HOUR_MS)).toEqual(["payout_failed"]);
  });

  it("a payout that does not exist, or has nothing left to pay, is refused", () => {
    const { board, reference } = closedBoard();
    board.requestRefund(reference);
    const payoutId = "none";

    expect(grosses(board)).toEqual([0, 0]);
    for (const outcome of [board.startPayout(0), board.completePayout(0), board.failPayout(0)]) {
      expect(words(outcome)).toEqual(["refused: nothing_to_pay"]);
    }
    expect([
      board.outcome({ type: "start_payout", payoutId, method: "hand", execution: "one" }),
      board.outcome({ type: "retry_payout", payoutId }),
    ]).toEqual([["refused: unknown_payout"], ["refused: unknown_payout"]]);
  });
});

describe("holds", () => {
  it("a held payout can be neither started nor completed, and says what holds it", () => {
    const { board } = closedBoard();
    expect(words(board.hold())).toEqual(["payout_hold_placed"]);
    expect(words(board.hold())).toEqual([]);

    expect(board.startPayout(0).refusal).toEqual({
      refused: "payouts_held",
      holds: [{ reason: "person", contributionId: null, providerPaymentId: null }],
    });
    expect(words(board.completePayout(0))).toEqual(["refused: payouts_held"]);
    expect(words(board.liftHold())).toEqual(["payout_hold_lifted", "payouts_released"]);
    expect(words(board.liftHold())).toEqual([]);
    expect(words(board.startPayout(0))).toEqual(["payout_started"]);
  });

  it("a hold that is placed before closing holds the payouts from their beginning", () => {
    const board = new TestBoard();
    board.paid(20_000);
    board.hold();

    expect(eventsOf(board.close())).toMatchObject([{ type: "board_closed", held: true }]);
    expect(eventsOf(board.liftHold())).toMatchObject([{}, { type: "payouts_released", payouts: board.payouts }]);
  });

  it("the payouts are released with the last of several holds", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    board.report(reference);
    board.close();
    board.hold();

    expect(words(board.liftHold())).toEqual(["payout_hold_lifted"]);
    expect(board.holds).toEqual(["unexpected_country"]);
    board.hold();
    board.clear("unexpected_country", board.of(reference).id);
    expect(words(board.liftHold())).toEqual(["payout_hold_lifted", "payouts_released"]);
  });

  it("a payout under way can be completed although the board is held by now: its money may be gone", () => {
    const { board } = closedBoard();
    board.startPayout(0, { method: "automation", execution: "one" });
    board.hold();

    expect(words(board.completePayout(0, { method: "automation", execution: "one" }))).toEqual(["payout_completed"]);
    expect(words(board.startPayout(1))).toEqual(["refused: payouts_held"]);
  });

  it("a retried payout is announced as ready only when nothing holds it", () => {
    const { board } = closedBoard();
    board.failPayout(0);
    board.hold();
    expect(eventsOf(board.retryPayout(0))).toMatchObject([{ type: "payout_retried", ready: false }]);

    expect(eventsOf(board.liftHold())).toMatchObject([{}, { payouts: [{ attempt: 2 }, { attempt: 1 }] }]);
  });

  it("only a board that may still pay can be held", () => {
    const ends: [string, (board: TestBoard) => unknown, string[]][] = [
      ["open", () => {}, ["payout_hold_placed"]],
      ["closed", (board) => board.close(), ["payout_hold_placed"]],
      ["cancelled", (board) => board.cancel(), ["refused: cannot_hold"]],
      [
        "paid out",
        (board) => {
          board.close();
          board.completePayout(0);
        },
        ["refused: cannot_hold"],
      ],
    ];

    const found = ends.map(([name, end]) => {
      const board = new TestBoard();
      board.paid(20_000);
      end(board);
      return [name, end, words(board.hold())];
    });

    expect(found).toEqual(ends);
  });
});

describe("refunds and chargebacks after closing", () => {
  it("a refund reduces payouts that nobody has begun to pay, and tells who was told their amount", () => {
    const { board, reference } = closedBoard();
    const second = new TestBoard({ goal: cents(30_000) });
    second.paid(50_000);
    const small = second.paid(10_000);
    second.close();

    expect(eventsOf(second.requestRefund(small))).toMatchObject([
      { type: "refund_requested" },
      { type: "payouts_adjusted", ready: [], updated: [second.payout(1).id], payouts: [{ gross: 18_500 }] },
    ]);
    board.startPayout(0);
    expect(board.requestRefund(reference).refusal).toEqual({ refused: "paid_out_already", uncovered: 30_000 });
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it("a payout that was never announced is not announced as changed", () => {
    const board = new TestBoard();
    board.paid(50_000);
    const small = board.paid(10_000);
    board.hold();
    board.close();

    expect(eventsOf(board.requestRefund(small))[1]).toMatchObject({ type: "payouts_adjusted", ready: [], updated: [] });
  });

  it("a chargeback takes from unpaid payouts first, and what they do not cover is lost", () => {
    const { board, reference } = closedBoard();
    board.completePayout(0);
    const events = eventsOf(board.report(reference, { status: "refunded", amount: null }));

    expect(events.map(({ type }) => type)).toEqual([
      "refund_requested",
      "payouts_adjusted",
      "payment_lost",
      "refund_completed",
      "board_paid_out",
    ]);
    expect(events[2]).toMatchObject({ lost: 30_000 });
    expect(grosses(board)).toEqual([30_000, 0]);
    expect(board.state).toMatchObject({ counted: 0, returning: 0, lost: 30_000, status: "paid_out" });
    expect(board.of(reference).status).toBe("refunded");
  });

  it("a chargeback after the board was paid out is recorded and leaves the tally", () => {
    const { board, reference } = closedBoard();
    board.completePayout(0);
    board.completePayout(1);

    expect(words(board.report(reference, { status: "refunded", amount: null }))).toEqual([
      "refund_requested",
      "payment_lost",
      "refund_completed",
    ]);
    expect(board.state).toMatchObject({ counted: 0, lost: 48_500, status: "paid_out" });
    expect(words(board.report(reference, { status: "refunded", amount: null }))).toEqual([]);
  });

  it("the refund of money that comes back into the pot is paid on top where its payout was paid already", () => {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(50_000);
    const asked = board.paid(10_000);
    board.requestRefund(asked);
    board.close();
    board.completePayout(0);
    board.completePayout(1);
    expect(board.state.status).toBe("paid_out");

    expect(eventsOf(board.withdrawRefund(asked))).toMatchObject([
      { type: "refund_withdrawn" },
      { type: "payouts_adjusted", payouts: [{ type: "philanthropy_donation", gross: 9_700, status: "pending" }] },
    ]);
    expect(statuses(board)).toEqual(["completed", "completed", "pending"]);
  });

  it("money that comes back into the pot twice in one millisecond leaves the payout alone that was paid in between", () => {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(50_000);
    const [one, other] = [board.paid(10_000), board.paid(10_000)];
    board.requestRefund(one);
    board.requestRefund(other);
    board.close();
    board.completePayout(0);
    board.completePayout(1);
    board.withdrawRefund(one);
    board.requestRefund(one);
    board.withdrawRefund(other);
    board.completePayout(2);
    board.withdrawRefund(one);

    expect(grosses(board)).toEqual([30_000, 18_500, 9_700, 9_700]);
    expect(statuses(board)).toEqual(["completed", "completed", "completed", "pending"]);
  });
});

describe("late money", () => {
  it("late money is paid out on top instead of going back, once", () => {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(50_000);
    const late = board.contribution(10_000);
    board.close();
    board.report(late, {}, AFTER_DEADLINE);
    expect(board.state.returning).toBe(9_700);

    expect(eventsOf(board.supplement(late))).toMatchObject([
      { type: "refund_withdrawn" },
      { type: "payout_supplemented", ready: true, payout: { gross: 9_700, type: "philanthropy_donation" } },
    ]);
    expect(words(board.supplement(late))).toEqual([]);
    expect(grosses(board)).toEqual([30_000, 18_500, 9_700]);
    expect(board.state.returning).toBe(0);
    expect(words(board.requestRefund(late))).toEqual(["refund_requested", "payouts_adjusted"]);
    expect(grosses(board)).toEqual([30_000, 18_500, 0]);

    // In the same millisecond again: another payout, not the same one overwritten.
    expect(words(board.supplement(late))).toEqual(["refund_withdrawn", "payout_supplemented"]);
    expect(grosses(board)).toEqual([30_000, 18_500, 0, 9_700]);
  });

  it("money that came in time, or that is being sent back, is not paid out on top", () => {
    const { board, reference } = closedBoard();
    const open = new TestBoard();
    const late = open.contribution(10_000);
    open.paid(20_000);
    open.close();
    open.report(late, {}, AFTER_DEADLINE);
    open.reportRefund(late, "processing");

    expect([words(board.supplement(reference)), words(open.supplement(late))]).toEqual([
      ["refused: not_late"],
      ["refused: cannot_withdraw"],
    ]);
  });

  it("late money of an expired board can only go back", () => {
    const board = new TestBoard();
    const late = board.contribution(10_000, { at: BEFORE_DEADLINE });
    board.passDeadline();
    board.report(late, {}, later(AFTER_DEADLINE, HOUR_MS));

    expect(words(board.supplement(late))).toEqual(["refused: not_late"]);
  });
});
