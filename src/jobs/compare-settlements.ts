import { zoneDate } from "#domain/time";
import { paymentProviders } from "#payment-providers";
import { type PaymentProvider, ProviderError } from "#payments/provider";
import { compareSettlement, dayAfter, daysToCompare, type Settlement } from "#reconciliation/compare-settlement";
import { remindAdmins } from "#refunds/remind-admins";
import { messageOf } from "../log.ts";
import type { Services } from "../services.ts";

type Compared = (Settlement & { day: string }) | { provider: string; day: string; problem: string };

/**
 * Compares yesterday (in South Africa) with each provider's own list, and the days before it whose comparison failed;
 * then reminds admins of the money that still waits for a person. (product-facts 15)
 */
export async function compareSettlements(
  services: Services,
  now: Date,
): Promise<{ settlements: Compared[]; reminders: number }> {
  const yesterday = dayAfter(zoneDate(now), -1);
  const settlements: Compared[] = [];
  for (const provider of paymentProviders(services.settings).values()) {
    for (const day of await daysToCompare(services, provider.name, yesterday)) {
      const compared = await compareDay(services, provider, { day, now });
      if (compared) settlements.push(compared);
    }
  }
  return { settlements, reminders: await remindAdmins(services, now) };
}

async function compareDay(
  services: Services,
  provider: PaymentProvider,
  { day, now }: { day: string; now: Date },
): Promise<Compared | null> {
  try {
    const settlement = await compareSettlement(services, provider, { day, now });
    if (!settlement) return null;
    if (settlement.differences > settlement.mended) {
      services.alert({ event: "settlement_difference", day, ...settlement });
    }
    return { day, ...settlement };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    services.alert({ event: "settlement_not_compared", provider: provider.name, day, error: messageOf(error) });
    return { provider: provider.name, day, problem: messageOf(error) };
  }
}
