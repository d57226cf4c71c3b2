import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { eventsOf, TestBoard, words } from "../../support/board.ts";

describe("cancelling a board", () => {
  it("cancelling requests a refund of every completed contribution, with the totals after each request", () => {
    const board = new TestBoard({ goal: cents(50_000) });
    const first = board.paid(20_000);
    const second = board.paid(30_000);
    const returning = board.paid(70_000);
    board.requestRefund(returning);
    const { openedAt: cancelledAt } = board.of(first);
    const totals = { status: "cancelled", counted: 116_400, contributionCount: 3, updatedAt: cancelledAt };

    expect(eventsOf(board.cancel())).toMatchObject([
      { type: "board_cancelled", after: { ...totals, returning: 67_900 } },
      {
        type: "refund_requested",
        contributionId: board.of(first).id,
        amount: 20_000,
        cause: "board_cancelled",
        attempt: 1,
        after: { ...totals, returning: 67_900 + 19_400 },
      },
      {
        type: "refund_requested",
        contributionId: board.of(second).id,
        amount: 30_000,
        after: { ...totals, returning: 67_900 + 19_400 + 29_100 },
      },
    ]);
    expect(board.state).toMatchObject({ status: "cancelled", counted: 116_400, returning: 116_400 });
    expect(words(board.cancel())).toEqual([]);
  });

  it("cancelling requests no refund of a contribution that is unpaid or already refunded", () => {
    const board = new TestBoard();
    board.contribution(40_000);
    board.report(board.contribution(50_000), { status: "failed" });
    board.report(board.contribution(60_000), { status: "processing" });
    board.report(board.paid(80_000), { status: "refunded" });

    expect(words(board.cancel())).toEqual(["board_cancelled"]);
  });

  it("after a cancellation each of two payments of a contribution has one refund", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    board.report(reference, { providerPaymentId: "pf-other" });
    board.cancel();

    expect([...board.of(reference).refunds.values()]).toMatchObject([
      { providerPaymentId: "pf-other", cause: "surplus_payment" },
      { providerPaymentId: `pf-${reference}`, cause: "board_cancelled" },
    ]);
  });

  it("cancelling requests a withdrawn refund again as another attempt", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    board.requestRefund(reference);
    board.withdrawRefund(reference);

    expect(words(board.cancel())).toEqual(["board_cancelled", "refund_requested"]);
    expect(board.refund(reference)).toMatchObject({ status: "requested", attempt: 2, cause: "board_cancelled" });
    expect(board.withdrawRefund(reference).refusal).toEqual({ refused: "cannot_withdraw", status: "requested" });
  });

  it("money that comes after the cancellation is refunded once, with the cause board_cancelled", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.cancel();

    expect(words(board.report(reference))).toEqual(["payment_completed", "refund_requested"]);
    expect(words(board.report(reference))).toEqual([]);
    expect(board.refund(reference)).toMatchObject({ amount: 20_000, cause: "board_cancelled" });
  });

  it("a cancelled board has no money when all of its refunds are completed", () => {
    const board = new TestBoard();
    const references = [board.paid(20_000), board.paid(30_000)];
    board.cancel();
    for (const reference of references) board.reportRefund(reference, "completed");

    expect(board.state).toMatchObject({ status: "cancelled", counted: 0, returning: 0, contributionCount: 0 });
  });
});
