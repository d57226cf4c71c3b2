import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { boardFlags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import { auditLogs, payoutItems, payouts } from "#database/schema";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aLife, type Life, OPERATOR, SYSTEM, tablesOf } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const refundsOf = async ({ boardId }: Life) =>
  await database.db.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
const requestsOf = async ({ boardId }: Life) =>
  await database.db.select().from(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId));
const paymentsOf = async ({ boardId }: Life) =>
  await database.db
    .select()
    .from(providerPayments)
    .where(eq(providerPayments.dreamBoardId, boardId))
    .orderBy(providerPayments.recordedAt);
const flagsOf = async ({ boardId }: Life) =>
  await database.db.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, boardId)).orderBy(boardFlags.seq);
const payoutsOf = async ({ boardId }: Life) =>
  await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)).orderBy(payouts.grossCents);
const itemsOf = async ({ boardId }: Life) =>
  await database.db.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId));

async function mailsOf({ boardId }: Life, kind: string) {
  const about = and(eq(mailMessages.dreamBoardId, boardId), eq(mailMessages.kind, kind));
  return await database.db.select().from(mailMessages).where(about);
}

async function auditsOf(life: Life, contributionReference?: string) {
  const target = contributionReference
    ? publicId("contribution", life.contribution(contributionReference).id)
    : publicId("board", life.boardId);
  const rows = await database.db
    .select()
    .from(auditLogs)
    .where(eq(auditLogs.targetId, target))
    .orderBy(auditLogs.createdAt, auditLogs.action);
  return rows.map(({ action, actorType, metadata }) => ({ action, actorType, metadata }));
}

const webhooksOf = async (life: Life) =>
  (await tablesOf(database, life)).webhooks
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .map(({ eventType, payload }) => ({ type: eventType, payload }));

describe("a payment that was begun", () => {
  it("has its offer from the beginning, its request's id once there is one, and anew with each attempt", async () => {
    const life = await aLife(database);
    const reference = life.begin();
    const { id: contributionId } = life.contribution(reference);
    await life.write();
    const opened = { contributionId, attempt: 1, requestId: null, expiredAt: null, lastAskedAt: null };
    expect(await requestsOf(life)).toMatchObject([
      { ...opened, attemptedAt: life.now, offerExpiresAt: new Date(life.now.getTime() + 3_600_000) },
    ]);

    life.play({ type: "note_payment_request", reference, attempt: 1, requestId: "req-1" });
    await life.write();
    expect(await requestsOf(life)).toMatchObject([{ attempt: 1, requestId: "req-1" }]);

    life.play({ type: "retry_payment", reference }, 2);
    await life.write();
    expect(await requestsOf(life)).toMatchObject([{ attempt: 2, requestId: null, attemptedAt: life.now }]);
  });

  it("keeps when it was given up, until it is begun anew or its money comes", async () => {
    const life = await aLife(database);
    const [anew, late] = [life.begin(), life.begin()];
    life.play({ type: "expire_payment", reference: anew }, 25);
    life.play({ type: "expire_payment", reference: late });
    await life.write();
    expect((await requestsOf(life)).map(({ expiredAt }) => expiredAt)).toEqual([expect.any(Date), expect.any(Date)]);
    expect(await auditsOf(life, anew)).toMatchObject([
      { action: "payment.expired", metadata: { provider_status: "no news" } },
    ]);

    life.play({ type: "retry_payment", reference: anew });
    life.report(late);
    await life.write();

    expect((await requestsOf(life)).map(({ expiredAt }) => expiredAt)).toEqual([null, null]);
    const statuses = (await tablesOf(database, life)).contributions.map(({ paymentRef, paymentStatus }) => [
      paymentRef,
      paymentStatus,
    ]);
    expect(Object.fromEntries(statuses)).toEqual({ [anew]: "processing", [late]: "completed" });
  });

  it("does not forget when its provider was last asked", async () => {
    const life = await aLife(database);
    const reference = life.begin();
    await life.write();
    const lastAskedAt = new Date("2026-06-03T10:00:00Z");
    await database.db
      .update(paymentRequests)
      .set({ lastAskedAt })
      .where(eq(paymentRequests.dreamBoardId, life.boardId));

    life.play({ type: "retry_payment", reference }, 5);
    await life.write();

    expect(await requestsOf(life)).toMatchObject([{ attempt: 2, lastAskedAt }]);
  });
});

describe("a provider's payment", () => {
  it("is kept by its own id, with what it was: a contribution, one too many, or a wrong amount", async () => {
    const life = await aLife(database);
    const reference = life.paid(20_000);
    life.report(reference, { providerPaymentId: "pf-second" });
    const other = life.begin(30_000);
    life.report(other, { providerPaymentId: "pf-wrong", amount: cents(29_999) });
    await life.write();

    const kept = await paymentsOf(life);
    expect(kept.map(({ providerPaymentId, kind, amountCents }) => [providerPaymentId, kind, amountCents])).toEqual([
      [`pf-${reference}`, "contribution", 20_000],
      ["pf-second", "surplus", 20_000],
      ["pf-wrong", "wrong_amount", 29_999],
    ]);
    expect(kept.map(({ contributionId }) => contributionId)).toEqual(
      [reference, reference, other].map((name) => life.contribution(name).id),
    );
  });

  it("holds up no log when its id is known already", async () => {
    const [life, other] = [await aLife(database), await aLife(database)];
    for (const each of [life, other]) each.report(each.begin(), { providerPaymentId: "pf-shared" });
    await life.write();

    await other.write();

    expect(await paymentsOf(other)).toEqual([]);
    expect((await tablesOf(database, other)).totals).toEqual({ raised: 19_400, count: 1 });
  });
});

describe("a refund", () => {
  it("waits in line from the moment it is asked for", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    await life.write();

    expect(await refundsOf(life)).toMatchObject([
      {
        ...{
          contributionId: life.contribution(reference).id,
          providerPaymentId: `pf-${reference}`,
          amountCents: 20_000,
        },
        ...{ paymentProvider: "payfast", cause: "operator", status: "requested", attempt: 1, tries: 0, reason: null },
        ...{ providerRefundId: null, completedAt: null, leaseUntil: null, createdAt: life.now, updatedAt: life.now },
      },
    ]);
    expect((await tablesOf(database, life)).totals).toEqual({ raised: 19_400, count: 1 });
    expect(await auditsOf(life, reference)).toMatchObject([
      { action: "payment.completed" },
      { action: "refund.requested", actorType: "admin", metadata: { cause: "operator", amount_cents: 20_000 } },
    ]);
  });

  it("moves on with its provider's words and leaves the pot when it is completed", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, "processing", { providerRefundId: "rf-1" });
    await life.write();
    expect(await refundsOf(life)).toMatchObject([
      { status: "processing", providerRefundId: "rf-1", completedAt: null },
    ]);

    life.reportRefund(reference, "completed", { providerRefundId: "rf-1" });
    await life.write();

    expect(await refundsOf(life)).toMatchObject([
      { status: "completed", providerRefundId: "rf-1", completedAt: life.now, updatedAt: life.now, reason: null },
    ]);
    const { totals, contributions } = await tablesOf(database, life);
    expect(totals).toEqual({ raised: 0, count: 0 });
    expect(contributions).toMatchObject([{ paymentStatus: "refunded", updatedAt: life.now }]);
  });

  it("leaves the contribution alone when what goes back is a second payment", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.report(reference, { providerPaymentId: "pf-second" });
    life.reportRefund(reference, "completed", { providerPaymentId: "pf-second", providerRefundId: "rf-2" });
    await life.write();

    expect(await refundsOf(life)).toMatchObject([{ cause: "surplus_payment", status: "completed" }]);
    const { totals, contributions } = await tablesOf(database, life);
    expect([totals, contributions[0]?.paymentStatus]).toEqual([{ raised: 19_400, count: 1 }, "completed"]);
  });

  it("that failed is asked for again as another attempt, due at once, its tries forgotten", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, "failed", { reason: "account closed" });
    await life.write();
    expect(await refundsOf(life)).toMatchObject([{ status: "failed", reason: "account closed", attempt: 1 }]);
    const later = new Date("2027-01-01T00:00:00Z");
    await database.db.update(refunds).set({ tries: 7, nextTryAt: later }).where(eq(refunds.dreamBoardId, life.boardId));

    life.reportRefund(reference, "requested", { by: OPERATOR });
    await life.write(life.log.slice(-1));

    expect(await refundsOf(life)).toMatchObject([
      { status: "requested", attempt: 2, tries: 0, nextTryAt: life.now, providerRefundId: null, reason: null },
    ]);
  });

  it("keeps its sender's book-keeping when the log is projected again", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, "failed", { reason: "no" });
    life.reportRefund(reference, "requested", { by: OPERATOR });
    await life.write();
    const kept = {
      tries: 3,
      nextTryAt: new Date("2027-01-01T00:00:00Z"),
      leaseUntil: new Date("2027-01-01T00:00:00Z"),
    };
    await database.db.update(refunds).set(kept).where(eq(refunds.dreamBoardId, life.boardId));

    await life.write();

    expect(await refundsOf(life)).toMatchObject([{ status: "requested", ...kept }]);
  });

  it("stores what a reason has beyond its column's width in part", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, "by_hand", { reason: "x".repeat(300) });

    await life.write();

    expect((await refundsOf(life))[0]?.reason).toBe("x".repeat(200));
  });
});

describe("a cancelled board", () => {
  it("sends everything back, says so to its partner, its host and the audit log, and not to its guests' mail", async () => {
    const life = await aLife(database);
    const references = [life.paid(20_000), life.paid(30_000)];
    life.begin(2_000);
    life.play({ type: "cancel_board", by: OPERATOR });
    await life.write();

    expect((await refundsOf(life)).map(({ cause, status }) => [cause, status])).toEqual([
      ["board_cancelled", "requested"],
      ["board_cancelled", "requested"],
    ]);
    expect(await payoutsOf(life)).toEqual([]);
    expect((await webhooksOf(life)).at(-1)).toMatchObject({
      type: "dreamboard.updated",
      payload: { status: "cancelled" },
    });
    expect(await mailsOf(life, "board_cancelled")).toMatchObject([{ recipient: "host", contributionId: null }]);
    expect((await auditsOf(life)).at(-1)).toMatchObject({ action: "board.cancelled", actorType: "admin" });

    for (const reference of references) life.reportRefund(reference, "completed");
    await life.write();
    expect((await tablesOf(database, life)).totals).toEqual({ raised: 0, count: 0 });
  });
});

describe("a closed board", () => {
  const overflowing = async () => {
    const life = await aLife(database, { goal: cents(30_000) });
    const [first, second] = [life.paid(20_000), life.paid(20_000)];
    life.close();
    return { life, first, second };
  };

  it("has its payouts reduced, first the charity's, then the gift's, to the cent", async () => {
    const { life, first, second } = await overflowing();
    await life.write();
    expect((await payoutsOf(life)).map(({ grossCents }) => grossCents)).toEqual([8_800, 30_000]);

    life.refund(first);
    await life.write(life.log.slice(-2));
    expect((await payoutsOf(life)).map(({ grossCents, netCents }) => [grossCents, netCents])).toEqual([
      [0, 0],
      [19_400, 19_400],
    ]);
    expect((await itemsOf(life)).map(({ amountCents }) => amountCents).sort()).toEqual([0, 19_400]);
    expect((await auditsOf(life)).at(-1)).toMatchObject({ action: "payouts.reduced" });

    life.refund(second);
    await life.write(life.log.slice(-2));
    expect((await payoutsOf(life)).map(({ grossCents }) => grossCents)).toEqual([0, 0]);
  });

  it("does not change a payout, nor its items, that somebody has begun to pay out", async () => {
    const { life, first } = await overflowing();
    await life.write();
    await database.db.update(payouts).set({ status: "processing" }).where(eq(payouts.dreamBoardId, life.boardId));

    life.refund(first);
    await life.write(life.log.slice(-2));

    expect((await payoutsOf(life)).map(({ grossCents }) => grossCents)).toEqual([8_800, 30_000]);
    expect((await itemsOf(life)).map(({ amountCents }) => amountCents).sort()).toEqual([30_000, 8_800]);
  });
});

describe("flags", () => {
  /** A board whose provider took a cent too little, closed while that waits. */
  const held = async () => {
    const life = await aLife(database, { goal: cents(100_000) });
    life.paid(20_000);
    const reference = life.begin(30_000);
    life.report(reference, { providerPaymentId: "pf-wrong", amount: cents(29_999) });
    life.close();
    return { life, reference, contributionId: life.contribution(reference).id };
  };

  it("are kept with what was paid, told to the audit log and to admins, and to nobody else", async () => {
    const { life, contributionId } = await held();
    await life.write();

    expect(await flagsOf(life)).toMatchObject([
      {
        flag: "amount_mismatch",
        contributionId,
        providerPaymentId: "pf-wrong",
        receivedCents: 29_999,
        clearedAt: null,
      },
    ]);
    expect(await mailsOf(life, "money_needs_a_person")).toMatchObject([{ recipient: "admins", contributionId: null }]);
    expect(await auditsOf(life)).toEqual(
      expect.arrayContaining([expect.objectContaining({ action: "flag.raised", actorType: "system" })]),
    );
    expect(JSON.stringify(await webhooksOf(life))).not.toMatch(/mismatch|pf-wrong/);
  });

  it("hold payouts back from being announced until the last of them is cleared, and then once", async () => {
    const { life, contributionId } = await held();
    await life.write();
    const ready = async () => (await webhooksOf(life)).filter(({ type }) => type === "payout.ready");
    expect((await payoutsOf(life)).map(({ grossCents }) => grossCents)).toEqual([19_400]);
    expect((await webhooksOf(life)).map(({ type }) => type)).toContain("pot.closed");
    expect(await ready()).toEqual([]);

    const flag = { flag: "amount_mismatch", contributionId, providerPaymentId: "pf-wrong" } as const;
    life.play({ type: "clear_flag", ...flag, by: OPERATOR });
    life.play({ type: "clear_flag", ...flag, by: OPERATOR });
    await life.write();

    expect(await flagsOf(life)).toMatchObject([{ clearedAt: expect.any(Date) }]);
    expect(await ready()).toMatchObject([{ payload: { gross_cents: 19_400, status: "pending" } }]);
    expect((await auditsOf(life)).slice(-2)).toMatchObject([
      { action: "flag.cleared", actorType: "admin" },
      { action: "payouts.released" },
    ]);
  });

  it("announce released payouts as refunds have left them", async () => {
    const { life, contributionId } = await held();
    const [paid] = [...life.state.contributions.keys()];
    life.refund(paid!);
    life.play({
      ...{ type: "clear_flag", flag: "amount_mismatch", contributionId, providerPaymentId: "pf-wrong", by: OPERATOR },
    });
    await life.write();

    const ready = (await webhooksOf(life)).filter(({ type }) => type === "payout.ready");
    expect(ready.map(({ payload }) => (payload as { gross_cents: number }).gross_cents)).not.toContain(19_400);
  });

  it("clear only what they name", async () => {
    const life = await aLife(database);
    const reference = life.begin();
    for (const providerPaymentId of ["pf-a", "pf-b"]) life.report(reference, { providerPaymentId, amount: cents(1) });
    const { id: contributionId } = life.contribution(reference);
    const by = OPERATOR;
    life.play({ type: "clear_flag", flag: "amount_mismatch", contributionId, providerPaymentId: "pf-a", by });
    await life.write();

    expect((await flagsOf(life)).map(({ providerPaymentId, clearedAt }) => [providerPaymentId, clearedAt])).toEqual([
      ["pf-a", life.now],
      ["pf-b", null],
    ]);
  });
});

describe("mail to admins", () => {
  it("is asked for once a board and day, whatever happens, and again the next day", async () => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, "by_hand", { reason: "no refund API" });
    life.report(life.begin(), { providerPaymentId: "pf-wrong", amount: cents(1) });
    const first = await life.write();
    expect(await mailsOf(life, "money_needs_a_person")).toHaveLength(1);
    expect(first.mailIds).toContain((await mailsOf(life, "money_needs_a_person"))[0]?.id);

    life.now = new Date(life.now.getTime() + 24 * 3_600_000);
    life.report(life.begin(), { providerPaymentId: "pf-wrong-too", amount: cents(1) });
    await life.write();

    expect((await mailsOf(life, "money_needs_a_person")).map(({ dedupeKey }) => dedupeKey.slice(-10)).sort()).toEqual([
      "2026-06-01",
      "2026-06-02",
    ]);
  });

  it.each(["processing", "completed"] as const)("is not asked for when a refund is %s", async (status) => {
    const life = await aLife(database);
    const reference = life.paid();
    life.refund(reference);
    life.reportRefund(reference, status, { by: SYSTEM });
    await life.write();

    expect(await mailsOf(life, "money_needs_a_person")).toEqual([]);
  });
});
