import type { PaymentProvider } from "#payments/provider";

/** The providers that jobs use instead of the configured ones. Each test sets its own. */
export const providers = new Map<string, PaymentProvider>();

export function configure(...configured: PaymentProvider[]): void {
  providers.clear();
  for (const provider of configured) providers.set(provider.name, provider);
}
