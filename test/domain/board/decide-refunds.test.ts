import { describe, expect, it } from "vitest";
import { REFUND_STATUSES, type RefundStatus } from "#domain/board/lifecycle";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, History, OPENED_AT, OPERATOR, types } from "./history.ts";

/** Two paid contributions of a Takealot board (nets 48 500 and 19 400); the smaller one may go back. */
function boardWithPot({ goal = 30_000, closed = false } = {}) {
  const board = new History({ goal: cents(goal) });
  board.paid(50_000);
  const reference = board.paid(20_000);
  if (closed) board.close();
  return { board, reference };
}

const grosses = (board: History) => board.state.closing?.payouts.map(({ gross }) => gross);

describe("an operator who gives money back", () => {
  it("asks for the whole amount, the fee too, and the pot keeps counting it until it is gone", () => {
    const { board, reference } = boardWithPot();

    expect(board.giveBack(reference)).toEqual([
      {
        type: "refund_requested",
        contributionId: board.of(reference).id,
        providerPaymentId: `pf-${reference}`,
        amount: 20_000,
        cause: "operator",
        requestedBy: OPERATOR,
      },
    ]);
    expect(board.state.raised).toBe(67_900);
    expect(board.of(reference).status).toBe("completed");
  });

  it.each([false, true])("asks once, on a closed board: %s", (closed) => {
    const { board, reference } = boardWithPot({ closed });
    board.giveBack(reference);
    const before = grosses(board);

    expect(board.giveBack(reference)).toEqual([]);
    expect(board.giveBack(reference, `pf-${reference}`)).toEqual([]);
    expect(grosses(board)).toEqual(before);
    board.reportRefund(reference, "completed");
    expect(board.giveBack(reference)).toEqual([]);
  });

  it("before closing takes it out of what is planned", () => {
    const { board, reference } = boardWithPot();
    board.giveBack(reference);
    board.close();

    expect(board.state.closing).toMatchObject({ raised: 67_900, contributionCount: 2 });
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it.each([
    ["of the charity's share only", 30_000, [30_000, 37_900], [30_000, 18_500]],
    ["of the charity's share to the cent", 48_500, [48_500, 19_400], [48_500, 0]],
    ["of the charity's share, then of the gift", 60_000, [60_000, 7_900], [48_500, 0]],
    ["of the gift, where nothing went over", 100_000, [67_900], [48_500]],
  ])("after closing takes it out %s", (_, goal, planned, left) => {
    const { board, reference } = boardWithPot({ goal, closed: true });
    expect(grosses(board)).toEqual(planned);

    expect(types(board.giveBack(reference))).toEqual(["refund_requested", "payouts_reduced"]);
    expect(grosses(board)).toEqual(left);
    expect(types(board.reportRefund(reference, "completed"))).toEqual(["refund_completed"]);
    expect(grosses(board)).toEqual(left);
    expect(board.state.closing?.raised).toBe(67_900);
  });

  it("leaves payouts of nothing when all of it goes back: they were announced", () => {
    const { board } = boardWithPot({ closed: true });
    for (const reference of board.state.contributions.keys()) board.giveBack(reference);

    expect(grosses(board)).toEqual([0, 0]);
  });

  it("does not give back what was paid out", () => {
    const { board, reference } = boardWithPot({ closed: true });
    board.state.status = "paid_out";

    expect(board.giveBack(reference)).toEqual({ refused: "already_paid_out" });
    expect(board.refund(reference)).toBeUndefined();
  });

  it("meets late money and second payments already on their way", () => {
    const { board, reference } = boardWithPot();
    board.report(reference, { providerPaymentId: "pf-second" });
    const late = board.contribution(20_000);
    board.close();
    board.report(late);

    expect(board.giveBack(late)).toEqual([]);
    expect(board.giveBack(reference, "pf-second")).toEqual([]);
    expect(types(board.giveBack(reference))).toEqual(["refund_requested", "payouts_reduced"]);
  });

  it.each(["pending", "processing", "failed"] as const)("finds nothing in a payment that is %s", (status) => {
    const board = new History();
    const reference = board.contribution(20_000);
    if (status !== "pending") board.report(reference, { status });

    expect(board.giveBack(reference)).toEqual({ refused: "nothing_to_refund", status });
    expect(board.giveBack(reference, `pf-${reference}`)).toEqual({ refused: "nothing_to_refund", status });
  });

  it("cannot name a contribution or a payment nobody knows", () => {
    const { board, reference } = boardWithPot();
    const contributionId = newId(OPENED_AT);
    const command = { type: "request_refund", providerPaymentId: null, cause: "operator", by: OPERATOR } as const;

    expect(board.play({ ...command, contributionId })).toEqual({
      refused: "unknown_payment",
      reference: contributionId,
    });
    expect(board.giveBack(reference, "pf-nobody")).toEqual({ refused: "nothing_to_refund", status: "completed" });
  });
});

describe("money of a wrong amount", () => {
  const odd = { amount: cents(12_345), providerPaymentId: "pf-odd" };

  it.each([
    ["never paid", () => undefined],
    ["paid", (board: History, reference: string) => board.report(reference)],
    ["on a closed board", (board: History) => board.close()],
    ["on a cancelled board", (board: History) => board.cancel()],
  ])("goes back as it came, once, for a contribution that is %s", (_, prepare) => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, odd);
    prepare(board, reference);
    const { raised } = board.state;

    expect(board.giveBack(reference, "pf-odd")).toMatchObject([
      { type: "refund_requested", providerPaymentId: "pf-odd", amount: 12_345, cause: "amount_mismatch" },
    ]);
    expect(board.giveBack(reference, "pf-odd")).toEqual([]);
    expect(types(board.reportRefund(reference, "completed", { providerPaymentId: "pf-odd" }))).toEqual([
      "refund_completed",
    ]);
    expect(board.state.raised).toBe(raised);
  });

  it("that the provider did not state cannot be asked for", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, { ...odd, amount: null });

    expect(board.giveBack(reference, "pf-odd")).toEqual({ refused: "nothing_to_refund", status: "pending" });
  });

  it("touches no payout", () => {
    const { board, reference } = boardWithPot({ closed: true });
    board.report(reference, odd);
    const before = grosses(board);
    board.giveBack(reference, "pf-odd");

    expect(grosses(board)).toEqual(before);
  });

  it("whose amount the provider corrects while it goes back is not asked for twice", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, odd);
    board.giveBack(reference, "pf-odd");
    board.close();

    expect(types(board.report(reference, { providerPaymentId: "pf-odd" }))).not.toContain("refund_requested");
  });

  it("that is back already is not counted when the provider corrects its amount", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, odd);
    board.giveBack(reference, "pf-odd");
    board.reportRefund(reference, "completed", { providerPaymentId: "pf-odd" });
    board.report(reference, { providerPaymentId: "pf-odd" });

    expect(board.state.raised).toBe(0);
  });

  it("whose amount the provider corrects after another payment counted is not asked for twice", () => {
    const { board, reference } = boardWithPot();
    board.report(reference, odd);
    board.giveBack(reference, "pf-odd");

    expect(types(board.report(reference, { providerPaymentId: "pf-odd" }))).not.toContain("refund_requested");
  });
});

describe("news of a refund", () => {
  /** A refund in each of its states; it is called `refund-1` once the provider has it. */
  function refundThat(status: RefundStatus) {
    const { board, reference } = boardWithPot();
    board.giveBack(reference);
    if (status !== "requested") board.reportRefund(reference, status);
    expect(board.refund(reference)?.status).toBe(status);
    return { board, reference };
  }

  const progressed = ["refund_progressed"];
  const completed = ["refund_completed"];
  const flagged = ["flag_raised"];
  // Returned before we knew it paid out is a refund that failed; afterwards the contribution stays refunded, with a flag.
  const table: Record<RefundStatus, Record<RefundStatus | "returned", readonly string[]>> = {
    requested: {
      ...{ requested: [], processing: progressed, completed, failed: progressed, by_hand: progressed },
      returned: progressed,
    },
    processing: {
      ...{ requested: [], processing: [], completed, failed: progressed, by_hand: progressed },
      returned: progressed,
    },
    failed: {
      ...{ requested: progressed, processing: progressed, completed, failed: [], by_hand: progressed },
      returned: [],
    },
    by_hand: { requested: progressed, processing: [], completed, failed: [], by_hand: [], returned: [] },
    completed: { requested: [], processing: [], completed: [], failed: [], by_hand: [], returned: flagged },
  };
  const news = [...REFUND_STATUSES, "returned"] as const;

  it.each(REFUND_STATUSES.flatMap((from) => news.map((status) => [from, status, table[from][status]] as const)))(
    "on one that is %s, told as %s, records %j, and nothing when told again",
    (from, status, expected) => {
      const { board, reference } = refundThat(from);

      expect(types(board.reportRefund(reference, status))).toEqual(expected);
      expect(board.reportRefund(reference, status)).toEqual([]);
      const after = status === "returned" ? "failed" : status;
      const isStep = expected.length > 0 && expected !== flagged;
      expect(board.refund(reference)?.status).toBe(isStep ? after : from);
    },
  );

  it("that it is done lowers the pot by what had reached it, and the contribution is refunded", () => {
    const { board, reference } = refundThat("requested");

    expect(board.reportRefund(reference, "completed")).toMatchObject([
      { providerRefundId: "refund-1", after: { status: "funded", raised: 48_500, contributionCount: 1 } },
    ]);
    expect(board.state).toMatchObject({ raised: 48_500, contributionCount: 1, status: "funded" });
    expect(board.of(reference).status).toBe("refunded");
  });

  it("of a second payment leaves the first one alone", () => {
    const { board, reference } = boardWithPot();
    board.report(reference, { providerPaymentId: "pf-second" });

    expect(board.reportRefund(reference, "completed", { providerPaymentId: "pf-second" })).toMatchObject([
      { type: "refund_completed", after: { raised: 67_900, contributionCount: 2 } },
    ]);
    expect(board.state.raised).toBe(67_900);
    expect(board.of(reference).status).toBe("completed");
  });

  it("asked again is another attempt with a name of its own", () => {
    const { board, reference } = refundThat("failed");
    expect(board.refund(reference)).toMatchObject({ attempt: 1, providerRefundId: "refund-1" });
    board.reportRefund(reference, "requested", { providerRefundId: null, by: OPERATOR });

    expect(board.refund(reference)).toMatchObject({ attempt: 2, status: "requested", providerRefundId: null });
    board.reportRefund(reference, "by_hand");
    board.reportRefund(reference, "requested", { providerRefundId: null, by: OPERATOR });
    expect(board.refund(reference)?.attempt).toBe(3);
  });

  it("that the provider works on it may bring its name later, once", () => {
    const { board, reference } = refundThat("requested");
    board.reportRefund(reference, "processing", { providerRefundId: null });

    expect(types(board.reportRefund(reference, "processing"))).toEqual(["refund_progressed"]);
    expect(board.reportRefund(reference, "processing")).toEqual([]);
    expect(board.refund(reference)?.providerRefundId).toBe("refund-1");
  });

  it("without a name, once it has one, is old news", () => {
    const { board, reference } = refundThat("processing");

    expect(board.reportRefund(reference, "processing", { providerRefundId: null })).toEqual([]);
  });

  it("that it came back from the bank is for a person to look at, once", () => {
    const { board, reference } = refundThat("completed");

    expect(board.reportRefund(reference, "returned")).toEqual([
      {
        type: "flag_raised",
        flag: "refund_returned",
        contributionId: board.of(reference).id,
        providerPaymentId: `pf-${reference}`,
      },
    ]);
    expect(board.of(reference).status).toBe("refunded");
  });

  it("nobody asked for is refused", () => {
    const { board, reference } = boardWithPot();
    const refusal = { refused: "unknown_refund" };

    for (const status of news) expect(board.reportRefund(reference, status)).toEqual(refusal);
    expect(board.reportRefund(reference, "completed", { contributionId: newId(OPENED_AT) })).toEqual(refusal);
  });
});

describe("money the provider sends back by itself", () => {
  const sentBack = { status: "refunded", providerStatus: "refunded" } as const;

  it("leaves the pot at once", () => {
    const { board, reference } = boardWithPot();

    expect(types(board.report(reference, sentBack))).toEqual(["refund_requested", "refund_completed"]);
    expect(board.report(reference, sentBack)).toEqual([]);
    expect(board.state).toMatchObject({ raised: 48_500, contributionCount: 1 });
    expect(board.refund(reference)).toMatchObject({ cause: "provider", status: "completed", amount: 20_000 });
  });

  it("leaves the payouts of a closed board, once", () => {
    const { board, reference } = boardWithPot({ closed: true });

    expect(types(board.report(reference, sentBack))).toEqual([
      "refund_requested",
      "payouts_reduced",
      "refund_completed",
    ]);
    board.report(reference, sentBack);
    expect(grosses(board)).toEqual([30_000, 18_500]);
  });

  it.each(["requested", "processing", "failed", "by_hand"] as const)("ends a refund that is %s", (status) => {
    const { board, reference } = boardWithPot();
    board.giveBack(reference);
    if (status !== "requested") board.reportRefund(reference, status);

    expect(types(board.report(reference, sentBack))).toEqual(["refund_completed"]);
    expect(board.refund(reference)).toMatchObject({ cause: "operator", status: "completed" });
    expect(board.state.raised).toBe(48_500);
  });

  it("of a second payment leaves the first one alone", () => {
    const { board, reference } = boardWithPot();
    const second = { providerPaymentId: "pf-second" };
    board.report(reference, second);

    expect(types(board.report(reference, { ...sentBack, ...second }))).toEqual(["refund_completed"]);
    expect(board.state.raised).toBe(67_900);
  });

  it("after the deadline, of late money, is its refund", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.play({ type: "pass_deadline" }, AFTER_DEADLINE);
    board.report(reference, {}, AFTER_DEADLINE);

    expect(types(board.report(reference, sentBack, AFTER_DEADLINE))).toEqual(["refund_completed"]);
    expect(board.state).toMatchObject({ status: "expired", raised: 0 });
  });

  it.each(["pending", "processing"] as const)("before we knew of it ends a payment that is %s", (status) => {
    const board = new History();
    const reference = board.contribution(20_000);
    if (status === "processing") board.report(reference, { status });
    board.report(reference, sentBack);

    expect(board.of(reference).status).toBe("failed");
    expect(board.report(reference, sentBack)).toEqual([]);
    expect(board.state.raised).toBe(0);
  });

  it.each([false, true])("is not counted when news of its arrival comes after, on a closed board: %s", (closed) => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, sentBack);
    if (closed) board.close();

    expect(types(board.report(reference))).not.toContain("refund_requested");
    expect(board.state.raised).toBe(0);
  });

  it("and was of a wrong amount is not sent back again", () => {
    const board = new History();
    const reference = board.contribution(20_000);
    board.report(reference, { amount: cents(12_345), providerPaymentId: "pf-odd" });
    board.report(reference, { ...sentBack, amount: cents(12_345), providerPaymentId: "pf-odd" });

    expect(types(board.giveBack(reference, "pf-odd"))).not.toContain("refund_requested");
  });
});
