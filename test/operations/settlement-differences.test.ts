import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { settlementDifferences } from "#database/payment-tables";
import { resolveDifference } from "#operations/settlement-differences";
import { aHouse } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it("resolveDifference resolves an open difference once, as a person's decision with a note", async () => {
  const { services, clock } = aHouse(database);
  const [difference] = await database.db
    .insert(settlementDifferences)
    .values({
      paymentProvider: "payfast",
      providerPaymentId: randomUUID(),
      kind: "missing_here",
      day: "2026-11-20",
      foundAt: clock.now,
    })
    .returning();

  await resolveDifference(services, difference!.id, "a test payment of ours");
  await expect(resolveDifference(services, difference!.id, "again")).rejects.toMatchObject({ code: "not_found" });

  const [row] = await database.db
    .select()
    .from(settlementDifferences)
    .where(eq(settlementDifferences.id, difference!.id));
  expect(row).toMatchObject({ resolvedAt: clock.now, resolution: "person", note: "a test payment of ours" });
});

it("resolveDifference answers not_found for a difference that does not exist", async () => {
  const { services } = aHouse(database);

  await expect(resolveDifference(services, randomUUID(), "no such thing")).rejects.toMatchObject({ code: "not_found" });
});
