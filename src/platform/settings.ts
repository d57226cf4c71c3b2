import { z } from "zod";
import { isLanguage, type Language } from "#domain/languages";
import { cents } from "#domain/money";
import { parseIpv4Range } from "#platform/ip-ranges";
import { parseOperators } from "#platform/operators";
import { OZOW, RESEND, refusedSettings, SNAPSCAN } from "#platform/refused-settings";
import { parseWebhookSecret } from "#platform/webhook-secret";
import { parseKeyring } from "#privacy/encryption";

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const origin = z.url({ protocol: /^https?$/ }).transform((value) => new URL(value).origin);

const baseUrl = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ""));
/** Development takes 16 characters; `refused-settings.ts` asks for more. */
const drawnSecret = z.string().min(16, "is too short; draw one with: openssl rand -hex 16");
const wholeCents = z.coerce.number().int().positive().transform(cents);
const webhookSecrets = z
  .string()
  .transform((secrets): readonly string[] => secrets.split(",").map((secret) => secret.trim()))
  .refine((secrets) => reads(() => secrets.map(parseWebhookSecret)), "must be whsec_ and base64, comma-separated");

function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

const Schema = z.object({
  ENVIRONMENT: z.enum(["development", "staging", "production"]),
  /** Where guests meet us, no trailing slash. */
  PUBLIC_ORIGIN: origin,
  /** Where partners and providers meet us; the public origin unless set. */
  API_ORIGIN: origin.optional(),
  /**
   * What guests may read the pages in, comma-separated, in the order of the choice. Unless set: in development every language, elsewhere
   * those that a native speaker has read.
   */
  LANGUAGES: z
    .string()
    .transform((list): readonly string[] => list.split(",").map((language) => language.trim()))
    .refine(
      (list): list is Language[] => list.every(isLanguage) && list.includes("en") && new Set(list).size === list.length,
      "must be some of en, af and zu, comma-separated, with en among them",
    )
    .optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+@\S+\/\S+$/, "must be a URL like postgres://user:password@host/name"),
  NEON_HTTP_ENDPOINT: z.url().optional(),
  PAYFAST_MERCHANT_ID: z.string().optional(),
  PAYFAST_MERCHANT_KEY: z.string().optional(),
  PAYFAST_PASSPHRASE: z.string().trim().optional(),
  PAYFAST_SANDBOX: flag.default(false),
  PAYFAST_BASE_URL: z.url().optional(),
  PAYFAST_SOURCE_CHECK: z.enum(["off", "log", "enforce"]).default("log"),
  PAYFAST_SOURCE_CIDRS: z
    .string()
    .refine((ranges) => reads(() => ranges.split(",").map(parseIpv4Range)), "must be IPv4 ranges, comma-separated")
    .optional(),
  PAYFAST_VALIDATE_BODY: z.enum(["without", "with", "auto"]).default("auto"),
  PAYFAST_MAX_CENTS: wholeCents.optional(),
  /** Whether history and refunds are asked of PayFast's API; only live accounts have one that can be relied on. */
  PAYFAST_API_ENABLED: flag.optional(),
  PAYFAST_API_BASE_URL: baseUrl.optional(),
  PAYFAST_REFUND_RETRIEVE_PATH: z.enum(["/refunds/{id}", "/refunds/retrieve/{id}"]).default("/refunds/{id}"),
  OZOW_CLIENT_ID: z.string().optional(),
  OZOW_CLIENT_SECRET: z.string().optional(),
  OZOW_SITE_CODE: z.string().optional(),
  /** Production unless set; staging is `https://stagingone.ozow.com/v1`. */
  OZOW_BASE_URL: baseUrl.default(OZOW),
  OZOW_WEBHOOK_SECRET: webhookSecrets.optional(),
  /** All of them, comma-separated: every subscription has its own, and two are valid while one is replaced. */
  OZOW_WEBHOOK_SECRETS: webhookSecrets.optional(),
  OZOW_WEBHOOK_TOLERANCE_S: z.coerce.number().int().positive().max(3_600).default(300),
  /** Unless set, the documented spelling is tried first and then the other. */
  OZOW_SCOPE_PAYMENTS: z.string().min(1).optional(),
  OZOW_SCOPE_REFUNDS: z.string().min(1).optional(),
  /** The hosts Ozow may send guests to; empty on the local platform only. */
  OZOW_REDIRECT_HOST_SUFFIX: z
    .string()
    .regex(/^(\.[a-z0-9.-]+)?$/, "must begin with a dot, like .ozow.com")
    .default(".ozow.com"),
  OZOW_MIN_CENTS: wholeCents.optional(),
  OZOW_MAX_CENTS: wholeCents.optional(),
  SNAPSCAN_SNAPCODE: z.string().optional(),
  SNAPSCAN_API_KEY: z.string().optional(),
  SNAPSCAN_WEBHOOK_AUTH_KEY: z.string().optional(),
  SNAPSCAN_BASE_URL: baseUrl.default(SNAPSCAN),
  /** Whether a notice is believed only after SnapScan's API has said the same. */
  SNAPSCAN_CONFIRM_WITH_API: flag.default(true),
  SNAPSCAN_REDIRECTS: flag.default(false),
  SNAPSCAN_VALIDATION_KEY: z.string().min(1).optional(),
  SNAPSCAN_MAX_CENTS: wholeCents.optional(),
  /** How old an open payment is before its provider is asked about it. (product-facts X 15) */
  RECONCILIATION_MIN_AGE_MINUTES: z.coerce.number().int().nonnegative().default(3),
  /** How long after it was begun a payment may still turn up; its provider is asked ever less often. */
  RECONCILIATION_LONG_TAIL_HOURS: z.coerce.number().int().min(24).default(168),
  /** Turnstile challenges guests whose address chips in unusually often; without keys such guests wait instead. */
  TURNSTILE_SITE_KEY: z.string().optional(),
  TURNSTILE_SECRET_KEY: z.string().optional(),
  TURNSTILE_BASE_URL: baseUrl.optional(),
  /** Countries guests usually pay from (ISO 3166, comma-separated); a payment from elsewhere is flagged, not refused. */
  FRAUD_EXPECTED_COUNTRIES: z
    .string()
    .regex(/^[A-Z]{2}(,[A-Z]{2})*$/, "must be country codes in capitals, comma-separated")
    .default("ZA,NA,BW,LS,SZ,MZ,ZW,ZM,GB,IE,NL,DE,PT,FR,AU,NZ,US,CA,AE")
    .transform((countries): readonly string[] => countries.split(",")),
  /** Where the local platform reads product pages. A deployed environment reads takealot.com. */
  TAKEALOT_BASE_URL: baseUrl.optional(),
  TAKEALOT_GIFTCARD_API_URL: baseUrl.optional(),
  TAKEALOT_GIFTCARD_API_KEY: z.string().optional(),
  TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: flag.default(false),
  KARRI_BASE_URL: baseUrl.optional(),
  KARRI_API_KEY: z.string().optional(),
  KARRI_AUTOMATION_ENABLED: flag.default(false),
  GIVENGAIN_API_URL: baseUrl.optional(),
  GIVENGAIN_API_KEY: z.string().optional(),
  GIVENGAIN_AUTOMATION_ENABLED: flag.default(false),
  RESEND_API_KEY: z.string().optional(),
  RESEND_FROM_EMAIL: z.email().default("noreply@chipin.co.za"),
  RESEND_FROM_NAME: z.string().default("ChipIn"),
  RESEND_BASE_URL: z.url().default(RESEND),
  /** Admins: they may act under `/internal`, and alerts for people go to them; comma-separated. */
  ADMIN_EMAIL_ALLOWLIST: z.string().default(""),
  /** `keyid:base64` of 32 bytes, the current key first, older ones after it, comma-separated. */
  CARD_DATA_ENCRYPTION_KEY: z
    .string()
    .refine((keys) => reads(() => parseKeyring(keys)), "must be keyid:base64 of 32 bytes, comma-separated"),
  /** Of the receipts on thanks pages, in the same form: the first key signs, the public halves of all are published. Without any there are no signed receipts. */
  RECEIPT_SIGNING_KEYS: z
    .string()
    .refine(
      (keys) => keys === "" || reads(() => parseKeyring(keys)),
      "must be keyid:base64 of 32 bytes, comma-separated; draw one with: openssl rand -base64 32",
    )
    .default(""),
  API_KEY_PEPPER: drawnSecret,
  INTERNAL_JOB_SECRET: drawnSecret,
  /** Names the accounts of hosts, knows their devices again, and makes the tokens of their forms. */
  SESSION_SECRET: drawnSecret,
  /** The people who act under `/internal`, `e-mail:secret`, comma-separated; each on `ADMIN_EMAIL_ALLOWLIST` too. */
  OPERATORS: z
    .string()
    .default("")
    .transform((text, context) => {
      try {
        return parseOperators(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as RangeError).message });
        return z.NEVER;
      }
    }),
  /** Cloudflare Access in front of `/internal`: its team and the tag of its application. Both or none. */
  ACCESS_TEAM_DOMAIN: z
    .string()
    .regex(/^([a-z0-9-]+\.cloudflareaccess\.com)?$/, "must be like chipin.cloudflareaccess.com")
    .optional(),
  ACCESS_AUDIENCE: z
    .string()
    .regex(/^([0-9a-f]{64})?$/, "must be the 64 hex digits of the application")
    .optional(),
  /** Fetched after each successful tick of every minute; whoever is there alerts when it is not. */
  HEARTBEAT_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Where the local platform looks up the hosts of webhook endpoints, offline. A deployed environment asks Cloudflare. */
  DNS_RESOLVER_URL: z.url().optional(),
  /** Set by nothing but the local platform. */
  LOCAL_PLATFORM: z.literal("1").optional(),
  /** Where the local platform's edge cache is told what to forget. */
  LOCAL_EDGE_CACHE_URL: z.url().optional(),
});

export type Settings = z.output<typeof Schema>;

/** Who may act as an admin: the addresses of `ADMIN_EMAIL_ALLOWLIST`, trimmed and in lower case. (product-facts 1) */
export function adminEmails({ ADMIN_EMAIL_ALLOWLIST }: Pick<Settings, "ADMIN_EMAIL_ALLOWLIST">): string[] {
  const emails = ADMIN_EMAIL_ALLOWLIST.split(",").map((email) => email.trim().toLowerCase());
  return emails.filter((email) => email !== "");
}

const parsed = new WeakMap<object, Settings>();

/**
 * The environment, checked once per isolate.
 * @throws Error naming every setting that is missing or wrong, and what it should be.
 */
export function settingsOf(env: object): Settings {
  const known = parsed.get(env);
  if (known) return known;
  const { data, error } = Schema.safeParse(env);
  const refused = data ? refusedSettings(data) : [];
  const wrong = error ? error.issues.map(({ path, message }) => [path.join("."), message]) : refused;
  if (!data || wrong.length > 0) {
    const problems = wrong.map(([name, remedy]) => `${name}: ${remedy}`);
    throw new Error(`settings are not usable: ${problems.join("; ")}`);
  }
  parsed.set(env, data);
  return data;
}
