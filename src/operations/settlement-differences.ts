import { and, eq, isNull } from "drizzle-orm";
import { settlementDifferences } from "#database/payment-tables";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** A person has explained the difference. @throws ChipInError `not_found` when there is none that is open. */
export async function resolveDifference({ database, now }: Services, id: string, note: string): Promise<void> {
  const resolved = await database
    .update(settlementDifferences)
    .set({ resolvedAt: now(), resolution: "person", note })
    .where(and(eq(settlementDifferences.id, id), isNull(settlementDifferences.resolvedAt)))
    .returning({ id: settlementDifferences.id });
  if (resolved.length === 0) throw new ChipInError("not_found", "There is no such difference, or it is resolved.");
}
