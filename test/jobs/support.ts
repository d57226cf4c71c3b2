import type { PaymentProvider } from "#payments/provider";

/** The providers that jobs find in place of the configured ones; each test sets its own. */
export const providers = new Map<string, PaymentProvider>();

export function configure(...configured: PaymentProvider[]): void {
  providers.clear();
  for (const provider of configured) providers.set(provider.name, provider);
}
