import type { PaymentProviderName } from "#domain/board/lifecycle";
import { MAX_CONTRIBUTION_CENTS } from "#domain/fees";
import { cents } from "#domain/money";
import { type PayfastSettings, PUBLISHED_SOURCE_CIDRS } from "#payments/payfast/settings";
import type { PaymentProvider } from "#payments/provider";
import { configuredProviders } from "#payments/registry";
import type { Settings } from "#settings";

type Providers = ReadonlyMap<PaymentProviderName, PaymentProvider>;

const made = new WeakMap<Settings, Providers>();

/** The providers these settings hold credentials for, made once per isolate. */
export function paymentProviders(settings: Settings): Providers {
  let providers = made.get(settings);
  if (!providers) {
    providers = configuredProviders({ payfast: payfastSettings(settings) }, { fetch });
    made.set(settings, providers);
  }
  return providers;
}

function payfastSettings(settings: Settings): PayfastSettings | null {
  const { PAYFAST_MERCHANT_ID: merchantId, PAYFAST_MERCHANT_KEY: merchantKey, PAYFAST_SOURCE_CIDRS } = settings;
  if (!merchantId || !merchantKey) return null;
  return {
    merchantId,
    merchantKey,
    passphrase: settings.PAYFAST_PASSPHRASE ?? null,
    sandbox: settings.PAYFAST_SANDBOX,
    baseUrl: settings.PAYFAST_BASE_URL ?? null,
    sourceCheck: settings.PAYFAST_SOURCE_CHECK,
    sourceCidrs: PAYFAST_SOURCE_CIDRS?.split(",").map((range) => range.trim()) ?? PUBLISHED_SOURCE_CIDRS,
    validateBody: settings.PAYFAST_VALIDATE_BODY,
    maxCents: settings.PAYFAST_MAX_CENTS ? cents(settings.PAYFAST_MAX_CENTS) : MAX_CONTRIBUTION_CENTS,
  };
}
