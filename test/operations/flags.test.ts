import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardFlags } from "#database/payment-tables";
import { clearFlag } from "#operations/flags";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { anOperator, auditOf, type Operator } from "./support.ts";

let database: TestDatabase;
let operator: Operator;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  operator = await anOperator(database);
});

describe("clearFlag", () => {
  it("clearFlag clears one flag with its note, and the last one releases the payouts of a closed board", async () => {
    const { house, live, services, wrongAmount } = operator;
    await live.paid();
    const [first, second] = [await wrongAmount("pf-first"), await wrongAmount("pf-second")];
    await live.close();
    const clear = (contributionId: string, providerPaymentId: string, note: string) =>
      clearFlag(services, {
        boardId: live.boardId,
        flag: "amount_mismatch",
        contributionId,
        providerPaymentId,
        note,
      });

    expect(await clear(first.contributionId, "pf-first", "sent back")).toEqual({ recorded: true, projected: true });
    expect(live.events).not.toContain("payouts_released");
    expect(await clear(second.contributionId, "pf-second", "a test")).toEqual({ recorded: true, projected: true });
    expect(await clear(second.contributionId, "pf-second", "a test")).toMatchObject({ recorded: false });

    const rows = await database.db
      .select()
      .from(boardFlags)
      .where(eq(boardFlags.dreamBoardId, live.boardId))
      .orderBy(boardFlags.seq);
    expect(rows).toMatchObject([
      { providerPaymentId: "pf-first", clearedAt: house.clock.now, note: "sent back" },
      { providerPaymentId: "pf-second", clearedAt: house.clock.now, note: "a test" },
    ]);
    expect(live.events.filter((type) => type === "payouts_released")).toHaveLength(1);
    expect(await auditOf(database, "board", live.boardId)).toEqual(
      expect.arrayContaining(["admin flag.cleared", "admin payouts.released"]),
    );
  });

  it("clearFlag answers not_found for an unknown flag and for an unknown board", async () => {
    const { live, services } = operator;
    const flag = { flag: "new_host", contributionId: null, providerPaymentId: null, note: "fine" } as const;

    for (const boardId of [live.boardId, randomUUID()]) {
      await expect(clearFlag(services, { boardId, ...flag })).rejects.toMatchObject({ code: "not_found" });
    }
  });
});
