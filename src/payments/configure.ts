import type { PaymentProviderName } from "#domain/board/lifecycle";
import { MAX_CONTRIBUTION_CENTS } from "#domain/fees";
import { cents } from "#domain/money";
import { log } from "#platform/log";
import type { Settings } from "#platform/settings";
import type { OzowSettings } from "./ozow/settings.ts";
import { API_URL, type PayfastSettings, PUBLISHED_SOURCE_CIDRS } from "./payfast/settings.ts";
import type { PaymentProvider } from "./provider.ts";
import { configuredProviders } from "./registry.ts";
import type { SnapscanSettings } from "./snapscan/settings.ts";

export type Providers = ReadonlyMap<PaymentProviderName, PaymentProvider>;

/** Neither Ozow nor SnapScan names a smallest payment; ours is larger than theirs can be. */
const MINIMUM = cents(500);

const made = new WeakMap<Settings, Providers>();

/** The providers these settings hold credentials for, made once per isolate, in the order guests are offered them. */
export function paymentProviders(settings: Settings): Providers {
  let providers = made.get(settings);
  if (!providers) {
    const configured = {
      payfast: payfastSettings(settings),
      ozow: ozowSettings(settings),
      snapscan: snapscanSettings(settings),
    };
    providers = configuredProviders(configured, { fetch, now: () => new Date(), note: log });
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
    maxCents: settings.PAYFAST_MAX_CENTS ?? MAX_CONTRIBUTION_CENTS,
    apiBaseUrl: settings.PAYFAST_API_BASE_URL ?? API_URL,
    apiEnabled: settings.PAYFAST_API_ENABLED ?? !settings.PAYFAST_SANDBOX,
    refundRetrievePath: settings.PAYFAST_REFUND_RETRIEVE_PATH,
  };
}

/** Without a secret its callbacks cannot be told from forged ones, so then it is not offered either. */
function ozowSettings(settings: Settings): OzowSettings | null {
  const { OZOW_CLIENT_ID: clientId, OZOW_CLIENT_SECRET: clientSecret, OZOW_SITE_CODE: siteCode } = settings;
  const webhookSecrets = [...(settings.OZOW_WEBHOOK_SECRETS ?? []), ...(settings.OZOW_WEBHOOK_SECRET ?? [])];
  if (!clientId || !clientSecret || !siteCode || webhookSecrets.length === 0) return null;
  const scope = (set: string | undefined, usual: string) => ({ name: set ?? usual, explicit: set !== undefined });
  return {
    clientId,
    clientSecret,
    siteCode,
    webhookSecrets,
    baseUrl: settings.OZOW_BASE_URL,
    webhookToleranceS: settings.OZOW_WEBHOOK_TOLERANCE_S,
    scopes: {
      payments: scope(settings.OZOW_SCOPE_PAYMENTS, "payments"),
      refunds: scope(settings.OZOW_SCOPE_REFUNDS, "refund"),
    },
    redirectHostSuffix: settings.OZOW_REDIRECT_HOST_SUFFIX || null,
    minCents: settings.OZOW_MIN_CENTS ?? MINIMUM,
    maxCents: settings.OZOW_MAX_CENTS ?? MAX_CONTRIBUTION_CENTS,
  };
}

/** There is no sandbox: without all three keys SnapScan is not offered. (payment-providers 3) */
function snapscanSettings(settings: Settings): SnapscanSettings | null {
  const { SNAPSCAN_SNAPCODE: snapCode, SNAPSCAN_API_KEY: apiKey, SNAPSCAN_WEBHOOK_AUTH_KEY } = settings;
  if (!snapCode || !apiKey || !SNAPSCAN_WEBHOOK_AUTH_KEY) return null;
  return {
    snapCode,
    apiKey,
    webhookAuthKey: SNAPSCAN_WEBHOOK_AUTH_KEY,
    baseUrl: settings.SNAPSCAN_BASE_URL,
    confirmWithApi: settings.SNAPSCAN_CONFIRM_WITH_API,
    redirects: settings.SNAPSCAN_REDIRECTS,
    validationKey: settings.SNAPSCAN_VALIDATION_KEY ?? null,
    minCents: MINIMUM,
    maxCents: settings.SNAPSCAN_MAX_CENTS ?? MAX_CONTRIBUTION_CENTS,
  };
}
