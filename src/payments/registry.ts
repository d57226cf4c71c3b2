import type { PaymentProviderName } from "#domain/board/lifecycle";
import { payfast } from "./payfast/provider.ts";
import type { PayfastSettings } from "./payfast/settings.ts";
import type { PaymentProvider } from "./provider.ts";

/** One entry per provider; null where its credentials are not configured. */
export type PaymentSettings = Readonly<{ payfast: PayfastSettings | null }>;
export type PaymentDeps = Readonly<{ fetch: typeof fetch }>;

/** The providers guests may choose from: those that are configured, in the order they are offered. */
export function configuredProviders(
  settings: PaymentSettings,
  deps: PaymentDeps,
): ReadonlyMap<PaymentProviderName, PaymentProvider> {
  const providers = [settings.payfast && payfast(settings.payfast, deps)];
  return new Map(providers.filter((provider) => provider !== null).map((provider) => [provider.name, provider]));
}
