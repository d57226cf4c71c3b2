import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refunds } from "#database/payment-tables";
import { retryRefund } from "#operations/refunds";
import { type PaymentToRefund, ProviderError, type RefundOutcome } from "#payments/provider";
import { claimRefund, dueRefunds } from "#refunds/refund-rows";
import { sendRefund } from "#refunds/send-refund";
import {
  aHouse,
  aLiveBoard,
  aProvider,
  contributionRow,
  DAY,
  HOUR,
  type House,
  MINUTE,
  refundRows,
} from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { barrier } from "../webhooks/support.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  house = aHouse(database);
});

/** A due refund of a contribution of R200 on a board that was cancelled. */
async function aDueRefund() {
  const live = await aLiveBoard(house);
  const reference = await live.paid();
  await live.cancel();
  const [row] = await refundRows(database, live.boardId);
  house.pass(MINUTE);
  return { live, reference, id: row!.id };
}

/** A refund of R200 that a person requested on an open board, and that is due. */
async function aRequestedRefund() {
  const live = await aLiveBoard(house);
  const reference = await live.paid();
  await live.requestRefund(reference);
  const [row] = await refundRows(database, live.boardId);
  house.pass(MINUTE);
  return { live, reference, id: row!.id };
}

function refunding(answer: (payment: PaymentToRefund) => RefundOutcome | Promise<RefundOutcome>) {
  const sent: PaymentToRefund[] = [];
  const provider = aProvider({
    refund: async (payment) => {
      sent.push(payment);
      return await answer(payment);
    },
  });
  return { sent, providers: new Map([["payfast", provider]]) };
}

const send = (providers: ReadonlyMap<string, ReturnType<typeof aProvider>>, id: string) =>
  sendRefund(house.services, providers, { id, now: house.clock.now });

async function rowOf(id: string) {
  const [row] = await database.db.select().from(refunds).where(eq(refunds.id, id));
  return row!;
}

const isDue = async (id: string) =>
  (await dueRefunds(house.services, "payfast", { now: house.clock.now, limit: 1_000 })).includes(id);

const done: RefundOutcome = { outcome: "completed", providerRefundId: "rf-1" };
const processing: RefundOutcome = { outcome: "processing", providerRefundId: "rf-1" };

describe("sendRefund", () => {
  it.each<[RefundOutcome, string, object]>([
    [processing, "processing", { providerRefundId: "rf-1", reason: null, completedAt: null }],
    [{ outcome: "processing", providerRefundId: null }, "processing", { providerRefundId: null }],
    [done, "completed", { providerRefundId: "rf-1", reason: null, completedAt: expect.any(Date) }],
    [{ outcome: "refused", reason: "account closed" }, "failed", { reason: "account closed", providerRefundId: null }],
    [{ outcome: "needs_manual_action", reason: "EFT" }, "needs_manual_action", { reason: "EFT", completedAt: null }],
  ])("the provider's answer %o makes the refund %s on its board and in Postgres", async (outcome, status, columns) => {
    const { live, reference, id } = await aDueRefund();
    const { providers, sent } = refunding(() => outcome);

    expect(await send(providers, id)).toBe(status);

    expect(sent).toMatchObject([
      { reference, amount: 20_000, providerPaymentId: `pf-${reference}`, providerRefundId: null },
    ]);
    const refund = live.of(reference).refunds.get(`pf-${reference}`);
    expect(refund?.status).toBe(status);
    expect(await rowOf(id)).toMatchObject({ status, leaseUntil: null, lastError: null, ...columns });
    const row = await contributionRow(database, reference);
    expect(row?.paymentStatus).toBe(status === "completed" ? "refunded" : "completed");
    // The dashboards read this line.
    const step = house.logged.filter(({ event }) => event === "refund_step");
    expect(step).toMatchObject([{ provider: "payfast", refund_id: id, status }]);
  });

  it.each([
    { why: "its provider has no refund API", providers: new Map([["payfast", aProvider()]]), reason: "no refund API" },
    { why: "its provider is not configured", providers: new Map(), reason: "provider not configured" },
  ])("a refund needs manual action when $why", async ({ providers, reason }) => {
    const { id } = await aDueRefund();

    expect(await send(providers, id)).toBe("needs_manual_action");

    expect(await rowOf(id)).toMatchObject({ status: "needs_manual_action", reason });
  });

  it.each([
    { error: new ProviderError("busy", "429"), answer: "busy" },
    { error: new ProviderError("refuses_us", "401"), answer: "refuses_us" },
    { error: new ProviderError("unavailable", "timed out"), answer: "unavailable" },
    { error: new RangeError("no such amount"), answer: "unavailable" },
  ])("a refund stays requested and is tried later when the provider call throws $error", async ({ error, answer }) => {
    const { live, reference, id } = await aDueRefund();
    const { providers } = refunding(() => {
      throw error;
    });

    expect(await send(providers, id)).toBe(answer);

    const row = await rowOf(id);
    expect(row).toMatchObject({ status: "requested", tries: 1, leaseUntil: null });
    expect(row.lastError).toContain(error.message);
    expect(row.nextTryAt).toEqual(new Date(house.clock.now.getTime() + 5 * MINUTE));
    expect(live.of(reference).refunds.get(`pf-${reference}`)?.status).toBe("requested");
    expect(house.logged.filter(({ event }) => event === "refund_waits")).toHaveLength(1);
  });

  it("the pause before the next step of a refund doubles up to six hours", async () => {
    const { id } = await aDueRefund();
    const { providers } = refunding(() => processing);
    const pauses: number[] = [];
    for (let step = 0; step < 9; step += 1) {
      await send(providers, id);
      const { nextTryAt } = await rowOf(id);
      pauses.push((nextTryAt.getTime() - house.clock.now.getTime()) / MINUTE);
      house.pass(nextTryAt.getTime() - house.clock.now.getTime() - 1);
      expect(await isDue(id)).toBe(false);
      house.pass(1);
      expect(await isDue(id)).toBe(true);
    }

    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360]);
  });

  it("all tries of one refund attempt have the same idempotency key, and other attempts have other keys", async () => {
    const { id } = await aDueRefund();
    const answers: RefundOutcome[] = [processing, { outcome: "refused", reason: "no" }, processing];
    const { providers, sent } = refunding(() => answers.shift() ?? done);
    for (let step = 0; step < 2; step += 1) {
      await send(providers, id);
      house.pass(DAY);
    }
    expect(await rowOf(id)).toMatchObject({ status: "failed", attempt: 1 });
    expect(await send(providers, id)).toBe("not_claimed");

    expect(await retryRefund(house.services, id)).toEqual({ recorded: true, projected: true });
    expect(await isDue(id)).toBe(true);
    await send(providers, id);
    house.pass(DAY);
    await send(providers, id);
    const other = await aDueRefund();
    await send(providers, other.id);

    const keys = sent.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(5);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(new Set(keys).size).toBe(3);
    expect(sent.map(({ providerRefundId }) => providerRefundId)).toEqual([null, "rf-1", null, "rf-1", null]);
  });

  it("two concurrent senders send one refund request", async () => {
    const { id } = await aDueRefund();
    const both = barrier(2);
    const { providers, sent } = refunding(async () => {
      await both.arrive();
      return processing;
    });

    const outcomes = await Promise.all(
      [1, 2].map(async () => {
        const outcome = await send(providers, id);
        if (outcome === "not_claimed") void both.arrive();
        return outcome;
      }),
    );

    expect(sent).toHaveLength(1);
    expect(outcomes.sort()).toEqual(["not_claimed", "processing"]);
  });

  it("a sender sends nothing for a refund that another sender has just tried", async () => {
    const { id } = await aDueRefund();
    const { providers, sent } = refunding(() => processing);
    expect(await isDue(id)).toBe(true);
    await send(providers, id);

    expect(await send(providers, id)).toBe("not_claimed");

    expect(sent).toHaveLength(1);
  });

  it("a refund whose sender failed is sent again under the same key after the lease has run out", async () => {
    const { live, id } = await aDueRefund();
    const { providers, sent } = refunding(() => done);
    live.board.outage = new Error("the object is away");
    await expect(send(providers, id)).rejects.toThrow("the object is away");
    expect(await isDue(id)).toBe(false);

    live.board.outage = null;
    house.pass(2 * MINUTE + 1);

    expect(await isDue(id)).toBe(true);
    expect(await send(providers, id)).toBe("completed");
    expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(live.events.filter((type) => type === "refund_completed")).toHaveLength(1);
  });

  it("a refund that was completed meanwhile is not sent", async () => {
    const { live, reference, id } = await aDueRefund();
    await live.reportRefund(reference, "completed", { providerRefundId: "rf-9" });
    const { providers, sent } = refunding(() => done);

    expect(await send(providers, id)).toBe("not_claimed");

    expect(sent).toEqual([]);
  });

  it("an older answer does not undo a completion that the provider reported meanwhile", async () => {
    const { live, reference, id } = await aDueRefund();
    const { providers } = refunding(async () => {
      await live.reportRefund(reference, "completed", { providerRefundId: "rf-1" });
      return processing;
    });

    await send(providers, id);

    expect(await rowOf(id)).toMatchObject({ status: "completed" });
    expect(await isDue(id)).toBe(false);
  });

  it("`mayHaveBeenSent` is true after an earlier step was begun, even when its sender crashed", async () => {
    const { id } = await aDueRefund();
    const { providers, sent } = refunding(() => processing);
    await claimRefund(house.services, id, house.clock.now); // the sender crashes here
    house.pass(HOUR);

    await send(providers, id);

    expect(sent.map(({ mayHaveBeenSent }) => mayHaveBeenSent)).toEqual([true]);
    const fresh = await aDueRefund();
    await send(providers, fresh.id);
    expect(sent.map(({ mayHaveBeenSent }) => mayHaveBeenSent)).toEqual([true, false]);
  });

  it.each(["completed", "failed", "needs_manual_action", "withdrawn"] as const)(
    "a refund that is %s on its board, but requested in Postgres, is not sent and raises an alert",
    async (status) => {
      const { live, reference, id } = await aRequestedRefund();
      live.board.isCutOff = true;
      await (status === "withdrawn" ? live.withdrawRefund(reference) : live.reportRefund(reference, status));
      const { providers, sent } = refunding(() => done);

      expect(await send(providers, id)).toBe("not_claimed");

      expect(sent).toEqual([]);
      expect(house.logged.filter(({ alert }) => alert)).toMatchObject([{ event: "refund_not_due", status }]);
    },
  );

  it("a refund that its board does not have raises an alert", async () => {
    const { id } = await aDueRefund();
    await database.db.update(refunds).set({ providerPaymentId: "pf-unknown" }).where(eq(refunds.id, id));

    await send(refunding(() => done).providers, id);

    expect(house.logged.filter(({ alert }) => alert)).toMatchObject([{ event: "refund_not_due", status: null }]);
  });
});

describe("dueRefunds", () => {
  it("dueRefunds returns the refunds of a provider that wait longest, up to the limit", async () => {
    const first = await aDueRefund();
    house.pass(HOUR);
    const second = await aDueRefund();
    await database.db
      .update(refunds)
      .set({ nextTryAt: new Date(0) })
      .where(eq(refunds.id, second.id));
    await database.db
      .update(refunds)
      .set({ nextTryAt: new Date(1) })
      .where(eq(refunds.id, first.id));

    const due = (limit: number) => dueRefunds(house.services, "payfast", { now: house.clock.now, limit });
    expect(await due(2)).toEqual([second.id, first.id]);
    expect(await due(1)).toEqual([second.id]);
    expect(await dueRefunds(house.services, "ozow", { now: house.clock.now, limit: 2 })).toEqual([]);
  });
});
