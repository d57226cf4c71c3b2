import { isUnavailable } from "#database/errors";
import { paymentProviders } from "#payments/configure";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { type LookedUp, lookUpPayments } from "#reconciliation/look-up-payments";

/**
 * Asks every configured provider, paused or not, about the payments whose end we do not know: what it knows becomes true
 * here as if it had called back, and a payment the provider does not know after a day expires. One provider's trouble is not the others'.
 * (product-facts 15)
 */
export async function reconcilePayments(
  services: Services,
  now: Date,
  providers = paymentProviders(services.settings),
): Promise<Record<string, LookedUp | string>> {
  const results: Record<string, LookedUp | string> = {};
  const ask = async (provider: Parameters<typeof lookUpPayments>[1]) => {
    try {
      results[provider.name] = await lookUpPayments(services, provider, { now });
    } catch (error) {
      results[provider.name] = messageOf(error);
      // An outage of Postgres has alerts of its own.
      const write = isUnavailable(error) ? services.log : services.alert;
      write({ event: "reconciliation_failed", provider: provider.name, error: messageOf(error) });
    }
  };
  await Promise.all([...providers.values()].map(ask));
  return results;
}
