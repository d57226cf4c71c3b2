import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { eq, sql } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { boardEvents, boardPots, mailMessages } from "#database/own-tables";
import { paymentRequests, providerPayments } from "#database/payment-tables";
import { auditLogs, contributions, dreamBoards, payoutItems } from "#database/schema";
import { SYSTEM } from "#domain/board/actor";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { SCHEMA_MIGRATIONS } from "../../durable-objects/board-journal.ts";
import {
  alarmOf,
  contributionsOf,
  inTime,
  logOf,
  payoutsOf,
  projected,
  putAway,
  RECORDED,
  refundsOf,
  totals,
  WAIT,
  WAIT_OPTIONS,
} from "./board-support.ts";
import { database, openBoard, paymentReport, RemoteBoard } from "./support.ts";

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

    await putAway(board);

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

  it("an edit survives an eviction, reaches Postgres and moves the alarm to the new deadline", async () => {
    const { boardId, board } = await openBoard();
    const deadline = new Date(Date.now() + 30 * 86_400_000);
    const changes = { type: "update_board", message: "Good day", deadline } as const;

    expect(await board.execute(changes, { waitForProjection: true })).toMatchObject({
      outcome: "recorded",
      projected: true,
      board: { message: "Good day", deadline: deadline.toISOString() },
    });

    await evictDurableObject(board.stub);
    expect(await board.view()).toMatchObject({ hostMessage: "Good day", deadline: deadline.toISOString() });
    expect(await board.execute(changes)).toMatchObject({ outcome: "no_change" });
    const [row] = await database.select().from(dreamBoards).where(eq(dreamBoards.id, boardId));
    expect(row).toMatchObject({ message: "Good day", deadline });
    await inTime(board, async () => expect(await alarmOf(board)).toBe(deadline.getTime()));
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

describe("a board of a sandbox", () => {
  it("its alarm completes the payout an hour after closing, and Postgres has neither look-up, refund nor mail of it", async () => {
    const { boardId, board } = await openBoard({ sandbox: true });
    const pay = async (providerPaymentId: string, reference: string) =>
      await board.report({ ...paymentReport(reference, 50_000, providerPaymentId), provider: "sandbox" });
    const reference = await board.contribution(50_000, { provider: "sandbox" });
    await pay("test-1", reference);
    await pay("test-2", reference);
    await board.close();
    const [payout] = await payoutsOf(boardId);
    const due = (payout?.createdAt.getTime() ?? 0) + 3_600_000;
    await inTime(board, async () => expect(await alarmOf(board)).toBe(due));

    vi.useFakeTimers({ toFake: ["Date"], now: due });
    await runDurableObjectAlarm(board.stub).finally(() => vi.useRealTimers());

    expect(await board.inspect()).toMatchObject({ status: "paid_out", underWay: { payouts: 0, refunds: 0 } });
    await projected(board);
    expect(await payoutsOf(boardId)).toMatchObject([{ status: "completed" }]);
    expect(await refundsOf(boardId)).toEqual([]);
    for (const table of [paymentRequests, providerPayments, mailMessages]) {
      expect(await database.select().from(table).where(eq(table.dreamBoardId, boardId))).toEqual([]);
    }
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

it("an actor is recorded with its event", async () => {
  const { boardId, board, command } = await openBoard();
  const host = { kind: "host", hostId: command.hostId } as const;
  await board.execute({ type: "close_board", reason: "manual" }, { ...WAIT, by: host });

  expect((await logOf(boardId)).map(({ by }) => by)).toEqual([SYSTEM, host]);
});
