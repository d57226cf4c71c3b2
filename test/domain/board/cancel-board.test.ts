import { describe, expect, it } from "vitest";
import type { BoardStatus } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, History, OPERATOR, types } from "./history.ts";

describe("cancelling a board", () => {
  const boards: Record<Exclude<BoardStatus, "paid_out">, () => History> = {
    draft: () => {
      const board = new History();
      board.state.status = "draft";
      return board;
    },
    active: () => new History(),
    funded: () => {
      const board = new History({ goal: cents(10_000) });
      board.paid(20_000);
      return board;
    },
    closed: () => {
      const board = new History();
      board.close();
      return board;
    },
    expired: () => {
      const board = new History();
      board.play({ type: "pass_deadline" }, AFTER_DEADLINE);
      return board;
    },
    cancelled: () => {
      const board = new History();
      board.cancel();
      return board;
    },
  };

  it.each([
    ["draft", ["board_cancelled"]],
    ["active", ["board_cancelled"]],
    ["funded", ["board_cancelled", "refund_requested"]],
    ["closed", ["refused: cannot_cancel"]],
    ["expired", ["refused: cannot_cancel"]],
    ["cancelled", []],
  ] as const)("that is %s gives %j", (status, expected) => {
    const board = boards[status]();
    expect(board.state.status).toBe(status);

    expect(types(board.cancel())).toEqual(expected);
    expect(board.state.status).toBe(expected[0] === "board_cancelled" ? "cancelled" : status);
  });

  it("that is paid out is refused", () => {
    const board = boards.closed();
    board.state.status = "paid_out";

    expect(board.cancel()).toEqual({ refused: "cannot_cancel", status: "paid_out" });
  });

  it("says who did it, and where the board stands", () => {
    const board = new History();
    board.paid(20_000);

    expect(board.play({ type: "cancel_board", by: OPERATOR })).toMatchObject([
      { cancelledBy: OPERATOR, after: { status: "cancelled", raised: 19_400, contributionCount: 1 } },
      { type: "refund_requested", amount: 20_000, cause: "board_cancelled" },
    ]);
  });

  it("asks every completed contribution back once, whole, and no other", () => {
    const board = new History();
    const paid = [board.paid(20_000), board.paid(30_000)];
    board.contribution(40_000);
    board.report(board.contribution(50_000), { status: "failed" });
    board.report(board.contribution(60_000), { status: "processing" });
    const goingBack = board.paid(70_000);
    board.giveBack(goingBack);
    const gone = board.paid(80_000);
    board.report(gone, { status: "refunded" });
    const asked = board.cancel();

    expect(asked).toMatchObject([
      { type: "board_cancelled" },
      { type: "refund_requested", contributionId: board.of(paid[0] ?? "").id, amount: 20_000 },
      { type: "refund_requested", contributionId: board.of(paid[1] ?? "").id, amount: 30_000 },
    ]);
    expect(asked).toHaveLength(3);
    expect(board.cancel()).toEqual([]);
  });

  it("twice paid asks for each payment once", () => {
    const board = new History();
    const reference = board.paid(20_000);
    board.report(reference, { providerPaymentId: "pf-other" });
    board.cancel();

    expect([...board.of(reference).refunds.values()]).toMatchObject([
      { providerPaymentId: "pf-other", cause: "surplus_payment" },
      { providerPaymentId: `pf-${reference}`, cause: "board_cancelled" },
    ]);
  });

  it("sends back what comes after it, and says why", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.cancel();

    expect(types(board.report(reference))).toEqual(["payment_completed", "refund_requested"]);
    expect(board.report(reference)).toEqual([]);
    expect(board.refund(reference)).toMatchObject({ amount: 20_000, cause: "board_cancelled" });
  });

  it("ends at nothing raised when all of it is back", () => {
    const board = new History();
    const references = [board.paid(20_000), board.paid(30_000)];
    board.cancel();
    for (const reference of references) board.reportRefund(reference, "completed");

    expect(board.state).toMatchObject({ status: "cancelled", raised: 0, contributionCount: 0 });
  });

  it("is not undone by closing or the deadline", () => {
    const board = boards.cancelled();

    expect(board.close()).toEqual({ refused: "cannot_close", status: "cancelled" });
    expect(board.play({ type: "pass_deadline" }, AFTER_DEADLINE)).toEqual([]);
  });
});
