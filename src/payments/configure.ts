import type { PaymentProviderName } from "#domain/board/lifecycle";
import { MAX_CONTRIBUTION_CENTS } from "#domain/fees";
import { cents } from "#domain/money";
import { log } from "#platform/log";
import type { Settings } from "#platform/settings";
import { ozow } from "./ozow/provider.ts";
import type { OzowSettings } from "./ozow/settings.ts";
import { payfast } from "./payfast/provider.ts";
import { API_URL, type PayfastSettings, PUBLISHED_SOURCE_CIDRS } from "./payfast/settings.ts";
import type { PaymentProvider, ProviderDeps } from "./provider.ts";
import { snapscan } from "./snapscan/provider.ts";
import type { SnapscanSettings } from "./snapscan/settings.ts";

export type Providers = ReadonlyMap<PaymentProviderName, PaymentProvider>;

/** Ozow and SnapScan document no smallest payment. This one is above any that they could have. */
const MINIMUM = cents(500);

const cache = new WeakMap<Settings, Providers>();

/** The providers whose credentials are set, in the order guests see them. They are created once per isolate. */
export function paymentProviders(settings: Settings): Providers {
  const cached = cache.get(settings);
  if (cached) return cached;
  const providers = createProviders(settings, { fetch, now: () => new Date(), log });
  cache.set(settings, providers);
  return providers;
}

function createProviders(settings: Settings, deps: ProviderDeps): Providers {
  const accounts = {
    payfast: payfastSettings(settings),
    ozow: ozowSettings(settings),
    snapscan: snapscanSettings(settings),
  };
  const providers = [
    accounts.payfast && payfast(accounts.payfast, deps),
    accounts.ozow && ozow(accounts.ozow, deps),
    accounts.snapscan && snapscan(accounts.snapscan, deps),
  ];
  return new Map(providers.filter((provider) => provider !== null).map((provider) => [provider.name, provider]));
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

/** Null without a webhook secret too: forged callbacks could not be told from genuine ones. */
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

/** Null unless all three credentials are set. */
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
