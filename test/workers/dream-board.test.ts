import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { boardEvents, mailMessages, projectionFailures } from "#database/own-tables";
import { boardFlags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import { auditLogs, contributions, dreamBoards, hosts, payoutItems, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { CLOSING_GRACE_MS } from "#domain/board/decide";
import { EXPIRY_MS } from "#domain/board/decide-payments";
import type { PublicView } from "#domain/board/public-view";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import {
  anOwner,
  boardOf,
  contribution,
  database,
  newBoard,
  openBoard,
  paymentReport,
  plugPostgres,
  unplugPostgres,
} from "./support.ts";

const SYSTEM = { kind: "system" } as const;

async function totals(boardId: string) {
  const [row] = await database.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  return row && { status: row.status, raised: Number(row.raisedCents), count: Number(row.contributionCount) };
}

async function logOf(boardId: string) {
  return await database
    .select()
    .from(boardEvents)
    .where(eq(boardEvents.dreamBoardId, boardId))
    .orderBy(boardEvents.seq);
}

/** Whatever is on its way has arrived once the projected sequence number is the log's head. */
async function projected(board: { inspect(): Promise<{ headSeq: number; projectedSeq: number }> }) {
  await vi.waitFor(
    async () => {
      const { headSeq, projectedSeq } = await board.inspect();
      expect(projectedSeq).toBe(headSeq);
    },
    { timeout: 15_000, interval: 25 },
  );
}

afterEach(plugPostgres);

describe("DreamBoard", () => {
  it("opens a board and has it in Postgres before it answers", async () => {
    const { boardId, about, opened } = await openBoard();

    expect(opened).toMatchObject({ projected: true, board: { id: boardId, status: "active", raised: 0 } });
    const [row] = await database.select().from(dreamBoards).where(eq(dreamBoards.id, boardId));
    expect(row).toMatchObject({ slug: about.slug, childName: "Maya", goalCents: 100_000, giftData: about.gift });
    const mails = await database.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId));
    expect(mails.map(({ kind }) => kind)).toEqual(["board_live"]);
  });

  it("opens the same board once, and no second board under its code", async () => {
    const { command, about, board, boardId } = await openBoard();

    expect(await board.open(command, about, "req_test")).toMatchObject({ events: 0, projected: true });
    expect(await board.open({ ...command, boardId: newId(new Date()) }, about, "req_test")).toEqual({
      refused: "code_taken",
    });
    expect(await logOf(boardId)).toHaveLength(1);
  });

  it("carries a payment to the tally, the row, the log and the mail", async () => {
    const { boardId, board } = await openBoard();
    const reference = await contribution(board, 20_000, "Thandi M.");

    expect(await board.reportPayment(paymentReport(reference, 20_000), "req_test")).toEqual({ outcome: "recorded" });
    expect(await board.view()).toMatchObject({ percent: 19, contributors: ["Thandi"], contributionCount: 1 });
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 });
    const [row] = await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId));
    expect(row).toMatchObject({
      contributorName: "Thandi M.",
      feeCents: 600,
      netCents: 19_400,
      paymentStatus: "completed",
    });
    const audits = await database
      .select()
      .from(auditLogs)
      .where(sql`metadata ->> 'provider_payment_id' = ${`pf-${reference}`}`);
    expect(audits.map(({ action }) => action)).toEqual(["payment.completed"]);
  });

  it("counts two hundred payments told 1.2 times each, at once and out of order, exactly once", async () => {
    const { boardId, board } = await openBoard({ goal: cents(300_000) });
    const references = await Promise.all(Array.from({ length: 200 }, (_, i) => contribution(board, 2_000 + i)));
    const reports = references.map((reference, i) => paymentReport(reference, 2_000 + i));
    const told = [...reports, ...reports.filter((_, i) => i % 5 === 0)].sort((a, b) =>
      a.reference < b.reference ? 1 : -1,
    );

    const outcomes = await Promise.all(told.map((report) => board.reportPayment(report, "req_test")));

    const net = reports.reduce((sum, { amount }) => sum + amount - 300, 0);
    expect(outcomes.filter((outcome) => "outcome" in outcome && outcome.outcome === "recorded")).toHaveLength(200);
    expect(await board.inspect()).toMatchObject({ raisedCents: net, recountedCents: net, contributionCount: 200 });
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "funded", raised: net, count: 200 });
    expect((await logOf(boardId)).filter(({ type }) => type === "goal_reached")).toHaveLength(1);
  });

  it("remembers everything after its memory is gone", async () => {
    const { boardId, board, stub } = await openBoard();
    await board.reportPayment(paymentReport(await contribution(board, 20_000, "Sipho"), 20_000), "req_test");
    const before = { view: await board.view(), inspection: await board.inspect() };
    await projected(board);

    await evictDurableObject(stub);

    const again = boardOf(boardId).board;
    expect(await again.view()).toEqual(before.view);
    expect(await again.inspect()).toMatchObject({ headHash: before.inspection.headHash, raisedCents: 19_400 });
  });

  it("closes with payouts planned, once, and tells what was planned again when asked again", async () => {
    const { boardId, board, command } = await openBoard({ goal: cents(20_000) });
    await board.reportPayment(paymentReport(await contribution(board, 50_000), 50_000), "req_test");

    const first = await board.close(
      command.partnerId,
      { type: "close_board", reason: "manual", by: SYSTEM },
      "req_test",
    );
    const second = await board.close(
      command.partnerId,
      { type: "close_board", reason: "manual", by: SYSTEM },
      "req_test",
    );

    expect(first).toMatchObject({ projected: true, board: { status: "closed" } });
    expect(second).toMatchObject({ events: 0, board: { payouts: [{ gross: 20_000 }, { gross: 28_500 }] } });
    const rows = await database.select().from(payouts).where(eq(payouts.dreamBoardId, boardId));
    expect(rows.map(({ grossCents }) => grossCents).sort()).toEqual([20_000, 28_500]);
    expect(JSON.stringify(rows)).not.toContain("parent@example.com");
    expect(await database.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId))).toHaveLength(2);
  });

  it("is nobody else's to close or read", async () => {
    const { board } = await openBoard();
    const stranger = newId(new Date());

    expect(await board.close(stranger, { type: "close_board", reason: "manual", by: SYSTEM }, "req_test")).toEqual({
      refused: "unknown_board",
    });
    expect(await board.snapshot(stranger)).toBeNull();
  });

  it("records money that comes after closing and asks for its refund", async () => {
    const { boardId, board, command } = await openBoard();
    const reference = await contribution(board, 20_000);
    await board.close(command.partnerId, { type: "close_board", reason: "manual", by: SYSTEM }, "req_test");

    await board.reportPayment(paymentReport(reference, 20_000), "req_test");

    expect(await board.receipt(reference)).toMatchObject({ status: "completed", refund: "late_payment" });
    await projected(board);
    expect(await database.select().from(refunds).where(eq(refunds.dreamBoardId, boardId))).toMatchObject([
      { amountCents: 20_000, cause: "late_payment", status: "requested", providerPaymentId: `pf-${reference}` },
    ]);
  });

  it("expires by its own alarm when nothing was raised", async () => {
    const { boardId, board } = await openBoard({ deadline: new Date(Date.now() + 1_000) });

    await vi.waitFor(async () => expect(await totals(boardId)).toMatchObject({ status: "expired" }), {
      timeout: 15_000,
      interval: 50,
    });
    expect(await board.view()).toMatchObject({ phase: "expired" });
  });
});

const MINUTE_MS = 60_000;
const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS);

const refundRows = async (boardId: string) =>
  await database.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);

describe("a board that is cancelled", () => {
  const CANCEL = { type: "cancel_board", by: { kind: "operator" } } as const;

  it("sends every contribution back, step by step, each step in Postgres before it is answered", async () => {
    const { boardId, board, command } = await openBoard();
    const [first, second] = [await contribution(board, 20_000), await contribution(board, 30_000)];
    for (const [reference, amount] of [[first, 20_000] as const, [second, 30_000] as const]) {
      await board.reportPayment(paymentReport(reference, amount), "req_test");
    }

    const cancelled = await board.cancel(command.partnerId, CANCEL, "req_test");
    expect(cancelled).toMatchObject({ events: 3, projected: true, board: { status: "cancelled" } });
    expect(await board.cancel(null, CANCEL, "req_test")).toMatchObject({ events: 0, projected: true });
    const rows = await refundRows(boardId);
    expect(rows.map(({ cause, status, amountCents }) => [cause, status, amountCents]).sort()).toEqual([
      ["board_cancelled", "requested", 20_000],
      ["board_cancelled", "requested", 30_000],
    ]);

    const refund = rows.find(({ providerPaymentId }) => providerPaymentId === `pf-${first}`);
    const about = { contributionId: refund?.contributionId ?? "", providerPaymentId: `pf-${first}` };
    const news = { type: "report_refund", ...about, reason: null, by: SYSTEM } as const;
    for (const status of ["processing", "completed"] as const) {
      const told = { ...news, status, providerRefundId: "rf-1" };
      expect(await board.settle(told, "req_test")).toEqual({ events: 1, projected: true });
      expect(await board.settle(told, "req_test")).toEqual({ events: 0, projected: true });
      const [row] = (await refundRows(boardId)).filter(({ id }) => id === refund?.id);
      expect(row).toMatchObject({ status, providerRefundId: "rf-1" });
    }
    expect(await totals(boardId)).toEqual({ status: "cancelled", raised: 29_100, count: 1 });

    const word = { reference: second, providerPaymentId: `pf-${second}`, providerRefundId: "rf-2", reason: "Complete" };
    expect(await board.reportRefund({ ...word, status: "completed" }, "req_test")).toMatchObject({ events: 1 });
    expect(await board.reportRefund({ ...word, status: "completed" }, "req_test")).toMatchObject({ events: 0 });
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "cancelled", raised: 0, count: 0 });
    expect(await board.inspect()).toMatchObject({ raisedCents: 0, recountedCents: 0 });
  });

  it("is cancelled by nobody else's partner, and by an operator", async () => {
    const { board } = await openBoard();

    expect(await board.cancel(newId(new Date()), CANCEL, "req_test")).toEqual({ refused: "unknown_board" });
    expect(await board.cancel(null, CANCEL, "req_test")).toMatchObject({ board: { status: "cancelled" } });
  });

  it("is not, once it has closed", async () => {
    const { board, command } = await openBoard();
    await board.close(command.partnerId, { type: "close_board", reason: "manual", by: SYSTEM }, "req_test");

    expect(await board.cancel(null, CANCEL, "req_test")).toEqual({ refused: "cannot_cancel", status: "closed" });
  });

  it("knows of no refund that was never asked for", async () => {
    const { board } = await openBoard();
    const reference = await contribution(board, 20_000);
    const word = { providerPaymentId: "pf-x", providerRefundId: "rf-x", status: "completed", reason: null } as const;

    expect(await board.reportRefund({ reference, ...word }, "req_test")).toEqual({ refused: "unknown_refund" });
    expect(await board.reportRefund({ reference: "nothing", ...word }, "req_test")).toEqual({
      refused: "unknown_payment",
      reference: "nothing",
    });
  });

  it("says that Postgres does not have a step yet, and has it later", async () => {
    const { boardId, board, stub } = await openBoard();
    const reference = await contribution(board, 20_000);
    await board.reportPayment(paymentReport(reference, 20_000), "req_test");
    await projected(board);
    const [row] = await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId));
    await unplugPostgres();

    const payment = { contributionId: row?.id ?? "", providerPaymentId: null };
    const asked = { type: "request_refund", ...payment, cause: "operator", by: SYSTEM } as const;
    expect(await board.settle(asked, "req_test")).toEqual({ events: 1, projected: false });

    await plugPostgres();
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(stub);
        expect(await refundRows(boardId)).toMatchObject([{ cause: "operator", status: "requested" }]);
      },
      { timeout: 20_000, interval: 100 },
    );
  });
});

describe("a payment that was begun", () => {
  it("goes on under its offer while that stands, anew after a failure, and not once it is paid", async () => {
    const { board } = await openBoard();
    const reference = await contribution(board, 20_000);
    const retry = () => board.retryPayment(reference, "req_test");

    expect(await retry()).toMatchObject({ receipt: { reference, attempt: 1, payable: true } });
    await board.reportPayment({ ...paymentReport(reference, 20_000), status: "failed" }, "req_test");
    expect(await retry()).toMatchObject({ receipt: { reference, attempt: 2, status: "processing" } });
    expect(await retry()).toMatchObject({ receipt: { attempt: 2 } });
    await board.reportPayment(paymentReport(reference, 20_000), "req_test");
    expect(await retry()).toEqual({ refused: "payment_settled", status: "completed" });
    expect(await board.retryPayment("nothing", "req_test")).toEqual({
      refused: "unknown_payment",
      reference: "nothing",
    });
  });

  it("is known by its provider's request until it is begun anew, in the object and in Postgres", async () => {
    const { boardId, board, about } = await openBoard();
    const reference = await contribution(board, 20_000);
    const note = (attempt: number, requestId: string) =>
      board.notePaymentRequest({ type: "note_payment_request", reference, attempt, requestId }, "req_test");

    expect(await note(1, "req-1")).toMatchObject({ events: 1 });
    expect(await note(1, "req-1")).toMatchObject({ events: 0 });
    expect(await note(2, "req-2")).toMatchObject({ events: 0 });
    const offer = { slug: about.slug, reference, provider: "payfast", amount: 20_000 };
    expect(await board.standingOffer(reference)).toMatchObject({ ...offer, attempt: 1, requestId: "req-1" });
    await projected(board);
    const rows = () => database.select().from(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId));
    expect(await rows()).toMatchObject([{ attempt: 1, requestId: "req-1" }]);

    await board.reportPayment({ ...paymentReport(reference, 20_000), status: "failed" }, "req_test");
    await board.retryPayment(reference, "req_test");
    expect(await board.standingOffer(reference)).toMatchObject({ ...offer, attempt: 2, requestId: null });
    await projected(board);
    expect(await rows()).toMatchObject([{ attempt: 2, requestId: null }]);

    await board.reportPayment(paymentReport(reference, 20_000), "req_test");
    expect(await board.standingOffer(reference)).toBeNull();
  });

  it("is given up after a day, once, and completes all the same when its money comes", async () => {
    const { boardId, board } = await openBoard();
    const reference = await contribution(board, 20_000);
    const expire = (after: number) =>
      board.expirePayment({ type: "expire_payment", reference }, new Date(Date.now() + after), "req_test");

    expect(await expire(EXPIRY_MS - MINUTE_MS)).toEqual({ refused: "too_early_to_expire" });
    expect(await expire(EXPIRY_MS)).toMatchObject({ events: 1 });
    expect(await expire(EXPIRY_MS)).toMatchObject({ events: 0 });
    await projected(board);
    const status = async () =>
      (await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId)))[0]?.paymentStatus;
    expect(await status()).toBe("failed");

    expect(await board.reportPayment(paymentReport(reference, 20_000), "req_test")).toEqual({ outcome: "recorded" });
    await projected(board);
    expect(await status()).toBe("completed");
  });

  it("tells, when it fails, where it came from and how much it was, once", async () => {
    const { board } = await openBoard();
    const reference = await contribution(board, 20_000, null, { ipAddress: "105.0.0.1" });
    const failed = { ...paymentReport(reference, 20_000), status: "failed", providerStatus: "FAILED" } as const;

    expect(await board.reportPayment(failed, "req_test")).toEqual({
      outcome: "recorded",
      failure: { ipAddress: "105.0.0.1", amount: 20_000 },
    });
    expect(await board.reportPayment(failed, "req_test")).toEqual({ outcome: "old_news" });
  });

  it("of a wrong amount is refused each time it is told, and flagged once", async () => {
    const { boardId, board } = await openBoard();
    const reference = await contribution(board, 20_000);
    const wrong = paymentReport(reference, 19_999, "pf-wrong");
    const refused = { refused: "amount_mismatch", expected: 20_000, received: 19_999 };

    expect(await board.reportPayment(wrong, "req_test")).toEqual(refused);
    expect(await board.reportPayment(wrong, "req_test")).toEqual(refused);

    await projected(board);
    expect(await database.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, boardId))).toMatchObject([
      { flag: "amount_mismatch", providerPaymentId: "pf-wrong", receivedCents: 19_999, clearedAt: null },
    ]);
    expect(await totals(boardId)).toEqual({ status: "active", raised: 0, count: 0 });
    expect(await board.receipt(reference)).toMatchObject({ status: "pending" });
  });

  it("begun anew with the same form leaves no guest behind who belongs to no contribution", async () => {
    const { board, stub } = await openBoard();
    const submission = crypto.randomUUID();
    const reference = await contribution(board, 20_000, "Thandi", { submission });
    await board.reportPayment({ ...paymentReport(reference, 20_000), status: "failed" }, "req_test");

    expect(await contribution(board, 20_000, "Thandi", { submission })).toBe(reference);

    const kept = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec("SELECT id FROM contributors").toArray(),
    );
    expect(kept).toHaveLength(1);
  });
});

describe("the deadline, while a payment is open", () => {
  const almostOver = async () => {
    const deadline = minutesFromNow(30);
    const made = await openBoard({ deadline });
    const paid = await contribution(made.board, 20_000);
    await made.board.reportPayment(paymentReport(paid, 20_000), "req_test");
    const open = await contribution(made.board, 30_000);
    return { ...made, open, atDeadlinePlus: (ms: number) => new Date(deadline.getTime() + ms) };
  };

  it("waits for the provider to be asked, and then passes", async () => {
    const { boardId, board, open, atDeadlinePlus } = await almostOver();

    expect(await board.passDeadline(atDeadlinePlus(-1), "req_test")).toEqual({ refused: "deadline_not_reached" });
    expect(await board.passDeadline(atDeadlinePlus(MINUTE_MS), "req_test")).toEqual({ refused: "payments_open" });
    await board.reportPayment(paymentReport(open, 30_000), "req_test");
    expect(await board.passDeadline(atDeadlinePlus(MINUTE_MS), "req_test", true)).toMatchObject({ events: 1 });

    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "closed", raised: 48_500, count: 2 });
    expect(await refundRows(boardId)).toEqual([]);
  });

  it("does not wait for ever, and sends back what comes after", async () => {
    const { boardId, board, open, atDeadlinePlus } = await almostOver();

    expect(await board.passDeadline(atDeadlinePlus(CLOSING_GRACE_MS - 1), "req_test")).toEqual({
      refused: "payments_open",
    });
    expect(await board.passDeadline(atDeadlinePlus(CLOSING_GRACE_MS), "req_test")).toMatchObject({ events: 1 });
    await board.reportPayment(paymentReport(open, 30_000), "req_test");

    await projected(board);
    const rows = await database.select().from(payouts).where(eq(payouts.dreamBoardId, boardId));
    expect(rows.map(({ grossCents }) => grossCents)).toEqual([19_400]);
    expect(await refundRows(boardId)).toMatchObject([{ cause: "late_payment", amountCents: 30_000 }]);
  });

  it("lets the board's alarm come by again at the end of the wait, instead of closing", async () => {
    const deadline = new Date(Date.now() + 1_500);
    const { board, stub } = await openBoard({ deadline });
    await contribution(board, 20_000);

    await vi.waitFor(
      async () => {
        expect(Date.now()).toBeGreaterThan(deadline.getTime());
        const alarmAt = await runInDurableObject(stub, (_, state) => state.storage.getAlarm());
        expect(alarmAt).toBe(deadline.getTime() + CLOSING_GRACE_MS);
      },
      { timeout: 15_000, interval: 50 },
    );
    expect(await board.inspect()).toMatchObject({ status: "active" });
    expect(await board.view()).toMatchObject({ acceptsContributions: false });

    expect(await board.passDeadline(minutesFromNow(16), "req_test")).toMatchObject({ events: 1 });
    await projected(board);
    expect(await board.inspect()).toMatchObject({ status: "expired" });
  });
});

describe("DreamBoard while Postgres is away", () => {
  it("takes contributions and payments as ever, and has projected each once when it is back", async () => {
    const { boardId, board, stub } = await openBoard();
    await unplugPostgres();

    const reference = await contribution(board, 20_000, "Lerato");
    expect(await board.reportPayment(paymentReport(reference, 20_000), "req_test")).toEqual({ outcome: "recorded" });
    expect(await board.reportPayment(paymentReport(reference, 20_000), "req_test")).toEqual({ outcome: "old_news" });
    expect(await board.view()).toMatchObject({ percent: 19 });

    await plugPostgres();
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(stub);
        expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 });
      },
      { timeout: 20_000, interval: 100 },
    );
    expect((await logOf(boardId)).map(({ type }) => type)).toEqual([
      "board_opened",
      "contribution_opened",
      "payment_completed",
    ]);
  });

  it("closes from its own log and says that Postgres does not know it yet", async () => {
    const { board, command } = await openBoard();
    await unplugPostgres();

    expect(
      await board.close(command.partnerId, { type: "close_board", reason: "manual", by: SYSTEM }, "req_test"),
    ).toMatchObject({ projected: false, board: { status: "closed" } });
  });
});

describe("a poisoned event", () => {
  it("is recorded and waits for a person, and goes on once the cause is mended", async () => {
    const owner = await anOwner();
    const missingHost = newId(new Date());
    const { command, about } = newBoard({ ...owner, hostId: missingHost });
    const { board } = boardOf(command.boardId);

    expect(await board.open(command, about, "req_test")).toMatchObject({ projected: false });
    expect(await board.inspect()).toMatchObject({ poisonedSeq: 1, projectedSeq: 0 });
    const failures = () =>
      database.select().from(projectionFailures).where(eq(projectionFailures.dreamBoardId, command.boardId));
    expect(await failures()).toMatchObject([
      { seq: 1, eventType: "board_opened", errorCode: "23503", resolvedAt: null },
    ]);

    await database.insert(hosts).values({ id: missingHost, email: `${missingHost}@example.com` });
    expect(await board.projectAgain(0)).toMatchObject({ poisonedSeq: null, projectedSeq: 1 });
    expect(await totals(command.boardId)).toMatchObject({ status: "active" });
  });
});

describe("projecting again", () => {
  it("from the beginning changes nothing and tells nobody anything twice", async () => {
    const { boardId, board, command } = await openBoard({ goal: cents(20_000) });
    await board.reportPayment(paymentReport(await contribution(board, 50_000), 50_000), "req_test");
    await board.close(command.partnerId, { type: "close_board", reason: "manual", by: SYSTEM }, "req_test");
    await projected(board);
    const everything = async () => ({
      totals: await totals(boardId),
      log: await logOf(boardId),
      mails: await database.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId)),
      payouts: await database.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)),
      audits: await database.$count(auditLogs, eq(auditLogs.targetId, publicId("board", boardId))),
    });
    const before = await everything();

    await board.projectAgain(0);

    expect(await everything()).toEqual(before);
  });

  it("writes again what a restored Postgres has forgotten", async () => {
    const { boardId, board } = await openBoard();
    await board.reportPayment(paymentReport(await contribution(board, 20_000), 20_000), "req_test");
    await projected(board);
    await database.delete(mailMessages).where(eq(mailMessages.dreamBoardId, boardId));
    await database.delete(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId));
    await database.delete(providerPayments).where(eq(providerPayments.dreamBoardId, boardId));
    await database.delete(contributions).where(eq(contributions.dreamBoardId, boardId));
    await database.delete(boardEvents).where(sql`${boardEvents.dreamBoardId} = ${boardId} AND ${boardEvents.seq} > 1`);

    await board.projectAgain(1);

    expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 });
    expect(await logOf(boardId)).toHaveLength(3);
    for (const table of [paymentRequests, providerPayments]) {
      expect(await database.select().from(table).where(eq(table.dreamBoardId, boardId))).toHaveLength(1);
    }
  });
});

describe("a lost object", () => {
  it("comes back from the log in Postgres, chain and all", async () => {
    const { boardId, board, stub, about } = await openBoard();
    await board.reportPayment(paymentReport(await contribution(board, 20_000, "Ayanda"), 20_000), "req_test");
    await projected(board);
    const before = await board.inspect();
    const events = (await logOf(boardId)).map(({ seq, at, data, hash }) => ({
      seq,
      at: at.toISOString(),
      event: data,
      hash,
    }));
    const [row] = await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId));
    const people = new Map([[String(row?.id), { name: "Ayanda", message: null, ipAddress: null, userAgent: null }]]);
    await runInDurableObject(stub, async (_, state) => {
      await state.storage.deleteAlarm();
      await state.storage.deleteAll();
    });
    await evictDurableObject(stub);

    const lost = boardOf(boardId);
    expect(await lost.board.view()).toBeNull();
    const forged = events.map((entry) => (entry.seq === 2 ? { ...entry, at: new Date(0).toISOString() } : entry));
    expect(await lost.board.restore(forged, about, people)).toMatchObject({ restored: false });
    expect(await lost.board.restore(events, about, people)).toEqual({ restored: true });

    const found = boardOf(boardId).board;
    expect(await found.inspect()).toMatchObject({
      headHash: before.headHash,
      raisedCents: 19_400,
    });
    expect(await found.view()).toMatchObject({ contributors: ["Ayanda"] });
  });

  it("is never overwritten while it has a log of its own", async () => {
    const { board, about } = await openBoard();

    expect(await board.restore([], about, new Map())).toMatchObject({ restored: false });
  });
});

describe("an open page", () => {
  it("sees the board at once and every change after it", async () => {
    const { board, stub } = await openBoard();
    const response = await stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });
    const socket = response.webSocket;
    if (!socket) throw new Error("no socket");
    const seen: PublicView[] = [];
    socket.addEventListener("message", ({ data }) => {
      seen.push(JSON.parse(String(data)).view);
    });
    socket.accept();
    await vi.waitFor(() => expect(seen).toHaveLength(1));

    await board.reportPayment(paymentReport(await contribution(board, 20_000, "Zoë"), 20_000), "req_test");

    await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ percent: 19, contributors: ["Zoë"] }));
    expect(JSON.stringify(seen)).not.toMatch(/20_?000|R200/);
    socket.close();
  });

  it("of no board is refused", async () => {
    const response = await boardOf(newId(new Date())).stub.fetch("https://board/live", {
      headers: { Upgrade: "websocket" },
    });

    expect(response.status).toBe(404);
  });
});
