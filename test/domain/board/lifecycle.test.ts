import { describe, expect, it } from "vitest";
import {
  acceptsContributions,
  BOARD_STATUSES,
  type BoardStatus,
  type BoardStep,
  nextBoardStatus,
  nextPayoutStatus,
  PAYMENT_STATUSES,
  PAYOUT_STATUSES,
  type PayoutStep,
  paymentMayBecome,
  REFUND_STATUSES,
  refundMayBecome,
} from "#domain/board/lifecycle";
import { AFTER_DEADLINE, TestBoard, words } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

const STEPS: readonly BoardStep[] = ["reach_goal", "close", "expire", "cancel", "settle"];

/** All statuses that can follow `first`, including `first`. */
function reachable<S extends string>(first: S, next: (status: S) => readonly S[]): Set<S> {
  const found = new Set([first]);
  for (const status of found) for (const following of next(status)) found.add(following);
  return found;
}

const afterBoard = (status: BoardStatus) => STEPS.flatMap((step) => nextBoardStatus(status, step) ?? []);
const PAYOUT_STEPS: readonly PayoutStep[] = ["start", "complete", "fail", "retry"];
const afterPayout = (status: (typeof PAYOUT_STATUSES)[number]) =>
  PAYOUT_STEPS.flatMap((step) => nextPayoutStatus(status, step) ?? []);
const afterPayment = (from: (typeof PAYMENT_STATUSES)[number]) =>
  PAYMENT_STATUSES.filter((to) => paymentMayBecome(from, to));
const afterRefund = (from: (typeof REFUND_STATUSES)[number]) =>
  REFUND_STATUSES.filter((to) => refundMayBecome(from, to));

describe("statuses", () => {
  it("paid-out, expired and cancelled boards, refunded payments, completed refunds and payouts are final", () => {
    expect(BOARD_STATUSES.filter((status) => afterBoard(status).length === 0)).toEqual([
      "draft",
      "paid_out",
      "expired",
      "cancelled",
    ]);
    expect(PAYMENT_STATUSES.filter((status) => afterPayment(status).length === 0)).toEqual(["refunded"]);
    expect(PAYOUT_STATUSES.filter((status) => afterPayout(status).length === 0)).toEqual(["completed"]);
    expect(REFUND_STATUSES.filter((status) => afterRefund(status).length === 0)).toEqual(["completed"]);
  });

  it("every status except draft is reachable from the first one", () => {
    expect([...reachable("active", afterBoard)].toSorted()).toEqual(
      BOARD_STATUSES.filter((status) => status !== "draft").toSorted(),
    );
    expect(reachable("pending", afterPayment).size).toBe(PAYMENT_STATUSES.length);
    expect(reachable("pending", afterPayout).size).toBe(PAYOUT_STATUSES.length);
    expect(reachable("requested", afterRefund).size).toBe(REFUND_STATUSES.length);
  });

  it("no status follows itself", () => {
    expect(BOARD_STATUSES.filter((status) => afterBoard(status).includes(status))).toEqual([]);
    expect(PAYMENT_STATUSES.filter((status) => paymentMayBecome(status, status))).toEqual([]);
    expect(REFUND_STATUSES.filter((status) => refundMayBecome(status, status))).toEqual([]);
  });
});

describe("steps of a board", () => {
  it("a board takes exactly the steps that its status allows", async () => {
    /** A board with one contribution that may still be paid. */
    const active = () => {
      const board = new TestBoard();
      board.contribution(200_000);
      return board;
    };
    const ended = (end: (board: TestBoard) => unknown) => () => {
      const board = active();
      end(board);
      return board;
    };
    const boards = {
      active,
      funded: ended((board) => board.paid(200_000)),
      closed: ended((board) => {
        board.paid(20_000);
        board.close();
      }),
      paid_out: ended((board) => {
        board.paid(20_000);
        board.close();
        board.completePayout();
      }),
      expired: ended((board) => board.passDeadline()),
      cancelled: ended((board) => board.cancel()),
    };
    const commands: Record<BoardStep, (board: TestBoard) => unknown> = {
      reach_goal: (board) => board.report([...board.state.references.keys()][0] ?? ""),
      close: (board) => board.close(),
      expire: (board) => board.passDeadline(),
      cancel: (board) => board.cancel(),
      settle: (board) => board.payouts.length > 0 && board.completePayout(),
    };
    const rows = Object.keys(boards).flatMap((status) =>
      STEPS.map((step) => [status as keyof typeof boards, step] as const),
    );

    await everyRow(rows, ([status, step]) => {
      const board = boards[status]();
      expect(board.state.status).toBe(status);
      commands[step](board);
      // A board with money closes at the deadline instead.
      const expected = nextBoardStatus(status, step) ?? (status === "funded" && step === "expire" ? "closed" : status);
      expect(board.state.status).toBe(expected);
    });
  });
});

describe("acceptsContributions", () => {
  it("active and funded boards accept contributions until the instant of the deadline", () => {
    const just = new Date(AFTER_DEADLINE.getTime() - 1);

    expect(BOARD_STATUSES.filter((status) => acceptsContributions(status, AFTER_DEADLINE, just))).toEqual([
      "active",
      "funded",
    ]);
    expect(BOARD_STATUSES.filter((status) => acceptsContributions(status, AFTER_DEADLINE, AFTER_DEADLINE))).toEqual([]);
  });
});

it("a payment and a refund refuse a step that their table does not have", () => {
  const board = new TestBoard();
  const reference = board.paid(20_000);
  expect(words(board.report(reference, { status: "processing" }))).toEqual([]);
  expect(words(board.report(reference, { status: "failed" }))).toEqual([]);
  board.requestRefund(reference);
  board.reportRefund(reference, "completed");

  expect(words(board.reportRefund(reference, "failed"))).toEqual([]);
  expect(words(board.withdrawRefund(reference))).toEqual(["refused: cannot_withdraw"]);
});
