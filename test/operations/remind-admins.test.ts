import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { paymentLosses } from "#database/payout-tables";
import { zoneDate } from "#domain/time";
import { clearFlag } from "#operations/flags";
import { withdrawRefund } from "#operations/refunds";
import { remindAdmins } from "#operations/remind-admins";
import { DAY, HOUR } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { adminMailsOf, anOperator, type Operator } from "./support.ts";

let database: TestDatabase;
let operator: Operator;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  operator = await anOperator(database);
});

const remind = () => remindAdmins(operator.services, operator.house.clock.now);

describe("remindAdmins", () => {
  it.each([
    ["a refund that failed", () => operator.returning("failed")],
    ["a refund to make by hand", () => operator.returning("needs_manual_action")],
    ["a flag", () => operator.wrongAmount("pf-wrong")],
  ])("remindAdmins requests one mail a day about a board with %s", async (_, happens) => {
    const { house, live } = operator;
    await happens();
    house.pass(DAY);

    const added = await Promise.all([remind(), remind(), remind()]);
    expect(added.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(1);

    const days = async () => (await adminMailsOf(house, live)).map(({ dedupeKey }) => dedupeKey.slice(-10)).sort();
    const today = zoneDate(house.clock.now);
    expect((await days()).filter((day) => day === today)).toHaveLength(1);
    house.pass(DAY);
    await remind();
    expect(await days()).toHaveLength(3);
  });

  it("remindAdmins requests no second mail on the day of the event, which requested one itself", async () => {
    const { house, live, returning } = operator;
    await returning("failed");

    await remind();

    expect(await adminMailsOf(house, live)).toHaveLength(1);
  });

  it("remindAdmins requests one mail a day about payouts that are unpaid for three days or under way for one", async () => {
    const { house, live } = operator;
    await live.paid();
    await live.close();
    const ofToday = async () => {
      const keys = (await adminMailsOf(house, live, "payouts_waiting")).map(({ dedupeKey }) => dedupeKey);
      return keys.filter((key) => key.endsWith(`/payouts_waiting/${zoneDate(house.clock.now)}`)).length;
    };
    /** Mails that are new: an hour after midnight, 23 hours later are the same day. */
    const reminded = async () => {
      const before = await ofToday();
      await Promise.all([remind(), remind()]);
      return (await ofToday()) - before;
    };
    const payoutId = [...live.state.payouts.keys()][0]!;
    const claim = { payoutId, execution: randomUUID(), method: "automation" } as const;

    const rows = [["planned now", await reminded()]];
    house.pass(3 * DAY - HOUR);
    rows.push(["for less than three days", await reminded()]);
    house.pass(DAY);
    rows.push(["for more than three days", await reminded()]);
    await live.execute({ type: "start_payout", ...claim });
    house.pass(DAY - HOUR);
    rows.push(["under way for less than a day", await reminded()]);
    house.pass(DAY);
    rows.push(["under way for more than a day", await reminded()]);
    await live.execute({ type: "fail_payout", ...claim, errorCode: "no_answer", errorMessage: null });
    house.pass(DAY);
    rows.push(["failed", await reminded()]);
    await live.execute({ type: "retry_payout", payoutId });
    await live.execute({ type: "complete_payout", payoutId, externalRef: "TAL-1", completedAt: null, method: "hand" });
    house.pass(DAY);
    rows.push(["completed", await reminded()]);

    expect(rows).toEqual([
      ["planned now", 0],
      ["for less than three days", 0],
      ["for more than three days", 1],
      ["under way for less than a day", 0],
      ["under way for more than a day", 1],
      ["failed", 1],
      ["completed", 0],
    ]);
    expect(await adminMailsOf(house, live)).toEqual([]);
  });

  it("remindAdmins requests no mail about a payout that refunds have emptied", async () => {
    const { house, live } = operator;
    const reference = await live.paid();
    await live.close();
    await live.requestRefund(reference);
    await live.reportRefund(reference, "completed");
    const before = await adminMailsOf(house, live, "payouts_waiting");
    house.pass(4 * DAY);

    await remind();

    expect([...live.state.payouts.values()]).toMatchObject([{ status: "pending", gross: 0 }]);
    expect(await adminMailsOf(house, live, "payouts_waiting")).toEqual(before);
  });

  it("remindAdmins requests a mail about a loss on the two mornings after it", async () => {
    const { house, live } = operator;
    const reference = await live.paid();
    await database.db.insert(paymentLosses).values({
      dreamBoardId: live.boardId,
      seq: 99,
      contributionId: live.of(reference).id,
      paymentProvider: "payfast",
      providerPaymentId: `pf-${reference}`,
      lostCents: 19_400,
      recordedAt: house.clock.now,
    });
    const mails = [];
    for (let day = 0; day < 4; day++) {
      house.pass(DAY - 1);
      await remind();
      mails.push((await adminMailsOf(house, live)).length);
    }

    expect(mails).toEqual([1, 2, 2, 2]);
  });

  it("remindAdmins requests no mail about a board on which no refund or flag needs a person", async () => {
    const { house, live, services, returning, wrongAmount } = operator;
    await returning("processing");
    await returning("completed");
    await withdrawRefund(services, (await returning("failed")).id, "a mistake");
    const { contributionId } = await wrongAmount("pf-wrong");
    await clearFlag(services, {
      boardId: live.boardId,
      flag: "amount_mismatch",
      contributionId,
      providerPaymentId: "pf-wrong",
      note: "fine",
    });
    const before = await adminMailsOf(house, live);
    house.pass(DAY);

    await remind();

    expect(await adminMailsOf(house, live)).toEqual(before);
  });
});
