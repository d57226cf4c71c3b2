import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardNotes } from "#database/own-tables";
import { refunds } from "#database/payment-tables";
import { confirmManualRefund, refundContribution, retryRefund, withdrawRefund } from "#operations/refunds";
import { claimRefund, dueRefunds, releaseRefund } from "#refunds/refund-rows";
import { aReport, contributionRow, DAY, MINUTE, refundRows } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { anOperator, auditOf, type Operator, payoutsOf, potOf } from "./support.ts";

let database: TestDatabase;
let operator: Operator;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  operator = await anOperator(database);
});

const RECORDED = { recorded: true, projected: true };
const UNCHANGED = { recorded: false, projected: true };
const NOTE = "the guest asked for it, ticket 4711";

async function isDue(id: string): Promise<boolean> {
  const { services, house } = operator;
  return (await dueRefunds(services, "payfast", { now: house.clock.now, limit: 1_000 })).includes(id);
}

describe("refundContribution", () => {
  it("refundContribution requests the refund of the whole amount once", async () => {
    const { live, services } = operator;
    const { id: contributionId } = live.of(await live.paid());
    const payment = { contributionId, providerPaymentId: null, note: NOTE };

    expect(await refundContribution(services, payment)).toEqual(RECORDED);
    expect(await refundContribution(services, payment)).toEqual(UNCHANGED);

    expect(await refundRows(database, live.boardId)).toMatchObject([
      { contributionId, amountCents: 20_000, cause: "operator", status: "requested" },
    ]);
    expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 19_400 });
    expect(await auditOf(database, "contribution", contributionId)).toContain("admin refund.requested");
    const notes = await database.db.select().from(boardNotes).where(eq(boardNotes.dreamBoardId, live.boardId));
    expect(notes).toMatchObject([{ action: "refund.requested", note: NOTE }]);
  });

  it("refundContribution requests the refund of a wrong amount by the provider's payment id", async () => {
    const { live, services, wrongAmount } = operator;
    const { contributionId } = await wrongAmount("pf-wrong");

    await refundContribution(services, { contributionId, providerPaymentId: "pf-wrong", note: NOTE });

    expect(await refundRows(database, live.boardId)).toMatchObject([
      { providerPaymentId: "pf-wrong", amountCents: 19_999, cause: "amount_mismatch" },
    ]);
  });

  it.each<[string, () => Promise<string>, string, string]>([
    ["a contribution that does not exist", async () => randomUUID(), "not_found", "There is no such contribution."],
    [
      "a contribution that was never paid",
      async () => operator.live.of(await operator.live.begin()).id,
      "conflict",
      "Nothing can be refunded: the payment is pending.",
    ],
  ])("refundContribution refuses the refund of %s", async (_, contribution, code, message) => {
    const payment = { contributionId: await contribution(), providerPaymentId: null, note: NOTE };

    await expect(refundContribution(operator.services, payment)).rejects.toMatchObject({ code, message });
  });

  it("refundContribution refuses the refund of a payment that no provider reported", async () => {
    const { live, services } = operator;
    const { id: contributionId } = live.of(await live.paid());

    await expect(
      refundContribution(services, { contributionId, providerPaymentId: "pf-other", note: NOTE }),
    ).rejects.toMatchObject({ code: "conflict" });
  });

  it("refundContribution takes the money from the payouts of a closed board", async () => {
    const { live, services } = operator;
    const [reference] = [await live.paid(), await live.paid()];
    await live.close();

    await refundContribution(services, { contributionId: live.of(reference).id, providerPaymentId: null, note: NOTE });

    expect(await payoutsOf(database, live)).toEqual([19_400]);
  });

  it("refundContribution requests a withdrawn refund again as another attempt", async () => {
    const { live, services, returning, refundOf } = operator;
    const { id, reference, contributionId } = await returning("failed");
    await withdrawRefund(services, id, "a mistake");

    expect(await refundContribution(services, { contributionId, providerPaymentId: null, note: NOTE })).toEqual(
      RECORDED,
    );

    expect(await refundOf(reference)).toMatchObject({ id, status: "requested", attempt: 2, tries: 0, reason: null });
    expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 19_400 });
    expect(await isDue(id)).toBe(true);
  });
});

describe("retryRefund", () => {
  it.each(["failed", "needs_manual_action"] as const)(
    "retryRefund requests a refund that is %s again as another attempt",
    async (status) => {
      const { services, returning, refundOf } = operator;
      const { id, reference, contributionId } = await returning(status);

      expect(await retryRefund(services, id)).toEqual(RECORDED);

      expect(await refundOf(reference)).toMatchObject({ status: "requested", attempt: 2, tries: 0, reason: null });
      expect(await auditOf(database, "contribution", contributionId)).toContain("admin refund.retried");
    },
  );

  it.each([null, "processing", "completed"] as const)(
    "retryRefund refuses a refund whose last step is %s",
    async (step) => {
      const { id } = await operator.returning(step);

      await expect(retryRefund(operator.services, id)).rejects.toMatchObject({
        code: "conflict",
        message: `A refund that is ${step ?? "requested"} cannot be requested again.`,
      });
    },
  );

  it("retryRefund refuses a refund that was withdrawn", async () => {
    const { services, returning } = operator;
    const { id } = await returning("failed");
    await withdrawRefund(services, id, "a mistake");

    await expect(retryRefund(services, id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("retryRefund answers not_found for a refund that does not exist", async () => {
    await expect(retryRefund(operator.services, randomUUID())).rejects.toMatchObject({ code: "not_found" });
  });

  it("two concurrent calls of retryRefund record one new attempt", async () => {
    const { services, returning, refundOf } = operator;
    const { id, reference } = await returning("failed");

    const both = await Promise.allSettled([retryRefund(services, id), retryRefund(services, id)]);

    expect(both.filter((one) => one.status === "fulfilled" && one.value.recorded)).toHaveLength(1);
    expect(await refundOf(reference)).toMatchObject({ attempt: 2 });
  });
});

describe("confirmManualRefund", () => {
  const made = { providerRefundId: "portal-1", note: "made in the portal" };

  it.each([null, "processing"] as const)(
    "confirmManualRefund refuses a refund whose last step is %s for three days",
    async (step) => {
      const { house, services, returning, refundOf } = operator;
      const { id, reference } = await returning(step);

      await expect(confirmManualRefund(services, id, made)).rejects.toMatchObject({ code: "conflict" });
      expect(await refundOf(reference)).toMatchObject({ status: step ?? "requested", note: null });

      house.pass(3 * DAY + 1);
      expect(await confirmManualRefund(services, id, made)).toEqual(RECORDED);
    },
  );

  it.each(["failed", "needs_manual_action"] as const)(
    "confirmManualRefund completes a refund that is %s and keeps the note",
    async (status) => {
      const { house, live, services, returning, refundOf } = operator;
      const { id, reference, contributionId } = await returning(status);

      expect(await confirmManualRefund(services, id, made)).toEqual(RECORDED);

      expect(await refundOf(reference)).toMatchObject({ status: "completed", completedAt: house.clock.now, ...made });
      expect((await contributionRow(database, reference))?.paymentStatus).toBe("refunded");
      expect(await potOf(database, live)).toEqual({ counted: 0, returning: 0 });
      expect(await auditOf(database, "contribution", contributionId)).toContain("admin refund.completed");
    },
  );

  it("a second confirmation changes neither the provider's id nor the note of a refund", async () => {
    const { services, returning, refundOf } = operator;
    const { id, reference } = await returning("needs_manual_action");
    await confirmManualRefund(services, id, made);

    expect(await confirmManualRefund(services, id, { providerRefundId: "portal-2", note: "oops" })).toEqual(UNCHANGED);

    expect(await refundOf(reference)).toMatchObject({ status: "completed", ...made });
  });

  it("confirmManualRefund answers not_found for a refund that does not exist", async () => {
    await expect(confirmManualRefund(operator.services, randomUUID(), made)).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("withdrawRefund", () => {
  const NOTE = "the guest wants to give after all";

  it.each(["failed", "needs_manual_action", null] as const)(
    "withdrawing a refund whose last step is %s makes its money count, keeps the note, and stops the sender",
    async (step) => {
      const { live, services, returning, refundOf } = operator;
      const { id, reference, contributionId } = await returning(step);
      expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 19_400 });

      expect(await withdrawRefund(services, id, NOTE)).toEqual(RECORDED);

      expect(await refundOf(reference)).toMatchObject({ status: "withdrawn", note: NOTE, completedAt: null });
      expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 0 });
      expect((await contributionRow(database, reference))?.paymentStatus).toBe("completed");
      expect(await auditOf(database, "contribution", contributionId)).toContain("admin refund.withdrawn");
      operator.house.pass(DAY);
      expect(await isDue(id)).toBe(false);
    },
  );

  it("a second withdrawal changes nothing and keeps the first note", async () => {
    const { services, returning, refundOf } = operator;
    const { id, reference } = await returning("failed");
    await withdrawRefund(services, id, NOTE);

    expect(await withdrawRefund(services, id, "another note")).toEqual(UNCHANGED);

    expect(await refundOf(reference)).toMatchObject({ status: "withdrawn", note: NOTE });
  });

  it("withdrawRefund returns the money to the payouts of a closed board", async () => {
    const { live, services, returning } = operator;
    await live.paid();
    const { id } = await returning("failed");
    await live.close();
    expect(await payoutsOf(database, live)).toEqual([19_400]);

    await withdrawRefund(services, id, NOTE);

    expect(await payoutsOf(database, live)).toEqual([38_800]);
    expect(await auditOf(database, "board", live.boardId)).toContain("admin payouts.adjusted");
  });

  it("withdrawRefund returns the money to payouts that a refund after closing had emptied", async () => {
    const { live, services, refundOf } = operator;
    const reference = await live.paid();
    await live.close();
    await live.requestRefund(reference);
    await live.reportRefund(reference, "failed");
    expect(await payoutsOf(database, live)).toEqual([0]);

    await withdrawRefund(services, (await refundOf(reference)).id, NOTE);

    expect(await payoutsOf(database, live)).toEqual([19_400]);
  });

  it("withdrawRefund refuses a requested refund while the sender holds its lease", async () => {
    const { house, live, services, returning, refundOf } = operator;
    const { id, reference } = await returning();
    await claimRefund(services, id, house.clock.now);

    await expect(withdrawRefund(services, id, NOTE)).rejects.toMatchObject({
      code: "conflict",
      message: "The refund is being sent; wait until it is done or fails.",
    });

    expect(await refundOf(reference)).toMatchObject({ status: "requested", note: null });
    expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 19_400 });
  });

  it("withdrawRefund refuses a requested refund that the sender has tried", async () => {
    const { house, services, returning, refundOf } = operator;
    const { id, reference } = await returning();
    const claimed = await claimRefund(services, id, house.clock.now);
    await releaseRefund(services, claimed!, { now: house.clock.now, error: "timed out" });
    house.pass(DAY);

    await expect(withdrawRefund(services, id, NOTE)).rejects.toMatchObject({ code: "conflict" });

    expect(await refundOf(reference)).toMatchObject({ status: "requested", note: null });
    expect(await isDue(id)).toBe(true);
  });

  it("withdrawRefund claims the refund before the sender can claim it", async () => {
    const { house, live, services, returning } = operator;
    const { id } = await returning();
    const claims: unknown[] = [];
    const execute = live.board.execute.bind(live.board);
    live.board.execute = async (...command) => {
      claims.push(await claimRefund(services, id, house.clock.now));
      return await execute(...command);
    };

    expect(await withdrawRefund(services, id, NOTE)).toEqual(RECORDED);

    expect(claims).toEqual([null]);
  });

  it.each(["processing", "completed"] as const)("withdrawRefund refuses a refund that is %s", async (status) => {
    const { services, returning, refundOf } = operator;
    const { id, reference } = await returning(status);

    await expect(withdrawRefund(services, id, NOTE)).rejects.toMatchObject({
      code: "conflict",
      message: `Only a refund of money in the pot that was not sent can be withdrawn; this one is ${status}.`,
    });

    expect(await refundOf(reference)).toMatchObject({ status, note: null });
  });

  it.each<{ why: string; happens: () => Promise<{ reference: string; providerPaymentId: string }> }>([
    {
      why: "came after the board had closed",
      happens: async () => {
        const { live } = operator;
        const reference = await live.begin();
        await live.close();
        await live.report(aReport(reference));
        return { reference, providerPaymentId: `pf-${reference}` };
      },
    },
    {
      why: "was paid a second time for one reference",
      happens: async () => {
        const { live } = operator;
        const reference = await live.paid();
        await live.report(aReport(reference, { providerPaymentId: "pf-second" }));
        return { reference, providerPaymentId: "pf-second" };
      },
    },
    {
      why: "was of a wrong amount",
      happens: async () => {
        const { live, wrongAmount } = operator;
        const { reference } = await wrongAmount("pf-wrong");
        await live.requestRefund(reference, "pf-wrong");
        return { reference, providerPaymentId: "pf-wrong" };
      },
    },
    {
      why: "belongs to a cancelled board",
      happens: async () => {
        const { live } = operator;
        const reference = await live.paid();
        await live.cancel();
        return { reference, providerPaymentId: `pf-${reference}` };
      },
    },
  ])("withdrawRefund refuses a refund of money that $why, and the refund stays due", async ({ happens }) => {
    const { house, services, refundOf } = operator;
    const { reference, providerPaymentId } = await happens();
    const { id } = await refundOf(reference, providerPaymentId);

    await expect(withdrawRefund(services, id, NOTE)).rejects.toMatchObject({
      code: "conflict",
      message: "Only a refund of money in the pot that was not sent can be withdrawn; this one is requested.",
    });

    expect(await refundOf(reference, providerPaymentId)).toMatchObject({ status: "requested", tries: 0, note: null });
    house.pass(2 * MINUTE);
    expect(await isDue(id)).toBe(true);
  });

  it("withdrawRefund answers not_found for a refund that does not exist", async () => {
    await expect(withdrawRefund(operator.services, randomUUID(), NOTE)).rejects.toMatchObject({ code: "not_found" });
  });

  it("a withdrawn refund that the provider reports as completed leaves the pot and the payouts", async () => {
    const { live, services, returning, refundOf } = operator;
    await live.paid();
    const { id, reference } = await returning("failed");
    await withdrawRefund(services, id, NOTE);
    await live.close();

    await live.reportRefund(reference, "completed", { providerRefundId: "rf-1" });

    expect(await refundOf(reference)).toMatchObject({ status: "completed", providerRefundId: "rf-1" });
    expect(await potOf(database, live)).toEqual({ counted: 19_400, returning: 0 });
    expect(await payoutsOf(database, live)).toEqual([19_400]);
    const [row] = await database.db.select().from(refunds).where(eq(refunds.id, id));
    expect(row?.note).toBe(NOTE);
  });
});
