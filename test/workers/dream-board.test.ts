import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { boardEvents, boardPots, mailMessages, projectionFailures } from "#database/own-tables";
import { boardFlags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import { auditLogs, contributions, dreamBoards, hosts, payoutItems, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import type { ReportRefund } from "#domain/board/commands";
import { CLOSING_GRACE_MS } from "#domain/board/decide-closing";
import { EXPIRY_MS } from "#domain/board/decide-payments";
import type { PublicView } from "#domain/board/public-view";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { SCHEMA_MIGRATIONS } from "../../durable-objects/board-journal.ts";
import {
  anOwner,
  database,
  newBoard,
  openBoard,
  paymentReport,
  plugPostgres,
  RemoteBoard,
  receiptOf,
  unplugPostgres,
} from "./support.ts";

const MINUTE_MS = 60_000;
const WAIT_OPTIONS = { timeout: 20_000, interval: 50 };
const RECORDED = { outcome: "recorded", projected: false, board: null };
const NO_CHANGE = { outcome: "no_change", projected: false, board: null };
const WAIT = { waitForProjection: true };

async function totals(boardId: string) {
  const [row] = await database.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  return row && { status: row.status, raised: Number(row.raisedCents), count: Number(row.contributionCount) };
}

const logOf = async (boardId: string) =>
  await database.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, boardId)).orderBy(boardEvents.seq);
const refundsOf = async (boardId: string) =>
  await database.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
const contributionsOf = async (boardId: string) =>
  await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId));
const payoutsOf = async (boardId: string) =>
  await database.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)).orderBy(payouts.grossCents);

/** Waits until Postgres has every event of the log. */
async function projected(board: RemoteBoard): Promise<void> {
  await vi.waitFor(async () => {
    const { headSeq, projectedSeq } = await board.inspect();
    expect(projectedSeq).toBe(headSeq);
  }, WAIT_OPTIONS);
}

/** Fires the alarm of the board until `check` passes. */
async function inTime(board: RemoteBoard, check: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(board.stub);
    await check();
  }, WAIT_OPTIONS);
}

/** The alert lines about this board while `act` runs. */
async function alertsDuring(board: RemoteBoard, act: () => Promise<unknown>): Promise<{ event: string }[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
  try {
    await act();
  } finally {
    spy.mockRestore();
  }
  const { name } = board.stub;
  return lines.map((line) => JSON.parse(line)).filter((line) => line.alert === true && line.board === name);
}

afterEach(plugPostgres);

describe("a board", () => {
  it("opening a board writes it to Postgres before the answer", async () => {
    const { boardId, profile, opened } = await openBoard();

    expect(opened).toMatchObject({
      outcome: "recorded",
      projected: true,
      board: { id: boardId, status: "active", raised: 0 },
    });
    const [row] = await database.select().from(dreamBoards).where(eq(dreamBoards.id, boardId));
    expect(row).toMatchObject({ slug: profile.slug, childName: "Maya", goalCents: 100_000, giftData: profile.gift });
    const mails = await database.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId));
    expect(mails.map(({ kind }) => kind)).toEqual(["board_live"]);
  });

  it("opening a board again changes nothing, and another board under its code is refused", async () => {
    const { command, profile, board, boardId } = await openBoard();
    const context = { profiles: { board: profile }, waitForProjection: true };

    expect(await board.execute(command, context)).toMatchObject({ outcome: "no_change", projected: true });
    expect(await board.execute({ ...command, boardId: newId(new Date()) }, context)).toEqual({ refused: "code_taken" });
    expect(await logOf(boardId)).toHaveLength(1);
  });

  it("the first write of an object creates its tables, and reads of an unknown board create none", async () => {
    const meta = (board: RemoteBoard) =>
      runInDurableObject(board.stub, (_, { storage }) => {
        const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'meta'").toArray();
        return tables.length > 0 ? storage.sql.exec("SELECT name, value FROM meta").toArray() : null;
      });
    const unknownBoard = new RemoteBoard(newId(new Date()));
    const { board } = await openBoard();

    expect(await unknownBoard.view()).toBeNull();
    expect(await unknownBoard.retry("nothing")).toEqual({ refused: "unknown_board" });

    expect(await meta(unknownBoard)).toBeNull();
    expect(await meta(board)).toEqual([{ name: "schema_version", value: String(SCHEMA_MIGRATIONS.length) }]);
  });

  it("a payment reaches the pot, the rows, the log and the audit log", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.contribution(20_000, { name: "Thandi M." });

    expect(await board.report(paymentReport(reference, 20_000))).toEqual(RECORDED);
    expect(await board.view()).toMatchObject({ percent: 15, contributors: ["Thandi"], contributionCount: 1 });
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 });
    expect(await contributionsOf(boardId)).toMatchObject([
      { contributorName: "Thandi M.", feeCents: 600, netCents: 19_400, paymentStatus: "completed" },
    ]);
    const audits = await database
      .select()
      .from(auditLogs)
      .where(sql`metadata ->> 'provider_payment_id' = ${`pf-${reference}`}`);
    expect(audits.map(({ action }) => action)).toEqual(["payment.completed"]);
  });

  it("a mail that a projection writes is sent without the sweeper", async () => {
    const { boardId } = await openBoard();

    await vi.waitFor(async () => {
      const mails = await database.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId));
      expect(mails.map(({ status }) => status)).toEqual(["sent"]);
    }, WAIT_OPTIONS);
  });

  it("two hundred payments, some reported twice, concurrently and out of order, count once each", async () => {
    const { boardId, board } = await openBoard({ goal: cents(300_000) });
    const references = await Promise.all(Array.from({ length: 200 }, (_, i) => board.contribution(2_000 + i)));
    const reports = references.map((reference, i) => paymentReport(reference, 2_000 + i));
    const sent = [...reports, ...reports.filter((_, i) => i % 5 === 0)].sort((a, b) =>
      a.reference < b.reference ? 1 : -1,
    );

    const outcomes = await Promise.all(sent.map((report) => board.report(report)));

    const net = reports.reduce((sum, { amount }) => sum + amount - 300, 0);
    const recorded = outcomes.filter((outcome) => "outcome" in outcome && outcome.outcome === "recorded");
    expect(recorded).toHaveLength(200);
    const pot = { counted: net, returning: 0, payable: net };
    expect(await board.inspect()).toMatchObject({ pot, recounted: pot, contributionCount: 200 });
    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "funded", raised: net, count: 200 });
    const pots = await database.select().from(boardPots).where(eq(boardPots.dreamBoardId, boardId));
    expect(pots).toMatchObject([{ countedCents: net, returningCents: 0, contributionCount: 200 }]);
    expect((await logOf(boardId)).filter(({ type }) => type === "goal_reached")).toHaveLength(1);
  });

  it("a board is the same after an eviction", async () => {
    const { board } = await openBoard();
    await board.paid(20_000, { name: "Sipho" });
    await projected(board);
    const before = { view: await board.view(), inspection: await board.inspect() };

    await evictDurableObject(board.stub);

    expect(await board.view()).toEqual(before.view);
    expect(await board.inspect()).toEqual(before.inspection);
  });

  it("a board closes once, with its payouts planned, and a repeated close shows the same payouts", async () => {
    const { boardId, board } = await openBoard({ goal: cents(20_000) });
    await board.paid(50_000);

    const first = await board.close();
    const second = await board.close();

    expect(first).toMatchObject({ outcome: "recorded", projected: true, board: { status: "closed" } });
    const planned = [{ gross: 20_000 }, { gross: 28_500 }];
    expect(second).toMatchObject({ outcome: "no_change", board: { payouts: planned } });
    const rows = await payoutsOf(boardId);
    expect(rows.map(({ grossCents }) => grossCents)).toEqual([20_000, 28_500]);
    expect(JSON.stringify(rows)).not.toContain("parent@example.com");
    expect(await database.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId))).toHaveLength(2);
  });

  it("another partner, or a command with another board id, can neither close nor read a board", async () => {
    const { board, command } = await openBoard();
    const otherPartner = { kind: "partner", partnerId: newId(new Date()), apiKeyId: newId(new Date()) } as const;
    const close = { type: "close_board", reason: "manual" } as const;

    expect(await board.execute(close, { by: otherPartner })).toEqual({ refused: "unknown_board" });
    expect(await board.execute(close, { boardId: newId(new Date()) })).toEqual({ refused: "unknown_board" });
    expect(await board.object.read("snapshot", { owner: otherPartner })).toBeNull();
    const owner = { kind: "partner", partnerId: command.partnerId } as const;
    expect(await board.object.read("snapshot", { owner })).toMatchObject({ id: command.boardId, status: "active" });
  });

  it("a payment after closing is recorded and its refund request is projected", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.contribution(20_000);
    await board.close();

    await board.report(paymentReport(reference, 20_000));

    expect(await board.receipt(reference)).toMatchObject({ status: "completed", refund: "late_payment" });
    await projected(board);
    expect(await refundsOf(boardId)).toMatchObject([
      { amountCents: 20_000, cause: "late_payment", status: "requested", providerPaymentId: `pf-${reference}` },
    ]);
  });

  it("a board without money expires by its own alarm", async () => {
    const { boardId, board } = await openBoard({ deadline: new Date(Date.now() + 1_000) });

    await vi.waitFor(async () => expect(await totals(boardId)).toMatchObject({ status: "expired" }), WAIT_OPTIONS);
    expect(await board.view()).toMatchObject({ phase: "expired" });
  });
});

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

  it("a board with an open payment closes after its providers were queried", async () => {
    const { boardId, board, open, pass } = await boardNearDeadline();

    expect(await pass(-1)).toEqual({ refused: "deadline_not_reached" });
    expect(await pass(MINUTE_MS)).toEqual({ refused: "payments_open" });
    await board.report(paymentReport(open, 30_000));
    expect(await pass(MINUTE_MS, true)).toEqual(RECORDED);

    await projected(board);
    expect(await totals(boardId)).toEqual({ status: "closed", raised: 48_500, count: 2 });
    expect(await refundsOf(boardId)).toEqual([]);
  });

  it("a board with an open payment closes after the grace period, and a later payment is refunded", async () => {
    const { boardId, board, open, pass } = await boardNearDeadline();

    expect(await pass(CLOSING_GRACE_MS - 1)).toEqual({ refused: "payments_open" });
    expect(await pass(CLOSING_GRACE_MS)).toEqual(RECORDED);
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
    expect(await board.execute({ type: "pass_deadline", providersLookedUp: false }, { judgedAt })).toEqual(RECORDED);
    await projected(board);
    expect(await board.inspect()).toMatchObject({ status: "expired" });
  });
});

const alarmOf = (board: RemoteBoard) => runInDurableObject(board.stub, (_, { storage }) => storage.getAlarm());

describe("while Postgres is away", () => {
  it("contributions and payments work without Postgres, and are projected once when it is back", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);

    const reference = await board.contribution(20_000, { name: "Lerato" });
    expect(await board.report(paymentReport(reference, 20_000))).toEqual(RECORDED);
    expect(await board.report(paymentReport(reference, 20_000))).toEqual(NO_CHANGE);
    expect(await board.view()).toMatchObject({ percent: 15 });

    await plugPostgres();
    await inTime(board, async () =>
      expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 }),
    );
    expect((await logOf(boardId)).map(({ type }) => type)).toEqual([
      "board_opened",
      "contribution_opened",
      "payment_completed",
    ]);
  });

  it("a board closes without Postgres and answers that the closing is not projected", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);

    expect(await board.close()).toMatchObject({ outcome: "recorded", projected: false, board: { status: "closed" } });
  });

  it("an object with unprojected events and without an alarm sets one at the next call", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.paid(20_000);
    await board.close();
    await runInDurableObject(board.stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(board.stub);
    await plugPostgres();

    expect(await board.view()).toMatchObject({ phase: "closed" });

    expect(await alarmOf(board)).not.toBeNull();
    await inTime(board, async () => expect(await totals(boardId)).toMatchObject({ status: "closed", raised: 19_400 }));
  });

  it("the alarm aborts its timeout when the projection ends", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.paid(20_000);
    await plugPostgres();
    const wait = vi.spyOn(scheduler, "wait");

    await inTime(board, async () => {
      const { headSeq, projectedSeq } = await board.inspect();
      expect(projectedSeq).toBe(headSeq);
    });

    const signals = wait.mock.calls.map(([, options]) => options?.signal);
    wait.mockRestore();
    expect(signals.length).toBeGreaterThan(0);
    for (const signal of signals) expect(signal?.aborted).toBe(true);
  });
});

describe("poisoned events", () => {
  it("an event that Postgres refuses is recorded as a failure, and projected once the cause is gone", async () => {
    const owner = await anOwner();
    const missingHost = newId(new Date());
    const { command, profile } = newBoard({ ...owner, hostId: missingHost });
    const board = new RemoteBoard(command.boardId);
    const context = { profiles: { board: profile }, waitForProjection: true };

    const alerts = await alertsDuring(board, async () =>
      expect(await board.execute(command, context)).toMatchObject({ projected: false }),
    );
    expect(alerts).toMatchObject([{ event: "projection_poisoned", seq: 1, type: "board_opened" }]);
    expect(await board.inspect()).toMatchObject({ poisonedSeq: 1, projectedSeq: 0 });
    const failures = () =>
      database.select().from(projectionFailures).where(eq(projectionFailures.dreamBoardId, command.boardId));
    expect(await failures()).toMatchObject([
      { seq: 1, eventType: "board_opened", errorCode: "23503", resolvedAt: null },
    ]);

    await database.insert(hosts).values({ id: missingHost, email: `${missingHost}@example.com` });
    expect(await board.object.projectAgain(0)).toMatchObject({ poisonedSeq: null, projectedSeq: 1 });
    expect(await totals(command.boardId)).toMatchObject({ status: "active" });
  });
});

describe("projectAgain", () => {
  it("projecting again from the beginning changes no row and announces nothing", async () => {
    const { boardId, board } = await openBoard({ goal: cents(20_000) });
    const reference = await board.paid(50_000);
    await board.close();
    await projected(board);
    const audited = sql`target_id = ${publicId("board", boardId)} OR metadata ->> 'provider_payment_id' = ${`pf-${reference}`}`;
    const everything = async () => ({
      totals: await totals(boardId),
      log: await logOf(boardId),
      mails: await database
        .select({ id: mailMessages.id, kind: mailMessages.kind })
        .from(mailMessages)
        .where(eq(mailMessages.dreamBoardId, boardId))
        .orderBy(mailMessages.id),
      payouts: await payoutsOf(boardId),
      audits: (await database.select().from(auditLogs).where(audited)).length,
    });
    const before = await everything();
    expect(before.audits).toBe(4);

    await board.object.projectAgain(0);

    expect(await everything()).toEqual(before);
  });

  it("projecting again writes what a restored Postgres does not have", async () => {
    const { boardId, board } = await openBoard();
    await board.paid(20_000);
    await projected(board);
    for (const table of [mailMessages, paymentRequests, providerPayments, contributions, boardPots]) {
      await database.delete(table).where(eq(table.dreamBoardId, boardId));
    }
    await database.delete(boardEvents).where(sql`${boardEvents.dreamBoardId} = ${boardId} AND ${boardEvents.seq} > 1`);

    await board.object.projectAgain(1);

    expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 });
    expect(await logOf(boardId)).toHaveLength(3);
    for (const table of [paymentRequests, providerPayments, boardPots]) {
      expect(await database.select().from(table).where(eq(table.dreamBoardId, boardId))).toHaveLength(1);
    }
  });
});

describe("an event of a newer release", () => {
  it("a board with an event of a newer release is read-only until a release can read it", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.paid(20_000, { name: "Zoë" });
    await projected(board);
    const { headSeq } = await board.inspect();
    const setLast = (type: string) =>
      runInDurableObject(board.stub, (_, { storage }) => {
        storage.sql.exec("UPDATE events SET type = ? WHERE seq = ?", type, headSeq + 1);
      });
    await board.contribution(30_000);
    await projected(board);
    await setLast("confetti_thrown");
    await evictDurableObject(board.stub);

    const alerts = await alertsDuring(board, async () => {
      expect(await board.view()).toMatchObject({ phase: "open", contributors: ["Zoë"], percent: 15 });
      expect(await board.receipt(reference)).toMatchObject({ status: "completed" });
    });

    const unreadable = { seq: headSeq + 1, type: "confetti_thrown", v: 1, problem: "unknown" };
    expect(alerts).toEqual([{ alert: true, event: "board_read_only", board: board.stub.name, ...unreadable }]);
    expect(await board.close()).toEqual({ refused: "newer_release" });
    expect(await board.report(paymentReport(reference, 20_000))).toEqual({ refused: "newer_release" });
    expect(await board.inspect()).toMatchObject({ status: "active", headSeq: headSeq + 1, unreadable });
    expect(await logOf(boardId)).toHaveLength(headSeq + 1);

    await setLast("contribution_opened");
    await evictDurableObject(board.stub);

    expect(await board.inspect()).toMatchObject({ unreadable: null });
    expect(await board.close()).toMatchObject({ outcome: "recorded", projected: true });
  });

  it("an event of a newer release is not projected, and the events before it are", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.contribution(20_000);
    await board.contribution(30_000);
    await runInDurableObject(board.stub, (_, { storage }) => {
      storage.sql.exec("UPDATE events SET v = 99 WHERE seq = 3");
    });
    await evictDurableObject(board.stub);
    await plugPostgres();

    await inTime(board, async () => expect(await logOf(boardId)).toHaveLength(2));

    expect(await board.inspect()).toMatchObject({ headSeq: 3, projectedSeq: 2, poisonedSeq: null });
    expect(await alarmOf(board)).toBeNull();
  });
});

describe("live pages", () => {
  it("a live page gets the view at once and after a change", async () => {
    const { board } = await openBoard();
    const response = await board.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });
    const socket = response.webSocket;
    if (!socket) throw new Error("no socket");
    const seen: PublicView[] = [];
    socket.addEventListener("message", ({ data }) => {
      seen.push(JSON.parse(String(data)).view);
    });
    socket.accept();
    await vi.waitFor(() => expect(seen).toHaveLength(1));

    await board.paid(20_000, { name: "Zoë" });

    await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ percent: 15, contributors: ["Zoë"] }));
    expect(JSON.stringify(seen)).not.toMatch(/20_?000|19_?400|R200/);
    socket.close();
  });

  it("a live page of an unknown board is answered 404", async () => {
    const unknownBoard = new RemoteBoard(newId(new Date()));

    const response = await unknownBoard.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });

    expect(response.status).toBe(404);
  });
});

it("an actor is recorded with its event", async () => {
  const { boardId, board, command } = await openBoard();
  const host = { kind: "host", hostId: command.hostId } as const;
  await board.execute({ type: "close_board", reason: "manual" }, { ...WAIT, by: host });

  expect((await logOf(boardId)).map(({ by }) => by)).toEqual([SYSTEM, host]);
});
