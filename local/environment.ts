import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PlatformProblem, startAnew } from "./ports.ts";

export const ADMIN_EMAIL = "admin@chipin.example";

/** What a test needs to act as a provider or to call the internal routes. */
export type Secrets = {
  payfastPassphrase: string;
  payfastMerchantId: string;
  payfastMerchantKey: string;
  ozowWebhookSecret: string;
  snapscanWebhookAuthKey: string;
  jobSecret: string;
};

const DrawnSecrets = z.object({
  cardDataEncryptionKey: z.string(),
  apiKeyPepper: z.string(),
  jobSecret: z.string(),
  sessionSecret: z.string(),
  ozowWebhookSecret: z.string(),
  snapscanWebhookAuthKey: z.string(),
  ozowClientSecret: z.string(),
  snapscanApiKey: z.string(),
  receiptSigningKeys: z.string(),
});
type DrawnSecrets = z.output<typeof DrawnSecrets>;
/** Older files lack the partial ones and are completed. The encryption key is never drawn again. */
const KeptSecrets = DrawnSecrets.partial({
  ozowClientSecret: true,
  snapscanApiKey: true,
  sessionSecret: true,
  receiptSigningKeys: true,
});

/** PayFast's published test merchant. */
const PAYFAST = { id: "10000100", key: "46f0cd694581a", passphrase: "jt7NOE43FZPn" };
/** Cloudflare's published test keys that let every guest pass. */
const TURNSTILE = { siteKey: "1x00000000000000000000AA", secretKey: "1x0000000000000000000000000000000AA" };

type Addresses = { worker: string; console: string; databaseUrl: string };

/**
 * The Worker's settings beside wrangler.toml. Secrets are drawn once and kept in `path`, because data that was encrypted
 * with them must stay readable. Without a path they last as long as the platform runs.
 */
export function workerSettings(
  addresses: Addresses,
  path: string | null,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  const secrets = readSecrets(path);
  return {
    ENVIRONMENT: "development",
    LOCAL_PLATFORM: "1",
    PUBLIC_ORIGIN: addresses.worker,
    DATABASE_URL: addresses.databaseUrl,
    NEON_HTTP_ENDPOINT: `${addresses.console}/sql`,
    PAYFAST_BASE_URL: addresses.console,
    PAYFAST_MERCHANT_ID: PAYFAST.id,
    PAYFAST_MERCHANT_KEY: PAYFAST.key,
    PAYFAST_PASSPHRASE: PAYFAST.passphrase,
    PAYFAST_API_BASE_URL: `${addresses.console}/payfast-api`,
    PAYFAST_API_ENABLED: "true",
    OZOW_BASE_URL: `${addresses.console}/ozow/v1`,
    OZOW_CLIENT_ID: "chipin-local",
    OZOW_CLIENT_SECRET: secrets.ozowClientSecret,
    OZOW_SITE_CODE: "CHI-CHI-001",
    OZOW_WEBHOOK_SECRET: secrets.ozowWebhookSecret,
    OZOW_REDIRECT_HOST_SUFFIX: "",
    SNAPSCAN_BASE_URL: `${addresses.console}/snapscan`,
    SNAPSCAN_SNAPCODE: "CHIPDEMO",
    SNAPSCAN_API_KEY: secrets.snapscanApiKey,
    SNAPSCAN_WEBHOOK_AUTH_KEY: secrets.snapscanWebhookAuthKey,
    TAKEALOT_BASE_URL: `${addresses.console}/takealot`,
    TAKEALOT_GIFTCARD_API_URL: `${addresses.console}/takealot`,
    TAKEALOT_GIFTCARD_API_KEY: "takealot-local",
    KARRI_BASE_URL: `${addresses.console}/karri`,
    KARRI_API_KEY: "karri-local",
    GIVENGAIN_API_URL: `${addresses.console}/givengain`,
    GIVENGAIN_API_KEY: "givengain-local",
    // A test of reconciliation need not wait until a payment is minutes old.
    RECONCILIATION_MIN_AGE_MINUTES: "0",
    TURNSTILE_BASE_URL: `${addresses.console}/turnstile`,
    TURNSTILE_SITE_KEY: TURNSTILE.siteKey,
    TURNSTILE_SECRET_KEY: TURNSTILE.secretKey,
    DNS_RESOLVER_URL: `${addresses.console}/dns-query`,
    RESEND_BASE_URL: addresses.console,
    RESEND_API_KEY: "re_local",
    ADMIN_EMAIL_ALLOWLIST: ADMIN_EMAIL,
    CARD_DATA_ENCRYPTION_KEY: secrets.cardDataEncryptionKey,
    RECEIPT_SIGNING_KEYS: secrets.receiptSigningKeys,
    API_KEY_PEPPER: secrets.apiKeyPepper,
    INTERNAL_JOB_SECRET: secrets.jobSecret,
    SESSION_SECRET: secrets.sessionSecret,
    ...overrides,
  };
}

export function secretsOf(settings: Readonly<Record<string, string>>): Secrets {
  return {
    payfastPassphrase: settings.PAYFAST_PASSPHRASE ?? "",
    payfastMerchantId: settings.PAYFAST_MERCHANT_ID ?? "",
    payfastMerchantKey: settings.PAYFAST_MERCHANT_KEY ?? "",
    ozowWebhookSecret: settings.OZOW_WEBHOOK_SECRET ?? "",
    snapscanWebhookAuthKey: settings.SNAPSCAN_WEBHOOK_AUTH_KEY ?? "",
    jobSecret: settings.INTERNAL_JOB_SECRET ?? "",
  };
}

function readSecrets(path: string | null): DrawnSecrets {
  const kept = path && existsSync(path) ? readKept(path) : null;
  const secrets = DrawnSecrets.parse({ ...drawSecrets(), ...kept });
  const complete = kept && DrawnSecrets.safeParse(kept).success;
  if (path && !complete) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  return secrets;
}

function readKept(path: string): z.output<typeof KeptSecrets> {
  const read = KeptSecrets.safeParse(parseJson(readFileSync(path, "utf8")));
  if (read.success) return read.data;
  throw new PlatformProblem(`${path} cannot be read; ${startAnew(dirname(path))}`);
}

function drawSecrets(): DrawnSecrets {
  return {
    cardDataEncryptionKey: `local:${randomBytes(32).toString("base64")}`,
    apiKeyPepper: randomBytes(24).toString("base64url"),
    jobSecret: randomBytes(24).toString("base64url"),
    sessionSecret: randomBytes(24).toString("base64url"),
    ozowWebhookSecret: `whsec_${randomBytes(24).toString("base64")}`,
    snapscanWebhookAuthKey: randomBytes(24).toString("base64url"),
    ozowClientSecret: randomBytes(24).toString("base64url"),
    snapscanApiKey: randomBytes(24).toString("base64url"),
    receiptSigningKeys: `local:${randomBytes(32).toString("base64")}`,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
