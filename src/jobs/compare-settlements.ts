import { zoneDate } from "#domain/time";
import { remindAdmins } from "#operations/remind-admins";
import { paymentProviders } from "#payments/configure";
import { type PaymentProvider, ProviderError } from "#payments/provider";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { compareSettlement, dayAfter, daysToCompare, type Settlement } from "#reconciliation/compare-settlement";

type Compared = (Settlement & { day: string }) | { provider: string; day: string; problem: string };

/**
 * Compares yesterday (in South Africa) with each provider's own list, and the days before it whose comparison failed;
 * then reminds admins of the money that still waits for a person. One provider's trouble is neither the others' nor
 * theirs. (product-facts 15)
 */
export async function compareSettlements(
  services: Services,
  now: Date,
  providers = paymentProviders(services.settings),
): Promise<{ settlements: Compared[]; reminders: number }> {
  const yesterday = dayAfter(zoneDate(now), -1);
  const settlements: Compared[] = [];
  for (const provider of providers.values()) {
    try {
      for (const day of await daysToCompare(services, provider.name, yesterday)) {
        const compared = await compareDay(services, provider, { day, now });
        if (compared) settlements.push(compared);
      }
    } catch (error) {
      settlements.push(notCompared(services, { provider, day: yesterday }, error));
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
    if (settlement.differences > settlement.resolved) {
      services.alert({ event: "settlement_difference", day, ...settlement });
    }
    return { day, ...settlement };
  } catch (error) {
    return notCompared(services, { provider, day }, error);
  }
}

/** The provider could not be asked, or we have a bug. */
function notCompared(
  services: Services,
  { provider: { name: provider }, day }: { provider: PaymentProvider; day: string },
  error: unknown,
): Compared {
  const event = error instanceof ProviderError ? "settlement_not_compared" : "settlement_failed";
  services.alert({ event, provider, day, error: messageOf(error) });
  return { provider, day, problem: messageOf(error) };
}
