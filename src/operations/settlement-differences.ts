import { and, eq, isNull } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { settlementDifferences } from "#database/payment-tables";
import { derivedId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** A person knows why the lists differ. @throws ChipInError `not_found` when there is no such open difference. */
export async function resolveDifference(services: Services, id: string, note: string): Promise<void> {
  const { database, now } = services;
  const open = and(eq(settlementDifferences.id, id), isNull(settlementDifferences.resolvedAt));
  const [difference] = await database.select().from(settlementDifferences).where(open);
  if (!difference) throw noSuchDifference();
  const { foundAt, paymentProvider, day, kind, providerPaymentId } = difference;
  const action = "settlement_difference.resolved";
  const [resolved] = await database.batch([
    database
      .update(settlementDifferences)
      .set({ resolvedAt: now(), resolution: "person", note })
      .where(open)
      .returning(),
    auditInsert(services, {
      // A person resolves a difference once, so two at the same time leave one row.
      id: derivedId(foundAt, id, action),
      action,
      target: { type: "settlement_difference", id },
      metadata: { provider: paymentProvider, day, kind, provider_payment_id: providerPaymentId },
    }),
  ]);
  if (resolved.length === 0) throw noSuchDifference();
}

function noSuchDifference(): ChipInError {
  return new ChipInError("not_found", "There is no such difference, or it is resolved.");
}
