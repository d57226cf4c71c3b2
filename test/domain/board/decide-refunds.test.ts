import { describe, expect, it } from "vitest";
import { REFUND_STATUSES, type RefundStatus } from "#domain/board/lifecycle";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, eventsOf, OPENED_AT, TestBoard, words } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

/** A Takealot board with two paid contributions, of net 48,500 (`large`) and 19,400 (`reference`). */
function boardWithPot({ goal = 30_000, closed = false } = {}) {
  const board = new TestBoard({ goal: cents(goal) });
  const large = board.paid(50_000);
  const reference = board.paid(20_000);
  if (closed) board.close();
  return { board, reference, large };
}

const grosses = (board: TestBoard) => board.payouts.map(({ gross }) => gross);
const idsOfPayouts = (board: TestBoard) => board.payouts.map(({ id }) => id);

describe("requesting a refund", () => {
  it("a refund is of the whole amount with the fee, and its money counts but is not payable", () => {
    const { board, reference } = boardWithPot();

    expect(board.requestRefund(reference).events).toMatchObject([
      {
        by: { kind: "admin" },
        event: {
          type: "refund_requested",
          contributionId: board.of(reference).id,
          provider: "payfast",
          providerPaymentId: `pf-${reference}`,
          amount: 20_000,
          cause: "operator",
          attempt: 1,
          after: { counted: 67_900, returning: 19_400, contributionCount: 2 },
        },
      },
    ]);
    expect(board.board.books().pot).toEqual({ counted: 67_900, returning: 19_400, payable: 48_500 });
    expect(board.of(reference).status).toBe("completed");
  });

  it("a refund is requested once, on an open board and on a closed one", async () => {
    await everyRow([false, true], (closed) => {
      const { board, reference } = boardWithPot({ closed });
      board.requestRefund(reference);
      const before = grosses(board);

      expect(words(board.requestRefund(reference))).toEqual([]);
      expect(words(board.requestRefund(reference, `pf-${reference}`))).toEqual([]);
      expect(grosses(board)).toEqual(before);
      board.reportRefund(reference, "completed");
      expect(words(board.requestRefund(reference))).toEqual([]);
    });
  });

  it("money with a requested refund at closing is not part of the payouts", () => {
    const { board, reference } = boardWithPot();
    board.requestRefund(reference);
    board.close();

    expect(board.state.closing).toMatchObject({ payable: 48_500, contributionCount: 2 });
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it("a refund after closing reduces the charity's share first, then the gift", async () => {
    await everyRow(
      [
        [30_000, [30_000, 37_900], [30_000, 18_500]],
        [48_500, [48_500, 19_400], [48_500, 0]],
        [60_000, [60_000, 7_900], [48_500, 0]],
        [100_000, [67_900], [48_500]],
      ] as const,
      ([goal, planned, left]) => {
        const { board, reference } = boardWithPot({ goal, closed: true });
        expect(grosses(board)).toEqual(planned);

        expect(words(board.requestRefund(reference))).toEqual(["refund_requested", "payouts_adjusted"]);
        expect(grosses(board)).toEqual(left);
        expect(words(board.reportRefund(reference, "completed"))).toEqual(["refund_completed"]);
        expect(grosses(board)).toEqual(left);
        expect(board.state.closing?.payable).toBe(67_900);
      },
    );
  });

  it("announced payouts stay at zero when all of the money is refunded", () => {
    const { board, reference, large } = boardWithPot({ closed: true });
    for (const refunded of [reference, large]) board.requestRefund(refunded);

    expect(grosses(board)).toEqual([0, 0]);
  });

  it("the refund of late money and of a second payment is not requested again", () => {
    const { board, reference } = boardWithPot();
    board.report(reference, { providerPaymentId: "pf-second" });
    const late = board.contribution(20_000);
    board.close();
    board.report(late);

    expect(words(board.requestRefund(late))).toEqual([]);
    expect(words(board.requestRefund(reference, "pf-second"))).toEqual([]);
    expect(words(board.requestRefund(reference))).toEqual(["refund_requested", "payouts_adjusted"]);
  });

  it("the refund of an unpaid contribution is refused", async () => {
    await everyRow(["pending", "processing", "failed"] as const, (status) => {
      const board = new TestBoard();
      const reference = board.contribution(20_000);
      if (status !== "pending") board.report(reference, { status });

      expect(board.requestRefund(reference).refusal).toEqual({ refused: "nothing_to_refund", status });
      expect(words(board.requestRefund(reference, `pf-${reference}`))).toEqual(["refused: nothing_to_refund"]);
    });
  });

  it("the refund of an unknown contribution or payment is refused", () => {
    const { board, reference } = boardWithPot();
    const command = { type: "request_refund", contributionId: newId(OPENED_AT), providerPaymentId: null } as const;

    expect(board.outcome(command)).toEqual(["refused: unknown_payment"]);
    expect(board.requestRefund(reference, "pf-unknown").refusal).toEqual({
      refused: "nothing_to_refund",
      status: "completed",
    });
  });
});

describe("money of a wrong amount", () => {
  const odd = { amount: cents(12_345), providerPaymentId: "pf-odd" };

  it("a wrong amount is refunded exactly and once, whatever the status of its contribution and its board", async () => {
    await everyRow<(board: TestBoard, reference: string) => unknown>(
      [
        () => undefined,
        (board, reference) => board.report(reference),
        (board) => board.close(),
        (board) => board.cancel(),
      ],
      (prepare) => {
        const board = new TestBoard();
        const reference = board.contribution(20_000);
        board.report(reference, odd);
        prepare(board, reference);
        const { counted, returning } = board.state;

        expect(eventsOf(board.requestRefund(reference, "pf-odd"))[0]).toMatchObject({
          type: "refund_requested",
          providerPaymentId: "pf-odd",
          amount: 12_345,
          cause: "amount_mismatch",
        });
        expect(words(board.requestRefund(reference, "pf-odd"))).toEqual([]);
        expect(words(board.reportRefund(reference, "completed", { providerPaymentId: "pf-odd" }))).toEqual([
          "refund_completed",
        ]);
        expect(board.state).toMatchObject({ counted, returning });
      },
    );
  });

  it("money whose amount the provider did not state cannot be refunded", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.report(reference, { ...odd, amount: null });

    expect(words(board.requestRefund(reference, "pf-odd"))).toEqual(["refused: nothing_to_refund"]);
  });

  it("the refund of a wrong amount touches no payout and cannot be withdrawn", () => {
    const { board, reference } = boardWithPot({ closed: true });
    board.report(reference, odd);
    const before = grosses(board);
    board.requestRefund(reference, "pf-odd");
    const { id: contributionId } = board.of(reference);

    expect(grosses(board)).toEqual(before);
    expect(board.outcome({ type: "withdraw_refund", contributionId, providerPaymentId: "pf-odd" })).toEqual([
      "refused: cannot_withdraw",
    ]);
  });

  it("a payment whose amount is corrected during or after its refund does not count", async () => {
    await everyRow<(board: TestBoard, reference: string) => unknown>(
      [
        () => undefined,
        (board) => board.close(),
        (board, reference) => board.report(reference, { providerPaymentId: "pf-other" }),
        (board, reference) => board.reportRefund(reference, "completed", { providerPaymentId: "pf-odd" }),
      ],
      (prepare) => {
        const board = new TestBoard();
        const reference = board.contribution(20_000);
        board.report(reference, odd);
        board.requestRefund(reference, "pf-odd");
        prepare(board, reference);
        const { counted } = board.state;

        expect(words(board.report(reference, { providerPaymentId: "pf-odd" }))).toEqual([]);
        expect(board.state.counted).toBe(counted);
      },
    );
  });
});

describe("reports on a refund", () => {
  /** A refund in `status`. Its id at the provider is `refund-1` once it was sent. */
  function refundWith(status: RefundStatus) {
    const { board, reference } = boardWithPot();
    board.requestRefund(reference);
    if (status === "withdrawn") board.withdrawRefund(reference);
    else if (status !== "requested") board.reportRefund(reference, status);
    expect(board.refund(reference)?.status).toBe(status);
    return { board, reference };
  }

  const sent = ["refund_sent"];
  const failed = ["refund_failed"];
  const manual = ["refund_needs_manual_action"];
  const completed = ["refund_completed"];
  const retried = ["refund_retried"];
  type Reported = Exclude<RefundStatus, "withdrawn"> | "returned";
  /** A return before the completion is a failure. A later return opens a flag, and the contribution stays refunded. */
  const table: Record<RefundStatus, Partial<Record<Reported, readonly string[]>>> = {
    requested: { processing: sent, completed, failed, needs_manual_action: manual, returned: failed },
    processing: { completed, failed, needs_manual_action: manual, returned: failed },
    failed: { requested: retried, processing: sent, completed, needs_manual_action: manual },
    needs_manual_action: { requested: retried, completed },
    withdrawn: { completed },
    completed: { returned: ["flag_opened"] },
  };
  const reports: readonly Reported[] = [
    "requested",
    "processing",
    "completed",
    "failed",
    "needs_manual_action",
    "returned",
  ];

  it("a report moves a refund forward once, and a report of an earlier status changes nothing", async () => {
    const rows = REFUND_STATUSES.flatMap((from) => reports.map((status) => [from, status] as const));
    await everyRow(rows, ([from, status]) => {
      const expected = table[from][status] ?? [];
      const { board, reference } = refundWith(from);

      expect(words(board.reportRefund(reference, status))).toEqual(expected);
      expect(words(board.reportRefund(reference, status))).toEqual([]);
      const isStep = expected.length > 0 && expected[0] !== "flag_opened";
      expect(board.refund(reference)?.status).toBe(isStep ? (status === "returned" ? "failed" : status) : from);
    });
  });

  it("a completed refund lowers the pot by the net amount, and its contribution is refunded", () => {
    const { board, reference } = refundWith("requested");

    expect(eventsOf(board.reportRefund(reference, "completed"))).toMatchObject([
      {
        providerRefundId: "refund-1",
        attempt: 1,
        ofContribution: true,
        after: { status: "funded", counted: 48_500, returning: 0, contributionCount: 1 },
      },
    ]);
    expect(board.state).toMatchObject({ counted: 48_500, returning: 0, contributionCount: 1, status: "funded" });
    expect(board.of(reference).status).toBe("refunded");
  });

  it("the completed refund of a second payment does not change the first one", () => {
    const { board, reference } = boardWithPot();
    board.report(reference, { providerPaymentId: "pf-second" });

    expect(eventsOf(board.reportRefund(reference, "completed", { providerPaymentId: "pf-second" }))).toMatchObject([
      { type: "refund_completed", ofContribution: false, after: { counted: 67_900, contributionCount: 2 } },
    ]);
    expect(board.of(reference).status).toBe("completed");
  });

  it("a retried refund is another attempt without the earlier provider id", () => {
    const { board, reference } = refundWith("failed");
    expect(board.refund(reference)).toMatchObject({ attempt: 1, providerRefundId: "refund-1" });
    board.reportRefund(reference, "requested", { providerRefundId: null });

    expect(board.refund(reference)).toMatchObject({ attempt: 2, status: "requested", providerRefundId: null });
    board.reportRefund(reference, "needs_manual_action");
    board.reportRefund(reference, "requested", { providerRefundId: null });
    expect(board.refund(reference)?.attempt).toBe(3);
  });

  it("the provider's id of a sent refund may come in a later report, and is kept", () => {
    const { board, reference } = refundWith("requested");
    board.reportRefund(reference, "processing", { providerRefundId: null });

    expect(words(board.reportRefund(reference, "processing"))).toEqual(["refund_sent"]);
    expect(words(board.reportRefund(reference, "processing"))).toEqual([]);
    expect(words(board.reportRefund(reference, "processing", { providerRefundId: null }))).toEqual([]);
    expect(board.refund(reference)?.providerRefundId).toBe("refund-1");
  });

  it("a completed refund that the bank returns opens a flag", () => {
    const { board, reference } = refundWith("completed");

    expect(eventsOf(board.reportRefund(reference, "returned"))).toEqual([
      {
        type: "flag_opened",
        flag: "refund_returned",
        contributionId: board.of(reference).id,
        provider: "payfast",
        providerPaymentId: `pf-${reference}`,
        received: null,
      },
    ]);
    expect(board.of(reference).status).toBe("refunded");
  });

  it("a report on a refund may name its contribution by id", () => {
    const { board, reference } = refundWith("requested");
    const contribution = { id: board.of(reference).id };

    expect(words(board.reportRefund(reference, "completed", { contribution }))).toEqual(completed);
  });

  it("a report on a refund that was not requested, or of an unknown contribution, is refused", () => {
    const { board, reference } = boardWithPot();
    const contribution = { id: newId(OPENED_AT) };

    for (const status of reports) {
      expect(words(board.reportRefund(reference, status))).toEqual(["refused: unknown_refund"]);
      expect(words(board.reportRefund(reference, status, { contribution }))).toEqual(["refused: unknown_payment"]);
    }
  });
});

describe("withdrawing a refund", () => {
  it("a refund that was not sent can be withdrawn, and its money counts once", async () => {
    await everyRow(["requested", "failed", "needs_manual_action"] as const, (status) => {
      const { board, reference } = boardWithPot();
      board.requestRefund(reference);
      if (status !== "requested") board.reportRefund(reference, status);

      expect(eventsOf(board.withdrawRefund(reference))).toMatchObject([
        { type: "refund_withdrawn", attempt: 1, after: { counted: 67_900, returning: 0, contributionCount: 2 } },
      ]);
      expect(words(board.withdrawRefund(reference))).toEqual([]);
      expect(board.board.books()).toMatchObject({ pot: { payable: 67_900 }, recounted: { payable: 67_900 } });
    });
  });

  it("a refund that was sent, completed or never requested cannot be withdrawn", async () => {
    await everyRow(["processing", "completed"] as const, (status) => {
      const { board, reference } = boardWithPot();
      board.requestRefund(reference);
      board.reportRefund(reference, status);

      expect(board.withdrawRefund(reference).refusal).toEqual({ refused: "cannot_withdraw", status });
    });
    const { board, reference } = boardWithPot();
    expect(words(board.withdrawRefund(reference))).toEqual(["refused: unknown_refund"]);
  });

  it("a refund of late money or of a second payment cannot be withdrawn", async () => {
    await everyRow<(board: TestBoard, reference: string) => unknown>(
      [(board) => board.close(), (board) => board.cancel(), (board) => board.passDeadline()],
      (end) => {
        const board = new TestBoard();
        const reference = board.contribution(20_000);
        end(board, reference);
        board.report(reference, {}, AFTER_DEADLINE);

        expect(words(board.withdrawRefund(reference))).toEqual(["refused: cannot_withdraw"]);
      },
    );
    const { board, reference } = boardWithPot();
    board.report(reference, { providerPaymentId: "pf-second" });
    const { id: contributionId } = board.of(reference);
    expect(board.outcome({ type: "withdraw_refund", contributionId, providerPaymentId: "pf-second" })).toEqual([
      "refused: cannot_withdraw",
    ]);
  });

  it("a withdrawal after closing raises the payouts and announces those that were zero", () => {
    const { board, reference, large } = boardWithPot({ goal: 40_000, closed: true });
    const [gift = "", charity = ""] = idsOfPayouts(board);
    expect(grosses(board)).toEqual([40_000, 27_900]);
    board.requestRefund(reference);
    expect(grosses(board)).toEqual([40_000, 8_500]);
    board.requestRefund(large);
    expect(grosses(board)).toEqual([0, 0]);

    expect(eventsOf(board.withdrawRefund(reference))).toMatchObject([
      { type: "refund_withdrawn" },
      { type: "payouts_adjusted", ready: [gift] },
    ]);
    expect(grosses(board)).toEqual([19_400, 0]);
    expect(eventsOf(board.withdrawRefund(large))[1]).toMatchObject({ ready: [charity] });
    expect(grosses(board)).toEqual([40_000, 27_900]);
  });

  it("a withdrawal adds payouts to a board that closed without any", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    board.requestRefund(reference);
    board.close();
    expect(grosses(board)).toEqual([]);
    const [, adjusted] = eventsOf(board.withdrawRefund(reference));

    expect(grosses(board)).toEqual([19_400]);
    expect(adjusted).toMatchObject({ type: "payouts_adjusted", ready: idsOfPayouts(board) });
  });

  it("held payouts are announced by their release and not by a withdrawal", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { signals: ["unexpected_country"] });
    board.report(reference);
    board.requestRefund(reference);
    board.close();

    expect(eventsOf(board.withdrawRefund(reference))[1]).toMatchObject({ type: "payouts_adjusted", ready: [] });
    expect(eventsOf(board.clear("unexpected_country", board.of(reference).id)).at(-1)).toMatchObject({
      type: "payouts_released",
      payouts: [{ gross: 19_400 }],
    });
  });

  it("a withdrawn refund that the provider completes leaves the pot and the payouts", () => {
    const { board, reference } = boardWithPot({ closed: true });
    board.requestRefund(reference);
    board.withdrawRefund(reference);

    expect(words(board.reportRefund(reference, "completed"))).toEqual(["refund_completed", "payouts_adjusted"]);
    expect(board.state).toMatchObject({ counted: 48_500, returning: 0 });
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it("a withdrawn refund can be requested again as another attempt", () => {
    const { board, reference } = boardWithPot();
    board.requestRefund(reference);
    board.withdrawRefund(reference);

    expect(eventsOf(board.requestRefund(reference))).toMatchObject([{ type: "refund_requested", attempt: 2 }]);
    expect(board.state.returning).toBe(19_400);
    expect(board.refund(reference)).toMatchObject({ status: "requested", attempt: 2, providerRefundId: null });
  });
});

describe("money the provider sends back by itself", () => {
  const sentBack = { status: "refunded", providerStatus: "refunded" } as const;

  it("money the provider sends back leaves the pot at once, and only once", () => {
    const { board, reference } = boardWithPot();

    expect(words(board.report(reference, sentBack))).toEqual(["refund_requested", "refund_completed"]);
    expect(words(board.report(reference, sentBack))).toEqual([]);
    expect(board.state).toMatchObject({ counted: 48_500, returning: 0, contributionCount: 1 });
    expect(board.refund(reference)).toMatchObject({ cause: "provider", status: "completed", amount: 20_000 });
  });

  it("money the provider sends back leaves the payouts of a closed board, and only once", () => {
    const { board, reference } = boardWithPot({ closed: true });

    expect(words(board.report(reference, sentBack))).toEqual([
      "refund_requested",
      "payouts_adjusted",
      "refund_completed",
    ]);
    board.report(reference, sentBack);
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it("money the provider sends back completes a requested refund, whatever its status", async () => {
    await everyRow(["requested", "processing", "failed", "needs_manual_action", "withdrawn"] as const, (status) => {
      const { board, reference } = boardWithPot();
      board.requestRefund(reference);
      if (status === "withdrawn") board.withdrawRefund(reference);
      else if (status !== "requested") board.reportRefund(reference, status);

      expect(words(board.report(reference, sentBack))).toEqual(["refund_completed"]);
      expect(board.refund(reference)).toMatchObject({ cause: "operator", status: "completed" });
      expect(board.state).toMatchObject({ counted: 48_500, returning: 0 });
    });
  });

  it("a second payment that the provider sends back does not change the first one", () => {
    const { board, reference } = boardWithPot();
    const second = { providerPaymentId: "pf-second" };
    board.report(reference, second);

    expect(words(board.report(reference, { ...sentBack, ...second }))).toEqual(["refund_completed"]);
    expect(board.state.counted).toBe(67_900);
  });

  it("late money that the provider sends back completes its refund", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.passDeadline();
    board.report(reference, {}, AFTER_DEADLINE);

    expect(words(board.report(reference, sentBack, AFTER_DEADLINE))).toEqual(["refund_completed"]);
    expect(board.state).toMatchObject({ status: "expired", counted: 0, returning: 0 });
  });

  it("a payment that is sent back before it was reported as completed fails and never counts", async () => {
    await everyRow(
      (["pending", "processing"] as const).flatMap((status) =>
        [false, true].map((closed) => [status, closed] as const),
      ),
      ([status, closed]) => {
        const board = new TestBoard();
        const reference = board.contribution(20_000);
        if (status === "processing") board.report(reference, { status });

        expect(words(board.report(reference, sentBack))).toEqual([
          "payment_failed",
          "refund_requested",
          "refund_completed",
        ]);
        expect(words(board.report(reference, sentBack))).toEqual([]);
        if (closed) board.close();
        expect(words(board.report(reference))).toEqual(["flag_opened"]);
        expect(board.of(reference).status).toBe("failed");
        expect(board.state).toMatchObject({ counted: 0, returning: 0 });
      },
    );
  });

  it("money of a wrong amount that the provider sends back is not refunded again", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(12_345), providerPaymentId: "pf-odd" });
    board.report(reference, { ...sentBack, amount: cents(12_345), providerPaymentId: "pf-odd" });

    expect(words(board.requestRefund(reference, "pf-odd"))).toEqual([]);
    expect(board.refund(reference, "pf-odd")).toMatchObject({ amount: 12_345, status: "completed" });
  });
});
