import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mailMessages } from "#database/own-tables";
import { boardFlags, refunds, settlementDifferences } from "#database/payment-tables";
import { payouts } from "#database/schema";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { zoneDate } from "#domain/time";
import { clearFlag, refundContribution, resolveDifference, retryRefund, settleRefund } from "#operations/refunds";
import { remindAdmins } from "#operations/remind-admins";
import { waitingMoney } from "#operations/review-queue";
import {
  aHouse,
  aLiveBoard,
  aReport,
  contributionRow,
  DAY,
  type House,
  MINUTE,
  refundRows,
} from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let house: House;
let live: Awaited<ReturnType<typeof aLiveBoard>>;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  live = await aLiveBoard(house);
});

const idOf = async (reference: string) => (await contributionRow(database, reference))!.id;

async function refundOf(reference: string) {
  const [row] = await database.db
    .select()
    .from(refunds)
    .where(eq(refunds.contributionId, await idOf(reference)));
  return row!;
}

/** A payment whose refund has come to `status`. */
async function goingBack(status: "processing" | "failed" | "by_hand" | "completed" | null = null, reason = "no") {
  const reference = await live.paid();
  const contributionId = await idOf(reference);
  await refundContribution(house.services, { contributionId, providerPaymentId: null });
  const news = { reference, providerPaymentId: `pf-${reference}`, providerRefundId: null, reason };
  if (status) await live.board.reportRefund({ ...news, status });
  return { reference, ...(await refundOf(reference)) };
}

async function wrongAmount(providerPaymentId: string) {
  const reference = await live.begin();
  await live.tell(aReport(reference, { providerPaymentId, amount: cents(19_999) }));
  return { reference, contributionId: await idOf(reference) };
}

describe("refundContribution", () => {
  it("asks for the whole amount back, once", async () => {
    const contributionId = await idOf(await live.paid());
    const payment = { contributionId, providerPaymentId: null };

    expect(await refundContribution(house.services, payment)).toEqual({ recorded: true, projected: true });
    expect(await refundContribution(house.services, payment)).toEqual({ recorded: false, projected: true });

    expect(await refundRows(database, live.boardId)).toMatchObject([
      { contributionId, amountCents: 20_000, cause: "operator", status: "requested" },
    ]);
  });

  it("sends back what a provider took of a wrong amount, by the provider's id", async () => {
    const { contributionId } = await wrongAmount("pf-wrong");

    await refundContribution(house.services, { contributionId, providerPaymentId: "pf-wrong" });

    expect(await refundRows(database, live.boardId)).toMatchObject([
      { providerPaymentId: "pf-wrong", amountCents: 19_999, cause: "amount_mismatch" },
    ]);
  });

  it.each([
    ["of a contribution that is not there", async () => randomUUID(), "not_found", "There is no such contribution."],
    [
      "of one that was never paid",
      async () => idOf(await live.begin()),
      "conflict",
      "Nothing can be refunded: the payment is pending.",
    ],
  ])("is refused %s", async (_, contribution, code, message) => {
    const asked = refundContribution(house.services, { contributionId: await contribution(), providerPaymentId: null });

    await expect(asked).rejects.toMatchObject({ code, message });
  });

  it("is refused for a payment that nobody told us of", async () => {
    const contributionId = await idOf(await live.paid());

    await expect(
      refundContribution(house.services, { contributionId, providerPaymentId: "pf-other" }),
    ).rejects.toMatchObject({ code: "conflict" });
  });

  it("takes the money from the payouts of a closed board", async () => {
    const [reference] = [await live.paid(), await live.paid()];
    await live.close();

    await refundContribution(house.services, { contributionId: await idOf(reference), providerPaymentId: null });

    const rows = await database.db.select().from(payouts).where(eq(payouts.dreamBoardId, live.boardId));
    expect(rows.map(({ grossCents, netCents }) => [grossCents, netCents])).toEqual([[19_400, 19_400]]);
  });
});

describe("retryRefund", () => {
  it.each(["failed", "by_hand"] as const)("asks again for one that is %s, as another attempt", async (status) => {
    const { id, reference } = await goingBack(status);

    expect(await retryRefund(house.services, id)).toEqual({ recorded: true, projected: true });

    expect(await refundOf(reference)).toMatchObject({ status: "requested", attempt: 2, tries: 0, reason: null });
  });

  it.each([
    [null, "A refund that is requested cannot be asked for again."],
    ["processing", "A refund that is processing cannot be asked for again."],
    ["completed", "A refund that is completed cannot be asked for again."],
  ] as const)("is refused while it is %s", async (status, message) => {
    const { id } = await goingBack(status);

    await expect(retryRefund(house.services, id)).rejects.toMatchObject({ code: "conflict", message });
  });

  it("is refused for one that is not there", async () => {
    await expect(retryRefund(house.services, randomUUID())).rejects.toMatchObject({ code: "not_found" });
  });

  it("asks once when two persons ask at once", async () => {
    const { id, reference } = await goingBack("failed");

    const both = await Promise.allSettled([retryRefund(house.services, id), retryRefund(house.services, id)]);

    expect(both.filter((one) => one.status === "fulfilled" && one.value.recorded)).toHaveLength(1);
    expect(await refundOf(reference)).toMatchObject({ attempt: 2 });
  });
});

describe("settleRefund", () => {
  it.each([null, "processing"] as const)(
    "leaves alone one that is %j: it may be on its way; but not for ever",
    async (status) => {
      const { id, reference } = await goingBack(status);
      const made = { providerRefundId: "portal-1", note: "made in the portal" };

      await expect(settleRefund(house.services, id, made)).rejects.toMatchObject({ code: "conflict" });
      expect(await refundOf(reference)).toMatchObject({ status: status ?? "requested", note: null });

      house.pass(3 * 86_400_000 + 1);
      expect(await settleRefund(house.services, id, made)).toMatchObject({ recorded: true });
    },
  );

  it.each(["failed", "by_hand"] as const)("ends one that is %j, with a note", async (status) => {
    const { id, reference } = await goingBack(status);
    const made = { providerRefundId: "portal-1", note: "made in the portal" };

    expect(await settleRefund(house.services, id, made)).toEqual({ recorded: true, projected: true });

    expect(await refundOf(reference)).toMatchObject({ status: "completed", completedAt: house.clock.now, ...made });
    expect((await contributionRow(database, reference))?.paymentStatus).toBe("refunded");
  });

  it("keeps the provider's id it was settled with when it is settled again", async () => {
    const { id, reference } = await goingBack("by_hand");
    await settleRefund(house.services, id, { providerRefundId: "portal-1", note: "made in the portal" });

    const again = await settleRefund(house.services, id, { providerRefundId: "portal-2", note: "oops" });

    expect(again).toMatchObject({ recorded: false });
    expect(await refundOf(reference)).toMatchObject({ providerRefundId: "portal-1", status: "completed" });
  });

  it("is refused for one that is not there", async () => {
    await expect(
      settleRefund(house.services, randomUUID(), { providerRefundId: null, note: "none" }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("clearFlag", () => {
  it("clears what it names, with a note, and releases the payouts of a closed board with the last", async () => {
    await live.paid();
    const { contributionId } = await wrongAmount("pf-wrong");
    await live.close();
    const flag = {
      boardId: live.boardId,
      flag: "amount_mismatch",
      contributionId,
      providerPaymentId: "pf-wrong",
    } as const;

    expect(await clearFlag(house.services, { ...flag, note: "sent back" })).toEqual({
      recorded: true,
      projected: true,
    });
    expect(await clearFlag(house.services, { ...flag, note: "sent back" })).toMatchObject({ recorded: false });

    const [row] = await database.db.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, live.boardId));
    expect(row).toMatchObject({ clearedAt: house.clock.now, note: "sent back" });
    expect(live.board.events.filter(({ type }) => type === "payouts_released")).toHaveLength(1);
  });

  it("is refused for a flag the board does not have, and a board that is not there", async () => {
    const flag = { flag: "new_host", contributionId: null, providerPaymentId: null, note: "fine" } as const;

    for (const boardId of [live.boardId, randomUUID()]) {
      await expect(clearFlag(house.services, { boardId, ...flag })).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("resolveDifference", () => {
  it("settles one that is open, once", async () => {
    const values = { providerPaymentId: randomUUID(), kind: "missing_here", day: "2026-11-20" } as const;
    const [difference] = await database.db
      .insert(settlementDifferences)
      .values({ paymentProvider: "payfast", foundAt: house.clock.now, ...values })
      .returning();

    await resolveDifference(house.services, difference!.id, "a test payment of ours");
    await expect(resolveDifference(house.services, difference!.id, "again")).rejects.toMatchObject({
      code: "not_found",
    });

    const [row] = await database.db
      .select()
      .from(settlementDifferences)
      .where(eq(settlementDifferences.id, difference!.id));
    expect(row).toMatchObject({ resolvedAt: house.clock.now, note: "a test payment of ours" });
  });
});

const mailsOf = async (boardId: string) =>
  await database.db
    .select()
    .from(mailMessages)
    .where(and(eq(mailMessages.dreamBoardId, boardId), eq(mailMessages.kind, "money_needs_a_person")));

describe("remindAdmins", () => {
  it.each([
    ["a refund that failed", () => goingBack("failed")],
    ["a refund to make by hand", () => goingBack("by_hand")],
    ["a flag", () => wrongAmount("pf-wrong")],
  ])("asks for one mail a day about a board with %s", async (_, happens) => {
    await happens();
    house.pass(DAY);

    const added = await Promise.all([1, 2, 3].map(() => remindAdmins(house.services, house.clock.now)));
    expect(added.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(1);

    const days = async () => (await mailsOf(live.boardId)).map(({ dedupeKey }) => dedupeKey.slice(-10)).sort();
    const today = zoneDate(house.clock.now);
    expect((await days()).filter((day) => day === today)).toHaveLength(1);
    house.pass(DAY);
    await remindAdmins(house.services, house.clock.now);
    expect(await days()).toHaveLength(3);
  });

  it("does not repeat on the same day what the event itself has told", async () => {
    await goingBack("failed");

    await remindAdmins(house.services, house.clock.now);

    expect(await mailsOf(live.boardId)).toHaveLength(1);
  });

  it("says nothing of a board where nothing waits for a person", async () => {
    await goingBack("processing");
    await goingBack("completed");
    const { contributionId } = await wrongAmount("pf-wrong");
    await clearFlag(house.services, {
      ...{
        boardId: live.boardId,
        flag: "amount_mismatch",
        contributionId,
        providerPaymentId: "pf-wrong",
        note: "fine",
      },
    });
    const before = await mailsOf(live.boardId);
    house.pass(DAY);

    await remindAdmins(house.services, house.clock.now);

    expect(await mailsOf(live.boardId)).toEqual(before);
  });
});

describe("waitingMoney", () => {
  it("lists what waits, by public ids, and nothing that is settled", async () => {
    const waits = await goingBack("by_hand", "EFT");
    const settled = await goingBack("completed");
    house.pass(MINUTE);
    const { contributionId } = await wrongAmount("pf-wrong");

    const { refunds: listed, flags } = await waitingMoney(house.services);

    const board = publicId("board", live.boardId);
    expect(listed.filter((refund) => refund.board === board)).toMatchObject([
      {
        ...{ id: waits.id, contribution: publicId("contribution", waits.contributionId), reference: waits.reference },
        ...{ provider: "payfast", amount_cents: 20_000, status: "by_hand", reason: "EFT", cause: "operator" },
      },
    ]);
    expect(listed.map(({ id }) => id)).not.toContain(settled.id);
    expect(flags.filter((flag) => flag.board === board)).toMatchObject([
      {
        ...{ flag: "amount_mismatch", contribution: publicId("contribution", contributionId) },
        ...{ provider_payment_id: "pf-wrong", received_cents: 19_999 },
      },
    ]);
  });
});
