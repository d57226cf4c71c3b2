import type { Settings } from "#platform/settings";
import { parseKeyring } from "#privacy/encryption";

/** Nothing but the local platform may set these: they put other hosts in place of the real ones. */
const LOCAL_ONLY = [
  "LOCAL_PLATFORM",
  "LOCAL_EDGE_CACHE_URL",
  "DNS_RESOLVER_URL",
  "NEON_HTTP_ENDPOINT",
  "PAYFAST_BASE_URL",
  "PAYFAST_API_BASE_URL",
  "TURNSTILE_BASE_URL",
  "TAKEALOT_BASE_URL",
] as const;

export const RESEND = "https://api.resend.com";
export const SNAPSCAN = "https://pos.snapscan.io";
export const OZOW = "https://one.ozow.com/v1";

/**
 * What each kind of payout needs to be executed by itself: switch, address, key. Karri's address and key alone verify
 * cards. (product-facts 7)
 */
const PAYOUT_AUTOMATIONS = [
  ["TAKEALOT_GIFTCARD_AUTOMATION_ENABLED", "TAKEALOT_GIFTCARD_API_URL", "TAKEALOT_GIFTCARD_API_KEY"],
  ["KARRI_AUTOMATION_ENABLED", "KARRI_BASE_URL", "KARRI_API_KEY"],
  ["GIVENGAIN_AUTOMATION_ENABLED", "GIVENGAIN_API_URL", "GIVENGAIN_API_KEY"],
] as const;

/**
 * What an account needs to be used, by the credential that turns it on. Anything else may be set beforehand, and the
 * credential is deleted first, so that neither setting up nor taking away passes through a refused state.
 */
const NEEDED_BESIDE = {
  PAYFAST_MERCHANT_ID: [["PAYFAST_MERCHANT_KEY"]],
  OZOW_CLIENT_ID: [["OZOW_CLIENT_SECRET"], ["OZOW_SITE_CODE"], ["OZOW_WEBHOOK_SECRETS", "OZOW_WEBHOOK_SECRET"]],
  SNAPSCAN_API_KEY: [["SNAPSCAN_SNAPCODE"], ["SNAPSCAN_WEBHOOK_AUTH_KEY"]],
  TURNSTILE_SECRET_KEY: [["TURNSTILE_SITE_KEY"]],
  TAKEALOT_GIFTCARD_API_KEY: [["TAKEALOT_GIFTCARD_API_URL"]],
  KARRI_API_KEY: [["KARRI_BASE_URL"]],
  GIVENGAIN_API_KEY: [["GIVENGAIN_API_URL"]],
} as const;

/** Secrets that we draw ourselves, so their strength is ours to ask for. */
const OWN_SECRETS = ["PAYFAST_PASSPHRASE", "API_KEY_PEPPER", "INTERNAL_JOB_SECRET", "SESSION_SECRET"] as const;
/** No two of them are the same: who learns one would know the other. */
const SECRETS = [
  ...OWN_SECRETS,
  "PAYFAST_MERCHANT_KEY",
  "OZOW_CLIENT_SECRET",
  "SNAPSCAN_API_KEY",
  "SNAPSCAN_WEBHOOK_AUTH_KEY",
  "SNAPSCAN_VALIDATION_KEY",
  "TURNSTILE_SECRET_KEY",
  "RESEND_API_KEY",
  "TAKEALOT_GIFTCARD_API_KEY",
  "KARRI_API_KEY",
  "GIVENGAIN_API_KEY",
] as const;
const MIN_SECRET_LENGTH = 24;
const MIN_DISTINCT = 8;
const CLASSES = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];
const DRAW = "draw one with: openssl rand -hex 16";
const DRAW_KEY = "draw one with: openssl rand -base64 32";
/** What PayFast's dashboard takes. */
const PASSPHRASE = /^[A-Za-z0-9_-]{1,32}$/;

/** Credentials that anyone can read in PayFast's and Cloudflare's documentation. */
const PUBLISHED: readonly (readonly [keyof Settings, RegExp])[] = [
  ["PAYFAST_MERCHANT_ID", /^(10000100|10004002)$/],
  ["PAYFAST_MERCHANT_KEY", /^(46f0cd694581a|q1cd2rdny4a53)$/],
  ["PAYFAST_PASSPHRASE", /^jt7NOE43FZPn$/],
  ["TURNSTILE_SITE_KEY", /^[123]x0{20}[A-F]{2}$/],
  ["TURNSTILE_SECRET_KEY", /^[123]x0{31,32}[A-F]{2}$/],
];

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
/** Names that reach no one. (RFC 2606) */
const RESERVED = /\.(test|example|localhost|invalid)$/;
const LOCAL_HOST = "only the local platform may set this: delete it";

export type Refusal = readonly [setting: keyof Settings, remedy: string];

/** What these settings must not be, as sentences with a remedy. None holds a value: a value may be a secret. */
export function refusedSettings(value: Settings): Refusal[] {
  const refused = [...automationRefusals(value), ...operatorRefusals(value)];
  if (value.ENVIRONMENT === "development") return [...refused, ...developmentRefusals(value)];
  refused.push(...hostRefusals(value), ...halfConfigured(value), ...weakSecrets(value), ...receiptKeyRefusals(value));
  if (value.PAYFAST_SOURCE_CHECK === "off") refused.push(["PAYFAST_SOURCE_CHECK", "must be log or enforce"]);
  if (!value.SNAPSCAN_CONFIRM_WITH_API) {
    refused.push(["SNAPSCAN_CONFIRM_WITH_API", "a notice carries no time and could be sent again: set it to true"]);
  }
  if (!value.RESEND_API_KEY) refused.push(["RESEND_API_KEY", "needed to send mail"]);
  if (value.ENVIRONMENT === "production") refused.push(...productionRefusals(value));
  return refused;
}

function automationRefusals(value: Settings): Refusal[] {
  return PAYOUT_AUTOMATIONS.flatMap(([enabled, ...needed]) =>
    needed.flatMap((name): Refusal[] => (value[enabled] && !value[name] ? [[name, `needed beside ${enabled}`]] : [])),
  );
}

function operatorRefusals(value: Settings): Refusal[] {
  const refused: Refusal[] = [];
  if (value.OPERATORS.some(({ secret }) => secret === value.INTERNAL_JOB_SECRET)) {
    refused.push(["OPERATORS", "a person's secret must not be INTERNAL_JOB_SECRET"]);
  }
  if (value.ACCESS_TEAM_DOMAIN && !value.ACCESS_AUDIENCE) {
    refused.push(["ACCESS_AUDIENCE", "needed beside ACCESS_TEAM_DOMAIN"]);
  }
  if (value.ACCESS_AUDIENCE && !value.ACCESS_TEAM_DOMAIN) {
    refused.push(["ACCESS_TEAM_DOMAIN", "needed beside ACCESS_AUDIENCE"]);
  }
  return refused;
}

/** Development checks nothing else, so it may not be where guests come. */
function developmentRefusals(value: Settings): Refusal[] {
  return (["PUBLIC_ORIGIN", "API_ORIGIN"] as const).flatMap((name): Refusal[] => {
    const host = value[name] && new URL(value[name]).hostname;
    if (!host || LOOPBACK.has(host) || RESERVED.test(host)) return [];
    return [[name, "development runs on loopback only: set ENVIRONMENT to staging or production"]];
  });
}

function hostRefusals(value: Settings): Refusal[] {
  const refused: Refusal[] = LOCAL_ONLY.flatMap((name): Refusal[] => (value[name] ? [[name, LOCAL_HOST]] : []));
  if (value.RESEND_BASE_URL !== RESEND) refused.push(["RESEND_BASE_URL", LOCAL_HOST]);
  if (value.SNAPSCAN_BASE_URL !== SNAPSCAN) refused.push(["SNAPSCAN_BASE_URL", LOCAL_HOST]);
  if (!`.${new URL(value.OZOW_BASE_URL).hostname}`.endsWith(".ozow.com")) {
    refused.push(["OZOW_BASE_URL", "must be a host of ozow.com"]);
  }
  if (!value.OZOW_REDIRECT_HOST_SUFFIX.endsWith(".ozow.com")) {
    refused.push(["OZOW_REDIRECT_HOST_SUFFIX", "must be .ozow.com or below it"]);
  }
  const addresses = PAYOUT_AUTOMATIONS.map(([, url]) => url);
  for (const name of [...addresses, "OZOW_BASE_URL", "PUBLIC_ORIGIN", "API_ORIGIN", "HEARTBEAT_URL"] as const) {
    if (value[name]?.startsWith("http:")) refused.push([name, "must begin with https://"]);
  }
  for (const name of [...addresses, "HEARTBEAT_URL"] as const) {
    if (value[name] && !isNamed(new URL(value[name]).hostname)) {
      refused.push([name, "must name a host on the public internet, not an address"]);
    }
  }
  return refused;
}

/** Whether a host has a name below a top-level domain, so that a certificate says whose it is. */
function isNamed(host: string): boolean {
  return host.includes(".") && !host.startsWith("[") && !/^[\d.]+$/.test(host) && !/\.(local|internal)$/.test(host);
}

function halfConfigured(value: Settings): Refusal[] {
  const refused: Refusal[] = [];
  for (const credential of Object.keys(NEEDED_BESIDE) as (keyof typeof NEEDED_BESIDE)[]) {
    if (!value[credential]) continue;
    for (const names of NEEDED_BESIDE[credential]) {
      const isSet = names.some((name) => (value[name]?.length ?? 0) > 0);
      if (!isSet) refused.push([names[0], `needed beside ${credential}`]);
    }
  }
  // Without a passphrase the signature of a notice contains no secret, and anyone can forge it.
  if (value.PAYFAST_MERCHANT_ID && !value.PAYFAST_PASSPHRASE) {
    refused.push([
      "PAYFAST_PASSPHRASE",
      "PayFast without a passphrase cannot be trusted; set one in the dashboard and here",
    ]);
  }
  return refused;
}

/** The signature of PayFast's form is public, so its passphrase can be guessed without asking anyone. */
function weakSecrets(value: Settings): Refusal[] {
  const refused: Refusal[] = [];
  for (const name of OWN_SECRETS) {
    const secret = value[name];
    if (!secret) continue;
    if (secret.length < MIN_SECRET_LENGTH) refused.push([name, `must have ${MIN_SECRET_LENGTH} characters; ${DRAW}`]);
    else if (new Set(secret).size < MIN_DISTINCT || CLASSES.filter((kind) => kind.test(secret)).length < 2) {
      refused.push([name, `must have more different characters, of two kinds; ${DRAW}`]);
    }
  }
  if (value.PAYFAST_PASSPHRASE && !PASSPHRASE.test(value.PAYFAST_PASSPHRASE)) {
    refused.push(["PAYFAST_PASSPHRASE", `must be letters, digits, - and _, at most 32; ${DRAW}`]);
  }
  const seen = new Map<string, string>();
  for (const name of SECRETS) {
    const secret = value[name];
    if (!secret) continue;
    const other = seen.get(secret);
    if (other) refused.push([name, `has the value of ${other}: give each its own`]);
    else seen.set(secret, name);
  }
  return refused;
}

/** Whoever has one of these keys can write receipts in our name. */
function receiptKeyRefusals({ RECEIPT_SIGNING_KEYS, CARD_DATA_ENCRYPTION_KEY }: Settings): Refusal[] {
  const name = "RECEIPT_SIGNING_KEYS";
  if (RECEIPT_SIGNING_KEYS === "") return [[name, `needed to sign receipts: keyid:base64; ${DRAW_KEY}`]];
  const texts = (keys: string) => [...parseKeyring(keys).keys.values()].map((key) => key.join());
  const used = new Set(texts(CARD_DATA_ENCRYPTION_KEY));
  const own = texts(RECEIPT_SIGNING_KEYS);
  if (own.some((key) => used.has(key))) return [[name, `has a key of CARD_DATA_ENCRYPTION_KEY: ${DRAW_KEY}`]];
  const isWeak = own.some((key) => new Set(key.split(",")).size < MIN_DISTINCT);
  return isWeak ? [[name, `must have more different bytes; ${DRAW_KEY}`]] : [];
}

function productionRefusals(value: Settings): Refusal[] {
  const refused: Refusal[] = [];
  for (const [name, published] of PUBLISHED) {
    if (published.test(String(value[name] ?? ""))) {
      refused.push([name, "is published for tests and known to everyone: take your own account's"]);
    }
  }
  if (value.OZOW_CLIENT_ID && value.OZOW_BASE_URL !== OZOW) {
    refused.push(["OZOW_BASE_URL", "play money must not become gifts: leave it to the live API"]);
  }
  if (value.PAYFAST_MERCHANT_ID && value.PAYFAST_SANDBOX) {
    refused.push(["PAYFAST_SANDBOX", "play money must not become gifts: set it to false"]);
  }
  // Without signed codes a guest can edit the amount in the link.
  if (value.SNAPSCAN_API_KEY && !value.SNAPSCAN_VALIDATION_KEY) {
    refused.push(["SNAPSCAN_VALIDATION_KEY", "needed beside SNAPSCAN_API_KEY: ask SnapScan for signed codes"]);
  }
  return refused;
}
