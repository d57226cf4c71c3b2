import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { Cents } from "#domain/money";
import { availableProviders } from "#payments/availability/provider-switches";
import { paymentProviders } from "#payments/configure";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";

/** A provider guests may choose, with what it takes in one payment. */
export type ProviderOption = Readonly<{ name: PaymentProviderName; limits: { minimum: Cents; maximum: Cents } }>;

/** Every configured provider; not all may be offered at every moment. */
export function configuredOptions(settings: Settings): ProviderOption[] {
  return [...paymentProviders(settings).values()].map(({ name, limits }) => ({ name, limits }));
}

/** What guests may choose from now: neither paused by an operator nor hidden after failures. */
export async function currentOptions(services: Services): Promise<ProviderOption[]> {
  const options = configuredOptions(services.settings);
  const names = await availableProviders(
    services,
    options.map(({ name }) => name),
  );
  return options.filter(({ name }) => names.includes(name));
}
