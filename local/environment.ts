import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PlatformProblem } from "./ports.ts";

export const ADMIN_EMAIL = "admin@chipin.example";

/** What a tester needs to speak for the outside world. */
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
  ozowWebhookSecret: z.string(),
  snapscanWebhookAuthKey: z.string(),
});
type DrawnSecrets = z.output<typeof DrawnSecrets>;

/** PayFast's published test merchant. */
const PAYFAST = { id: "10000100", key: "46f0cd694581a", passphrase: "jt7NOE43FZPn" };

type Addresses = { worker: string; console: string; databaseUrl: string };

/**
 * What the Worker is told beside wrangler.toml. Secrets are drawn once per clone and kept in `path`, because what was
 * encrypted with them yesterday must still be readable today; with null they last as long as the platform runs.
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
    RESEND_BASE_URL: addresses.console,
    RESEND_API_KEY: "re_local",
    ADMIN_EMAIL_ALLOWLIST: ADMIN_EMAIL,
    CARD_DATA_ENCRYPTION_KEY: secrets.cardDataEncryptionKey,
    API_KEY_PEPPER: secrets.apiKeyPepper,
    INTERNAL_JOB_SECRET: secrets.jobSecret,
    OZOW_WEBHOOK_SECRET: secrets.ozowWebhookSecret,
    SNAPSCAN_WEBHOOK_AUTH_KEY: secrets.snapscanWebhookAuthKey,
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
  if (path && existsSync(path)) {
    const read = DrawnSecrets.safeParse(parseJson(readFileSync(path, "utf8")));
    if (read.success) return read.data;
    throw new PlatformProblem(`${path} cannot be read; delete the .local folder to start afresh`);
  }
  const secrets: DrawnSecrets = {
    cardDataEncryptionKey: `local:${randomBytes(32).toString("base64")}`,
    apiKeyPepper: randomBytes(24).toString("base64url"),
    jobSecret: randomBytes(24).toString("base64url"),
    ozowWebhookSecret: `whsec_${randomBytes(24).toString("base64")}`,
    snapscanWebhookAuthKey: randomBytes(24).toString("base64url"),
  };
  if (path) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  return secrets;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
