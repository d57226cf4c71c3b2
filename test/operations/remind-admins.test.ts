import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { zoneDate } from "#domain/time";
import { clearFlag } from "#operations/flags";
import { withdrawRefund } from "#operations/refunds";
import { remindAdmins } from "#operations/remind-admins";
import { DAY } from "../reconciliation/support.ts";
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
