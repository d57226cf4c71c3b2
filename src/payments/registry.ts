import type { PaymentProviderName } from "#domain/board/lifecycle";
import { ozow } from "./ozow/provider.ts";
import type { OzowSettings } from "./ozow/settings.ts";
import { payfast } from "./payfast/provider.ts";
import type { PayfastSettings } from "./payfast/settings.ts";
import type { PaymentProvider, ProviderDeps } from "./provider.ts";
import { snapscan } from "./snapscan/provider.ts";
import type { SnapscanSettings } from "./snapscan/settings.ts";

/** One entry per provider; null where its credentials are not configured. */
export type PaymentSettings = Readonly<{
  payfast: PayfastSettings | null;
  ozow: OzowSettings | null;
  snapscan: SnapscanSettings | null;
}>;

/** The providers that are configured, in the order guests are offered them. */
export function configuredProviders(
  settings: PaymentSettings,
  deps: ProviderDeps,
): ReadonlyMap<PaymentProviderName, PaymentProvider> {
  const providers = [
    settings.payfast && payfast(settings.payfast, deps),
    settings.ozow && ozow(settings.ozow, deps),
    settings.snapscan && snapscan(settings.snapscan, deps),
  ];
  return new Map(providers.filter((provider) => provider !== null).map((provider) => [provider.name, provider]));
}
