import { z } from "zod";
import { parseIpv4Range } from "#payments/payfast/source-address";
import { parseKeyring } from "#privacy/encryption";

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const origin = z.url({ protocol: /^https?$/ }).transform((value) => new URL(value).origin);

const RESEND = "https://api.resend.com";

function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

const Schema = z
  .object({
    ENVIRONMENT: z.enum(["development", "staging", "production"]),
    /** Where guests meet us, no trailing slash. */
    PUBLIC_ORIGIN: origin,
    /** Where partners and providers meet us; the public origin unless set. */
    API_ORIGIN: origin.optional(),
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
    PAYFAST_MAX_CENTS: z.coerce.number().int().positive().optional(),
    RESEND_API_KEY: z.string().optional(),
    RESEND_FROM_EMAIL: z.email().default("noreply@chipin.co.za"),
    RESEND_FROM_NAME: z.string().default("ChipIn"),
    RESEND_BASE_URL: z.url().default(RESEND),
    /** Where alerts for people go (reconciliation, failed mail); comma-separated. */
    ADMIN_EMAIL_ALLOWLIST: z.string().default(""),
    /** `keyid:base64` of 32 bytes, the current key first, older ones after it, comma-separated. */
    CARD_DATA_ENCRYPTION_KEY: z
      .string()
      .refine((keys) => reads(() => parseKeyring(keys)), "must be keyid:base64 of 32 bytes, comma-separated"),
    API_KEY_PEPPER: z.string().min(16),
    INTERNAL_JOB_SECRET: z.string().min(16),
    /** Set by nothing but the local platform. */
    LOCAL_PLATFORM: z.literal("1").optional(),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (value.ENVIRONMENT === "development") return;
    for (const name of ["LOCAL_PLATFORM", "NEON_HTTP_ENDPOINT", "PAYFAST_BASE_URL"] as const) {
      if (value[name]) refuse(name, "only the local platform may set this");
    }
    if (value.RESEND_BASE_URL !== RESEND) refuse("RESEND_BASE_URL", "only the local platform may set this");
    for (const name of ["PUBLIC_ORIGIN", "API_ORIGIN"] as const) {
      if (value[name]?.startsWith("http:")) refuse(name, "must begin with https://");
    }
    if (value.ENVIRONMENT === "production" && value.PAYFAST_MERCHANT_ID && value.PAYFAST_SANDBOX) {
      refuse("PAYFAST_SANDBOX", "play money must not become gifts: set it to false");
    }
    if (!value.RESEND_API_KEY) refuse("RESEND_API_KEY", "needed to send mail");
    // Without a passphrase a notification's signature holds no secret and anyone can forge it.
    if (value.PAYFAST_MERCHANT_ID && !value.PAYFAST_PASSPHRASE) {
      refuse("PAYFAST_PASSPHRASE", "PayFast without a passphrase cannot be trusted; set one in the dashboard and here");
    }
  });

export type Settings = z.output<typeof Schema>;

const parsed = new WeakMap<object, Settings>();

/**
 * The environment, checked once per isolate.
 * @throws Error naming every setting that is missing or wrong, and what it should be.
 */
export function settingsOf(env: object): Settings {
  const known = parsed.get(env);
  if (known) return known;
  const result = Schema.safeParse(env);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`settings are not usable: ${problems.join("; ")}`);
  }
  parsed.set(env, result.data);
  return result.data;
}
