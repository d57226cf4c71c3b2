import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { boardFlags as flags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import { paymentLosses, payoutHolds } from "#database/payout-tables";
import { auditLogs, dreamBoards, payoutItems, payouts } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { later, OPENED_AT } from "../support/board.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { everyRow } from "../support/every-row.ts";
import { aPlayedBoard, type PlayedBoard, rowsOf } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const HOUR_MS = 3_600_000;

const refundsOf = async ({ boardId }: PlayedBoard) =>
  await database.db.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
const requestsOf = async ({ boardId }: PlayedBoard) =>
  await database.db
    .select()
    .from(paymentRequests)
    .where(eq(paymentRequests.dreamBoardId, boardId))
    .orderBy(paymentRequests.contributionId);
const paymentsOf = async ({ boardId }: PlayedBoard) =>
  await database.db
    .select()
    .from(providerPayments)
    .where(eq(providerPayments.dreamBoardId, boardId))
    .orderBy(providerPayments.recordedAt);
const flagsOf = async ({ boardId }: PlayedBoard) =>
  await database.db.select().from(flags).where(eq(flags.dreamBoardId, boardId)).orderBy(flags.seq);
const payoutsOf = async ({ boardId }: PlayedBoard) =>
  await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)).orderBy(payouts.grossCents);
const itemsOf = async ({ boardId }: PlayedBoard) =>
  await database.db.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId));
const grossOf = async (board: PlayedBoard) => (await payoutsOf(board)).map(({ grossCents }) => grossCents);

async function mailsOf({ boardId }: PlayedBoard, kind: string) {
  const isKind = and(eq(mailMessages.dreamBoardId, boardId), eq(mailMessages.kind, kind));
  return await database.db.select().from(mailMessages).where(isKind);
}

async function auditsOf(board: PlayedBoard, reference?: string) {
  const target =
    reference === undefined ? publicId("board", board.boardId) : publicId("contribution", board.of(reference).id);
  const rows = await database.db
    .select()
    .from(auditLogs)
    .where(eq(auditLogs.targetId, target))
    .orderBy(auditLogs.createdAt, auditLogs.action);
  return rows.map(({ action, actorType, metadata }) => ({ action, actorType, metadata }));
}

async function webhooksOf(board: PlayedBoard, type?: string) {
  const { events } = await rowsOf(database, board);
  return events
    .filter((event) => type === undefined || event.type === type)
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .map((event) => ({ type: event.type, payload: event.data as Record<string, unknown> }));
}

const readyGross = async (board: PlayedBoard) =>
  (await webhooksOf(board, "payout.ready")).map(({ payload }) => payload.gross_cents);

describe("payment requests", () => {
  it("a payment request has its provider, status and attempt from its opening, and its request id later", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.contribution();
    const { id: contributionId } = board.of(reference);
    await board.write();
    expect(await requestsOf(board)).toMatchObject([
      {
        contributionId,
        paymentProvider: "payfast",
        status: "pending",
        attempt: 1,
        attemptedAt: board.now,
        attemptExpiresAt: later(board.now, HOUR_MS),
        requestId: null,
        expiredAt: null,
        lastLookedUpAt: null,
      },
    ]);

    board.play({ type: "note_payment_request", reference, attempt: 1, requestId: "req-1" });
    await board.write();
    expect(await requestsOf(board)).toMatchObject([{ attempt: 1, requestId: "req-1" }]);

    board.retry(reference, board.pass(2));
    await board.write();
    expect(await requestsOf(board)).toMatchObject([{ attempt: 2, requestId: null, attemptedAt: board.now }]);
  });

  it("a payment request keeps the time of its expiry until another attempt or a payment", async () => {
    const board = await aPlayedBoard(database);
    const [retried, late] = [board.contribution(), board.contribution()];
    const retriedId = board.of(retried).id;
    board.expire(retried, board.pass(25));
    board.expire(late);
    await board.write();
    expect((await requestsOf(board)).map(({ expiredAt }) => expiredAt)).toEqual([expect.any(Date), expect.any(Date)]);
    const target = eq(auditLogs.targetId, publicId("contribution", retriedId));
    expect(await database.db.select().from(auditLogs).where(target)).toMatchObject([{ action: "payment.expired" }]);

    board.retry(retried);
    board.report(late, { amount: cents(20_000) });
    await board.write();

    expect((await requestsOf(board)).map(({ expiredAt, status }) => [expiredAt, status])).toEqual([
      [null, "processing"],
      [null, "completed"],
    ]);
    const rows = (await rowsOf(database, board)).contributions;
    expect(rows.map(({ paymentRef, paymentStatus }) => [paymentRef, paymentStatus])).toEqual([
      [retried, "processing"],
      [late, "completed"],
    ]);
  });

  it("a payment request keeps the time of its last look-up", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.contribution();
    await board.write();
    const lastLookedUpAt = new Date("2026-06-03T10:00:00Z");
    await database.db
      .update(paymentRequests)
      .set({ lastLookedUpAt })
      .where(eq(paymentRequests.dreamBoardId, board.boardId));

    board.retry(reference, board.pass(5));
    await board.write();

    expect(await requestsOf(board)).toMatchObject([{ attempt: 2, lastLookedUpAt }]);
  });
});

describe("payments of a provider", () => {
  it("a provider's payment is kept by its own id, as a contribution, a surplus or a wrong amount", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid(20_000);
    board.report(reference, { providerPaymentId: "pf-second" });
    const other = board.contribution(30_000);
    board.report(other, { providerPaymentId: "pf-wrong", amount: cents(29_999) });
    await board.write();

    const kept = await paymentsOf(board);
    expect(kept.map(({ providerPaymentId, kind, amountCents }) => [providerPaymentId, kind, amountCents])).toEqual([
      [`pf-${reference}`, "contribution", 20_000],
      ["pf-second", "surplus", 20_000],
      ["pf-wrong", "wrong_amount", 29_999],
    ]);
    expect(kept.map(({ contributionId }) => contributionId)).toEqual(
      [reference, reference, other].map((name) => board.of(name).id),
    );
  });

  it("a payment id that another board already has does not stop the projection", async () => {
    const [board, other] = [await aPlayedBoard(database), await aPlayedBoard(database)];
    for (const each of [board, other]) each.report(each.contribution(), { providerPaymentId: "pf-shared" });
    await board.write();

    await other.write();

    expect(await paymentsOf(other)).toEqual([]);
    expect((await rowsOf(database, other)).totals).toEqual([{ raised: 19_400, count: 1 }]);
  });
});

describe("refunds", () => {
  it("a refund waits to be sent from the moment it is requested, and its money counts as returning", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    await board.write();

    expect(await refundsOf(board)).toMatchObject([
      {
        contributionId: board.of(reference).id,
        providerPaymentId: `pf-${reference}`,
        amountCents: 20_000,
        paymentProvider: "payfast",
        cause: "operator",
        status: "requested",
        attempt: 1,
        tries: 0,
        reason: null,
        providerRefundId: null,
        completedAt: null,
        leaseUntil: null,
        createdAt: board.now,
        updatedAt: board.now,
        nextTryAt: board.now,
      },
    ]);
    const { totals, pots } = await rowsOf(database, board);
    expect(totals).toEqual([{ raised: 19_400, count: 1 }]);
    expect(pots).toMatchObject([{ countedCents: 19_400, returningCents: 19_400, contributionCount: 1 }]);
    expect(await auditsOf(board, reference)).toMatchObject([
      { action: "payment.completed" },
      { action: "refund.requested", actorType: "admin", metadata: { cause: "operator", amount_cents: 20_000 } },
    ]);
  });

  it("a refund follows its provider's reports and leaves the pot when it is completed", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "processing", { providerRefundId: "rf-1" });
    await board.write();
    expect(await refundsOf(board)).toMatchObject([
      { status: "processing", providerRefundId: "rf-1", completedAt: null },
    ]);

    board.reportRefund(reference, "completed", { providerRefundId: "rf-1" });
    await board.write();

    expect(await refundsOf(board)).toMatchObject([
      { status: "completed", providerRefundId: "rf-1", completedAt: board.now, updatedAt: board.now, reason: null },
    ]);
    const { totals, pots, contributions } = await rowsOf(database, board);
    expect(totals).toEqual([{ raised: 0, count: 0 }]);
    expect(pots).toMatchObject([{ countedCents: 0, returningCents: 0, contributionCount: 0 }]);
    expect(contributions).toMatchObject([{ paymentStatus: "refunded", updatedAt: board.now }]);
  });

  it("each step of a refund has an audit row with its payment and its reason if there is one", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "failed", { reason: "account closed", providerRefundId: null });
    board.reportRefund(reference, "requested", { providerRefundId: null });
    board.reportRefund(reference, "needs_manual_action", { reason: "no refund API", providerRefundId: null });
    board.withdrawRefund(reference);
    board.requestRefund(reference);
    board.reportRefund(reference, "processing", { providerRefundId: "rf-2" });
    board.reportRefund(reference, "completed", { providerRefundId: "rf-2" });
    await board.write();

    const provider_payment_id = `pf-${reference}`;
    expect(await auditsOf(board, reference)).toEqual([
      { action: "payment.completed", actorType: "system", metadata: { provider_payment_id, amount_cents: 20_000 } },
      ...[
        ["refund.requested", "admin", { amount_cents: 20_000, cause: "operator" }] as const,
        ["refund.failed", "system", { reason: "account closed" }] as const,
        ["refund.retried", "system", {}] as const,
        ["refund.needs_manual_action", "system", { reason: "no refund API" }] as const,
        ["refund.withdrawn", "admin", {}] as const,
        ["refund.requested", "admin", { amount_cents: 20_000, cause: "operator" }] as const,
        ["refund.sent", "system", {}] as const,
        ["refund.completed", "system", { provider_refund_id: "rf-2" }] as const,
      ].map(([action, actorType, metadata]) => ({
        action,
        actorType,
        metadata: { provider_payment_id, ...metadata },
      })),
    ]);
    expect(await refundsOf(board)).toMatchObject([{ status: "completed", attempt: 3 }]);
  });

  it("a refund of a second payment does not change the contribution", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.report(reference, { providerPaymentId: "pf-second" });
    board.reportRefund(reference, "completed", { providerPaymentId: "pf-second", providerRefundId: "rf-2" });
    await board.write();

    expect(await refundsOf(board)).toMatchObject([{ cause: "surplus_payment", status: "completed" }]);
    const { totals, contributions } = await rowsOf(database, board);
    expect(totals).toEqual([{ raised: 19_400, count: 1 }]);
    expect(contributions).toMatchObject([{ paymentStatus: "completed" }]);
  });

  it("a failed refund that is retried is another attempt, due at once, without tries", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "failed", { reason: "account closed" });
    await board.write();
    expect(await refundsOf(board)).toMatchObject([{ status: "failed", reason: "account closed", attempt: 1 }]);
    const nextTryAt = new Date("2027-01-01T00:00:00Z");
    await database.db.update(refunds).set({ tries: 7, nextTryAt }).where(eq(refunds.dreamBoardId, board.boardId));

    board.reportRefund(reference, "requested");
    await board.write(board.log.slice(-1));

    expect(await refundsOf(board)).toMatchObject([
      { status: "requested", attempt: 2, tries: 0, nextTryAt: board.now, providerRefundId: null, reason: null },
    ]);
  });

  it("a refund keeps its sender's columns when the log is projected again", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "failed", { reason: "no" });
    board.reportRefund(reference, "requested");
    await board.write();
    const kept = {
      tries: 3,
      nextTryAt: new Date("2027-01-01T00:00:00Z"),
      leaseUntil: new Date("2027-01-01T00:00:00Z"),
    };
    await database.db.update(refunds).set(kept).where(eq(refunds.dreamBoardId, board.boardId));

    await board.write();

    expect(await refundsOf(board)).toMatchObject([{ status: "requested", ...kept }]);
  });

  it("a refund's reason is cut to its column's width", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "needs_manual_action", { reason: "x".repeat(300) });

    await board.write();

    expect((await refundsOf(board))[0]?.reason).toBe("x".repeat(200));
  });
});

it("a cancelled board refunds every payment and is announced to its partner, its host and the audit log", async () => {
  const board = await aPlayedBoard(database);
  const references = [board.paid(20_000), board.paid(30_000)];
  board.contribution(2_000);
  board.cancel(undefined, ADMIN);
  await board.write();

  expect((await refundsOf(board)).map(({ cause, status }) => [cause, status])).toEqual([
    ["board_cancelled", "requested"],
    ["board_cancelled", "requested"],
  ]);
  expect(await payoutsOf(board)).toEqual([]);
  expect((await webhooksOf(board)).at(-1)).toMatchObject({
    type: "dreamboard.updated",
    payload: { status: "cancelled" },
  });
  expect(await mailsOf(board, "board_cancelled")).toMatchObject([{ recipient: "host", contributionId: null }]);
  expect((await auditsOf(board)).at(-1)).toMatchObject({ action: "board.cancelled", actorType: "admin" });

  for (const reference of references) board.reportRefund(reference, "completed");
  await board.write();
  expect((await rowsOf(database, board)).totals).toEqual([{ raised: 0, count: 0 }]);
});

it("an expired board is announced to its partner, its host and the audit log", async () => {
  const board = await aPlayedBoard(database);
  board.play({ type: "pass_deadline", providersLookedUp: true }, later(board.state.deadline, 1));
  await board.write();

  expect((await rowsOf(database, board)).boards).toMatchObject([{ status: "expired" }]);
  expect((await webhooksOf(board)).at(-1)).toMatchObject({
    type: "dreamboard.updated",
    payload: { status: "expired" },
  });
  expect(await mailsOf(board, "board_expired")).toHaveLength(1);
  expect((await auditsOf(board)).at(-1)).toMatchObject({ action: "board.expired", actorType: "system" });
});

describe("payouts of a closed board", () => {
  const overflowing = async () => {
    const board = await aPlayedBoard(database, { goal: cents(30_000) });
    const [first, second] = [board.paid(20_000), board.paid(20_000)];
    board.close();
    return { board, first, second };
  };

  it("refunds after closing reduce the charity's payout first, then the gift's, to the cent", async () => {
    const { board, first, second } = await overflowing();
    await board.write();
    expect(await grossOf(board)).toEqual([8_800, 30_000]);

    board.requestRefund(first);
    await board.write(board.log.slice(-2));
    expect((await payoutsOf(board)).map(({ grossCents, netCents }) => [grossCents, netCents])).toEqual([
      [0, 0],
      [19_400, 19_400],
    ]);
    expect((await itemsOf(board)).map(({ amountCents }) => amountCents).sort()).toEqual([0, 19_400]);
    expect((await auditsOf(board)).at(-1)).toMatchObject({ action: "payouts.adjusted" });

    board.requestRefund(second);
    await board.write(board.log.slice(-2));
    expect(await grossOf(board)).toEqual([0, 0]);
  });

  it("a withdrawn refund restores the payouts, and those that were zero are announced again", async () => {
    const { board, first } = await overflowing();
    board.requestRefund(first);
    board.withdrawRefund(first);
    await board.write();

    expect(await grossOf(board)).toEqual([8_800, 30_000]);
    expect(await readyGross(board)).toEqual(expect.arrayContaining([30_000, 8_800, 8_800]));
    expect(await readyGross(board)).toHaveLength(3);
  });

  it("a payout is as the newest event has it, and an older stretch of the log does not bring it back", async () => {
    const { board } = await overflowing();
    const execution = newId(OPENED_AT);
    board.startPayout(0, { execution, at: board.pass(1) });
    board.failPayout(0);
    await board.write();
    const rows = () =>
      database.db
        .select()
        .from(payouts)
        .where(eq(payouts.id, board.payout(0).id));

    expect(await rows()).toMatchObject([{ status: "failed", errorMessage: "No such card", externalRef: null }]);
    const failed = board.log.length;
    board.retryPayout(0);
    const completedAt = board.pass(1);
    board.completePayout(0, { at: completedAt });
    await board.write(board.log.slice(failed));
    await board.write(board.log.slice(0, failed));

    const paid = { status: "completed", errorMessage: null, externalRef: "order-1", completedAt };
    expect(await rows()).toMatchObject([paid]);
    expect(await webhooksOf(board, "payout.failed")).toMatchObject([
      { payload: { status: "failed", error_code: "refused", error_message: "No such card" } },
    ]);
    expect(await webhooksOf(board, "payout.completed")).toMatchObject([
      { payload: { status: "completed", external_ref: "order-1", completed_at: completedAt.toISOString() } },
    ]);
    expect(await mailsOf(board, "payout_sent")).toMatchObject([
      { recipient: "payout_email", payoutId: board.payout(0).id },
    ]);
    expect(await mailsOf(board, "payout_failed")).toMatchObject([{ recipient: "admins" }]);
  });

  it("a payout that was announced is announced again when a refund changes it", async () => {
    const { board, first } = await overflowing();
    await board.write();
    board.requestRefund(first);
    await board.write();

    const updated = await webhooksOf(board, "payout.updated");
    expect(updated.map(({ payload }) => payload.gross_cents).toSorted()).toEqual([0, 19_400]);
  });

  it("a chargeback of money that was paid out is kept as a loss", async () => {
    const { board, first } = await overflowing();
    for (const nth of board.payouts.keys()) board.completePayout(nth);
    board.report(first, { status: "refunded", amount: null });
    await board.write();

    const losses = await database.db.select().from(paymentLosses).where(eq(paymentLosses.dreamBoardId, board.boardId));
    expect(losses).toMatchObject([{ contributionId: board.of(first).id, lostCents: board.state.lost }]);
    expect(await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, board.boardId))).toMatchObject([
      { status: "paid_out" },
    ]);
  });

  it("holds are kept with what they are about, when they were placed and when they were lifted", async () => {
    const { board } = await overflowing();
    const placed = board.pass(1);
    board.play({ type: "place_hold" }, placed);
    board.liftHold();
    const again = board.pass(1);
    board.play({ type: "place_hold" }, again);
    await board.write();
    await board.write();

    const holds = await database.db.select().from(payoutHolds).where(eq(payoutHolds.dreamBoardId, board.boardId));
    expect(holds.toSorted((a, b) => a.seq - b.seq).map((hold) => [hold.reason, hold.placedAt, hold.liftedAt])).toEqual([
      ["person", placed, expect.any(Date)],
      ["person", again, null],
    ]);
    expect((await readyGross(board)).toSorted()).toEqual(
      board.payouts.flatMap(({ gross }) => [gross, gross]).toSorted(),
    );
  });
});

describe("flags", () => {
  /** A closed board with an open flag about a payment of a cent too little. */
  const held = async () => {
    const board = await aPlayedBoard(database, { goal: cents(15_000) });
    const paid = board.paid(20_000);
    const reference = board.contribution(30_000);
    board.report(reference, { providerPaymentId: "pf-wrong", amount: cents(29_999) });
    board.close();
    return { board, paid, contributionId: board.of(reference).id };
  };

  it("a flag is kept with what was paid and announced to the audit log and to admins only", async () => {
    const { board, contributionId } = await held();
    await board.write();

    expect(await flagsOf(board)).toMatchObject([
      {
        flag: "amount_mismatch",
        contributionId,
        providerPaymentId: "pf-wrong",
        receivedCents: 29_999,
        clearedAt: null,
      },
    ]);
    expect(await mailsOf(board, "money_needs_a_person")).toMatchObject([{ recipient: "admins", contributionId: null }]);
    expect(await auditsOf(board)).toEqual(
      expect.arrayContaining([expect.objectContaining({ action: "flag.opened", actorType: "system" })]),
    );
    expect(JSON.stringify(await webhooksOf(board))).not.toMatch(/mismatch|pf-wrong/);
  });

  it("held payouts are announced once, when the last flag is cleared", async () => {
    const { board, contributionId } = await held();
    await board.write();
    expect(await grossOf(board)).toEqual([4_400, 15_000]);
    expect(await webhooksOf(board, "pot.closed")).toHaveLength(1);
    expect(await readyGross(board)).toEqual([]);

    board.clear("amount_mismatch", contributionId, "pf-wrong");
    board.clear("amount_mismatch", contributionId, "pf-wrong");
    await board.write();

    expect(await flagsOf(board)).toMatchObject([{ clearedAt: expect.any(Date) }]);
    expect((await readyGross(board)).toSorted()).toEqual([15_000, 4_400]);
    expect((await webhooksOf(board, "payout.ready"))[0]?.payload).toMatchObject({ status: "pending" });
    expect((await auditsOf(board)).slice(-3)).toMatchObject([
      { action: "flag.cleared", actorType: "admin" },
      { action: "payouts.hold_lifted" },
      { action: "payouts.released" },
    ]);
  });

  it("a held payout that a refund reduces to zero is not announced", async () => {
    const { board, paid, contributionId } = await held();
    board.requestRefund(paid);
    board.clear("amount_mismatch", contributionId, "pf-wrong");
    await board.write();

    expect(await grossOf(board)).toEqual([0, 0]);
    expect(await readyGross(board)).toEqual([]);
  });

  it("clearing a flag clears no other flag of its kind", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.contribution();
    for (const providerPaymentId of ["pf-a", "pf-b"]) board.report(reference, { providerPaymentId, amount: cents(1) });
    const at = board.pass(1);
    const { id: contributionId } = board.of(reference);
    const flag = { flag: "amount_mismatch", contributionId, providerPaymentId: "pf-a" } as const;
    board.play({ type: "clear_flag", ...flag }, at, { by: ADMIN });
    await board.write();

    expect((await flagsOf(board)).map(({ providerPaymentId, clearedAt }) => [providerPaymentId, clearedAt])).toEqual([
      ["pf-a", at],
      ["pf-b", null],
    ]);
  });
});

describe("mail to admins", () => {
  it("one mail to admins is written per board and day", async () => {
    const board = await aPlayedBoard(database);
    const reference = board.paid();
    board.requestRefund(reference);
    board.reportRefund(reference, "needs_manual_action", { reason: "no refund API" });
    board.report(board.contribution(), { providerPaymentId: "pf-wrong", amount: cents(1) });
    const first = await board.write();
    expect(await mailsOf(board, "money_needs_a_person")).toHaveLength(1);
    expect(first.mailIds).toContain((await mailsOf(board, "money_needs_a_person"))[0]?.id);

    board.pass(24);
    board.report(board.contribution(), { providerPaymentId: "pf-wrong-too", amount: cents(1) });
    await board.write();

    expect((await mailsOf(board, "money_needs_a_person")).map(({ dedupeKey }) => dedupeKey.slice(-10)).sort()).toEqual([
      "2026-06-01",
      "2026-06-02",
    ]);
  });

  it("a processing or completed refund writes no mail to admins", async () => {
    await everyRow(["processing", "completed"] as const, async (status) => {
      const board = await aPlayedBoard(database);
      const reference = board.paid();
      board.requestRefund(reference);
      board.reportRefund(reference, status);
      await board.write();

      expect(await mailsOf(board, "money_needs_a_person")).toEqual([]);
    });
  });
});
