import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { boardFlags, paymentRequests } from "#database/payment-tables";
import { ADMIN } from "#domain/board/actor";
import type { ReportRefund } from "#domain/board/commands";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import { EXPIRY_MS } from "#domain/board/decide-payments";
import { newId } from "#domain/ids";
import {
  alarmOf,
  alertsDuring,
  contributionsOf,
  inTime,
  logOf,
  MINUTE_MS,
  NO_CHANGE,
  payoutsOf,
  projected,
  RECORDED,
  refundsOf,
  totals,
  WAIT,
  WAIT_OPTIONS,
} from "./board-support.ts";
import {
  database,
  openBoard,
  paymentReport,
  plugPostgres,
  type RemoteBoard,
  receiptOf,
  unplugPostgres,
} from "./support.ts";

afterEach(plugPostgres);

describe("a cancelled board", () => {
  const cancel = (board: RemoteBoard, by: Parameters<RemoteBoard["execute"]>[1] = { by: ADMIN }) =>
    board.execute({ type: "cancel_board" }, { ...WAIT, ...by });

  it("a cancelled board refunds every payment, and each step is in Postgres before its answer", async () => {
    const { boardId, board, command } = await openBoard();
    const [first, second] = [await board.paid(20_000), await board.paid(30_000)];
    const partner = { kind: "partner", partnerId: command.partnerId, apiKeyId: newId(new Date()) } as const;

    const cancelled = await cancel(board, { by: partner });
    expect(cancelled).toMatchObject({ outcome: "recorded", projected: true, board: { status: "cancelled" } });
    expect(await cancel(board)).toMatchObject({ outcome: "no_change", projected: true });
    const rows = await refundsOf(boardId);
    expect(rows.map(({ cause, status, amountCents }) => [cause, status, amountCents]).sort()).toEqual([
      ["board_cancelled", "requested", 20_000],
      ["board_cancelled", "requested", 30_000],
    ]);

    const refund = rows.find(({ providerPaymentId }) => providerPaymentId === `pf-${first}`);
    const id = refund?.contributionId ?? "";
    const payment = { contribution: { id }, providerPaymentId: `pf-${first}`, providerRefundId: "rf-1", reason: null };
    for (const status of ["processing", "completed"] as const) {
      const report: ReportRefund = { type: "report_refund", ...payment, status };
      expect(await board.execute(report, WAIT)).toMatchObject({ outcome: "recorded", projected: true });
      expect(await board.execute(report, WAIT)).toMatchObject({ outcome: "no_change", projected: true });
      const [row] = (await refundsOf(boardId)).filter((each) => each.id === refund?.id);
      expect(row).toMatchObject({ status, providerRefundId: "rf-1" });
      const about = { contributionId: id, providerPaymentId: `pf-${first}` };
      expect(await board.object.read("refund_status", about)).toEqual({ status, attempt: 1 });
    }
    expect(await totals(boardId)).toEqual({ status: "cancelled", raised: 29_100, count: 1 });

    const callback: ReportRefund = {
      type: "report_refund",
      contribution: { reference: second },
      providerPaymentId: `pf-${second}`,
      status: "completed",
      providerRefundId: "rf-2",
      reason: "Complete",
    };
    expect(await board.execute(callback)).toEqual(RECORDED);
    expect(await board.execute(callback)).toEqual(NO_CHANGE);
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "cancelled", raised: 0, count: 0 });
    const empty = { counted: 0, returning: 0, payable: 0 };
    expect(await board.inspect()).toMatchObject({ pot: empty, recounted: empty });
  });

  it("a board is cancelled by an admin and not by another partner", async () => {
    const { board } = await openBoard();
    const otherPartner = { kind: "partner", partnerId: newId(new Date()), apiKeyId: newId(new Date()) } as const;

    expect(await cancel(board, { by: otherPartner })).toEqual({ refused: "unknown_board" });
    expect(await cancel(board)).toMatchObject({ board: { status: "cancelled" } });
  });

  it("a closed board cannot be cancelled", async () => {
    const { board } = await openBoard();
    await board.close();

    expect(await cancel(board)).toEqual({ refused: "cannot_cancel", status: "closed" });
  });

  it("a report on a refund that was never requested is refused", async () => {
    const { board } = await openBoard();
    const reference = await board.contribution(20_000);
    const report = (name: string): ReportRefund => ({
      type: "report_refund",
      contribution: { reference: name },
      providerPaymentId: "pf-x",
      status: "completed",
      providerRefundId: "rf-x",
      reason: null,
    });

    expect(await board.execute(report(reference))).toEqual({ refused: "unknown_refund" });
    expect(await board.execute(report("nothing"))).toEqual({ refused: "unknown_payment" });
  });

  it("a refund request during an outage is answered as not projected, and is projected later", async () => {
    const { boardId, board } = await openBoard();
    await board.paid(20_000);
    await projected(board);
    const [row] = await contributionsOf(boardId);
    await unplugPostgres(boardId);

    const payment = { contributionId: row?.id ?? "", providerPaymentId: null };
    const requested = await board.execute({ type: "request_refund", ...payment }, { ...WAIT, by: ADMIN });
    expect(requested).toMatchObject({ outcome: "recorded", projected: false });

    await plugPostgres();
    await inTime(board, async () =>
      expect(await refundsOf(boardId)).toMatchObject([{ cause: "operator", status: "requested" }]),
    );
  });

  it("each refund status that needs a person writes one alert line", async () => {
    const { board } = await openBoard();
    const reference = await board.paid(20_000);
    await cancel(board);
    const report = (status: ReportRefund["status"]): ReportRefund => ({
      type: "report_refund",
      contribution: { reference },
      providerPaymentId: `pf-${reference}`,
      status,
      providerRefundId: null,
      reason: "no refund API",
    });

    const alerts = await alertsDuring(board, async () => {
      await board.execute(report("processing"));
      await board.execute(report("failed"));
      await board.execute(report("failed"));
      await board.execute(report("needs_manual_action"));
    });

    const line = { alert: true, event: "refund_needs_a_person", board: board.stub.name, reason: "no refund API" };
    expect(alerts).toEqual([
      { ...line, status: "refund_failed" },
      { ...line, status: "refund_needs_manual_action" },
    ]);
  });
});

describe("a payment attempt", () => {
  it("a retry keeps an open attempt, starts another after a failure, and is refused after the payment", async () => {
    const { board } = await openBoard();
    const reference = await board.contribution(20_000);
    const retry = async () => receiptOf(await board.retry(reference));

    expect(await retry()).toMatchObject({ reference, attempt: 1, payable: true });
    await board.report({ ...paymentReport(reference, 20_000), status: "failed" });
    expect(await retry()).toMatchObject({ reference, attempt: 2, status: "processing" });
    expect(await retry()).toMatchObject({ attempt: 2 });
    await board.report(paymentReport(reference, 20_000));
    expect(await board.retry(reference)).toEqual({ refused: "cannot_retry", status: "completed" });
    expect(await board.retry("nothing")).toEqual({ refused: "unknown_payment" });
  });

  it("an attempt keeps its request id until the next attempt, in the object and in Postgres", async () => {
    const { boardId, board, profile } = await openBoard();
    const reference = await board.contribution(20_000);
    const note = (attempt: number, requestId: string) =>
      board.execute({ type: "note_payment_request", reference, attempt, requestId });
    const openAttempt = () => board.object.read("open_attempt", { reference });

    expect(await note(1, "req-1")).toEqual(RECORDED);
    expect(await note(1, "req-1")).toEqual(NO_CHANGE);
    expect(await note(2, "req-2")).toEqual(NO_CHANGE);
    const attempt = { slug: profile.slug, reference, provider: "payfast", amount: 20_000 };
    expect(await openAttempt()).toMatchObject({ ...attempt, attempt: 1, requestId: "req-1" });
    await projected(board);
    const rows = () => database.select().from(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId));
    expect(await rows()).toMatchObject([{ attempt: 1, requestId: "req-1" }]);

    await board.report({ ...paymentReport(reference, 20_000), status: "failed" });
    await board.retry(reference);
    expect(await openAttempt()).toMatchObject({ ...attempt, attempt: 2, requestId: null });
    await projected(board);
    expect(await rows()).toMatchObject([{ attempt: 2, requestId: null }]);

    await board.report(paymentReport(reference, 20_000));
    expect(await openAttempt()).toBeNull();
  });

  it("an attempt expires once after a day, and completes when its money comes later", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.contribution(20_000);
    const expire = (ms: number) =>
      board.execute({ type: "expire_payment", reference }, { judgedAt: new Date(Date.now() + ms) });

    expect(await expire(EXPIRY_MS - MINUTE_MS)).toEqual({ refused: "too_early_to_expire" });
    expect(await expire(EXPIRY_MS)).toEqual(RECORDED);
    expect(await expire(EXPIRY_MS)).toEqual(NO_CHANGE);
    await projected(board);
    const status = async () => (await contributionsOf(boardId))[0]?.paymentStatus;
    expect(await status()).toBe("failed");

    expect(await board.report(paymentReport(reference, 20_000))).toEqual(RECORDED);
    await projected(board);
    expect(await status()).toBe("completed");
  });

  it("a contribution that left the state is read from the log of the object after an eviction", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.contribution(20_000, { name: "Lerato" });
    await board.execute({ type: "expire_payment", reference }, { judgedAt: new Date(Date.now() + EXPIRY_MS) });
    await evictDurableObject(board.stub);

    expect(await board.receipt(reference)).toMatchObject({ reference, status: "failed" });
    expect(await board.report(paymentReport(reference, 20_000))).toEqual(RECORDED);

    expect(await board.view()).toMatchObject({ contributors: ["Lerato"] });
    await projected(board);
    expect((await logOf(boardId)).map(({ type }) => type)).toEqual([
      "board_opened",
      "contribution_opened",
      "payment_expired",
      "contribution_revived",
      "payment_completed",
    ]);
  });

  it("the first report of a failure returns the address of the guest and the amount", async () => {
    const { board } = await openBoard();
    const reference = await board.contribution(20_000, { ipAddress: "105.0.0.1" });
    const failed = { ...paymentReport(reference, 20_000), status: "failed", providerStatus: "FAILED" } as const;

    const failure = { ipAddress: "105.0.0.1", amount: 20_000 };
    expect(await board.report(failed)).toEqual({ ...RECORDED, failure });
    expect(await board.report(failed)).toEqual(NO_CHANGE);
  });

  it("each report of a wrong amount is refused, and the first opens a flag with one alert line", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.contribution(20_000);
    const wrong = paymentReport(reference, 19_999, "pf-wrong");
    const refused = { refused: "amount_mismatch", expected: 20_000, received: 19_999 };

    const alerts = await alertsDuring(board, async () => {
      expect(await board.report(wrong)).toEqual(refused);
      expect(await board.report(wrong)).toEqual(refused);
    });

    expect(alerts).toEqual([{ alert: true, event: "flag_opened", board: board.stub.name, flag: "amount_mismatch" }]);
    await projected(board);
    expect(await database.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, boardId))).toMatchObject([
      { flag: "amount_mismatch", providerPaymentId: "pf-wrong", receivedCents: 19_999, clearedAt: null },
    ]);
    expect(await totals(boardId)).toEqual({ status: "active", raised: 0, count: 0 });
    expect(await board.receipt(reference)).toMatchObject({ status: "pending" });
  });

  it("a repeated form stores no second profile of its contributor", async () => {
    const { board } = await openBoard();
    const submission = crypto.randomUUID();
    const reference = await board.contribution(20_000, { name: "Thandi", submission });
    await board.report({ ...paymentReport(reference, 20_000), status: "failed" });

    expect(await board.contribution(20_000, { name: "Thandi", submission })).toBe(reference);

    const kept = await runInDurableObject(board.stub, (_, { storage }) =>
      storage.sql.exec("SELECT id FROM contributors").toArray(),
    );
    expect(kept).toHaveLength(1);
  });
});

describe("the deadline with an open payment", () => {
  const boardNearDeadline = async () => {
    const deadline = new Date(Date.now() + 30 * MINUTE_MS);
    const opened = await openBoard({ deadline });
    await opened.board.paid(20_000);
    const open = await opened.board.contribution(30_000);
    const pass = (ms: number, providersLookedUp = false) =>
      opened.board.execute(
        { type: "pass_deadline", providersLookedUp },
        { judgedAt: new Date(deadline.getTime() + ms) },
      );
    return { ...opened, open, pass };
  };

  /** Guests may not be shown a copy from before. */
  const ENDED = { ...RECORDED, outdatesCopies: true };

  it("a board with an open payment closes after its providers were queried", async () => {
    const { boardId, board, open, pass } = await boardNearDeadline();

    expect(await pass(-1)).toEqual({ refused: "deadline_not_reached" });
    expect(await pass(MINUTE_MS)).toEqual({ refused: "payments_open" });
    await board.report(paymentReport(open, 30_000));
    expect(await pass(MINUTE_MS, true)).toEqual(ENDED);

    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "closed", raised: 48_500, count: 2 });
    expect(await refundsOf(boardId)).toEqual([]);
  });

  it("a board with an open payment closes after the grace period, and a later payment is refunded", async () => {
    const { boardId, board, open, pass } = await boardNearDeadline();

    expect(await pass(CLOSING_GRACE_MS - 1)).toEqual({ refused: "payments_open" });
    expect(await pass(CLOSING_GRACE_MS)).toEqual(ENDED);
    await board.report(paymentReport(open, 30_000));

    await projected(board);
    expect((await payoutsOf(boardId)).map(({ grossCents }) => grossCents)).toEqual([19_400]);
    expect(await refundsOf(boardId)).toMatchObject([{ cause: "late_payment", amountCents: 30_000 }]);
  });

  it("the alarm at the deadline is set to the end of the grace period when a payment is open", async () => {
    const deadline = new Date(Date.now() + 1_500);
    const { board } = await openBoard({ deadline });
    await board.contribution(20_000);

    await vi.waitFor(async () => {
      expect(Date.now()).toBeGreaterThan(deadline.getTime());
      expect(await alarmOf(board)).toBe(deadline.getTime() + CLOSING_GRACE_MS);
    }, WAIT_OPTIONS);
    expect(await board.inspect()).toMatchObject({ status: "active" });
    expect(await board.view()).toMatchObject({ acceptsContributions: false });

    const judgedAt = new Date(Date.now() + 16 * MINUTE_MS);
    expect(await board.execute({ type: "pass_deadline", providersLookedUp: false }, { judgedAt })).toEqual(ENDED);
    await projected(board);
    expect(await board.inspect()).toMatchObject({ status: "expired" });
  });
});
