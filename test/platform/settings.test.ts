import { describe, expect, it } from "vitest";
import { adminEmails, settingsOf } from "#platform/settings";
import { everyRow } from "../support/every-row.ts";

const KEY = `k1:${Buffer.alloc(32, 1).toString("base64")}`;

const PRODUCTION = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.co.za",
  API_ORIGIN: "https://api.chipin.co.za",
  DATABASE_URL: "postgresql://chipin:secret@ep-quiet-sun.af-south-1.aws.neon.tech/chipin?sslmode=require",
  PAYFAST_MERCHANT_ID: "12345678",
  PAYFAST_MERCHANT_KEY: "abcdefgh",
  PAYFAST_PASSPHRASE: "Spring-jacaranda_2026-row",
  PAYFAST_SANDBOX: "false",
  RESEND_API_KEY: "re_123",
  CARD_DATA_ENCRYPTION_KEY: KEY,
  RECEIPT_SIGNING_KEYS: `r1:${Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString("base64")}`,
  API_KEY_PEPPER: "a pepper of some length, 1",
  INTERNAL_JOB_SECRET: "a secret of some length, 2",
  SESSION_SECRET: "a session secret of length, 3",
};

const OZOW = {
  OZOW_CLIENT_ID: "client",
  OZOW_CLIENT_SECRET: "client secret",
  OZOW_SITE_CODE: "CHI-CHI-001",
  OZOW_WEBHOOK_SECRETS: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

const SNAPSCAN = {
  SNAPSCAN_SNAPCODE: "CHIPDEMO",
  SNAPSCAN_API_KEY: "an API key",
  SNAPSCAN_WEBHOOK_AUTH_KEY: "a webhook key",
  SNAPSCAN_VALIDATION_KEY: "a validation key",
};

describe("settingsOf", () => {
  it("settingsOf reads a complete production environment", () => {
    expect(settingsOf({ ...PRODUCTION })).toMatchObject({
      PUBLIC_ORIGIN: "https://chipin.co.za",
      PAYFAST_SANDBOX: false,
    });
  });

  it("an invalid or unsafe setting is refused in production by its name", () => {
    const rows: [name: string, value: string | undefined][] = [
      ["PUBLIC_ORIGIN", undefined],
      ["PUBLIC_ORIGIN", "http://chipin.co.za"],
      ["API_ORIGIN", "http://api.chipin.co.za"],
      ["DATABASE_URL", undefined],
      ["DATABASE_URL", "postgresfoo"],
      ["PAYFAST_SANDBOX", "true"],
      ["PAYFAST_PASSPHRASE", undefined],
      ["PAYFAST_PASSPHRASE", "   "],
      ["PAYFAST_BASE_URL", "https://payfast.example"],
      ["PAYFAST_SOURCE_CIDRS", "197.97.145.144/28, elsewhere"],
      ["PAYFAST_API_BASE_URL", "https://payfast.example"],
      ["OZOW_WEBHOOK_SECRETS", "whsec_A"],
      ["OZOW_WEBHOOK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,secret"],
      ["OZOW_REDIRECT_HOST_SUFFIX", ""],
      ["OZOW_REDIRECT_HOST_SUFFIX", "ozow.com"],
      ["OZOW_BASE_URL", "http://one.ozow.com/v1"],
      ["SNAPSCAN_BASE_URL", "https://snapscan.example"],
      ["TURNSTILE_BASE_URL", "https://turnstile.example"],
      ["TAKEALOT_BASE_URL", "https://takealot.example"],
      ["FRAUD_EXPECTED_COUNTRIES", "South Africa"],
      ["LANGUAGES", ""],
      ["LANGUAGES", "af,zu"],
      ["LANGUAGES", "en,fr"],
      ["LANGUAGES", "en,en"],
      ["RESEND_API_KEY", undefined],
      ["RESEND_BASE_URL", "https://mail.example"],
      ["CARD_DATA_ENCRYPTION_KEY", "k1:short"],
      ["RECEIPT_SIGNING_KEYS", undefined],
      ["RECEIPT_SIGNING_KEYS", "r1:short"],
      ["RECEIPT_SIGNING_KEYS", KEY],
      ["RECEIPT_SIGNING_KEYS", `r1:${Buffer.alloc(32, 9).toString("base64")}`],
      ["API_KEY_PEPPER", "short"],
      ["SESSION_SECRET", undefined],
      ["SESSION_SECRET", "short"],
      ["LOCAL_PLATFORM", "1"],
      ["LOCAL_EDGE_CACHE_URL", "http://127.0.0.1:9/edge-cache"],
      ["DNS_RESOLVER_URL", "http://127.0.0.1:9/dns-query"],
      ["NEON_HTTP_ENDPOINT", "https://gateway.example/sql"],
    ];
    const refusal = (name: string, value: string | undefined) => {
      try {
        settingsOf({ ...PRODUCTION, [name]: value });
        return "accepted";
      } catch (error) {
        return String(error).includes(name) ? "refused by name" : String(error);
      }
    };
    expect(rows.map(([name, value]) => [name, value, refusal(name, value)])).toEqual(
      rows.map(([name, value]) => [name, value, "refused by name"]),
    );
  });

  it("what a deployed environment must not have is refused by its name and a remedy, and never quoted", async () => {
    const staging = { ...PRODUCTION, ENVIRONMENT: "staging", PAYFAST_SANDBOX: "true" };
    const ACCOUNT = { KARRI_API_KEY: "a Karri key", KARRI_BASE_URL: "https://api.karri.co.za" };
    const SHORT = "must have 24 characters; draw one with: openssl rand -hex 16";
    const SAMENESS = "must have more different characters, of two kinds; draw one with: openssl rand -hex 16";
    const ALPHABET = "must be letters, digits, - and _, at most 32; draw one with: openssl rand -hex 16";
    const TAKEN = "is published for tests and known to everyone: take your own account's";
    const LOCAL = "only the local platform may set this: delete it";
    const DEVELOPMENT = "development runs on loopback only: set ENVIRONMENT to staging or production";
    const HEX = "5f1d0a9c83be47265f1d0a9c83be4726";
    const { SNAPSCAN_VALIDATION_KEY: _, ...UNSIGNED_CODES } = SNAPSCAN;
    type Row = [base: Record<string, string>, change: Record<string, string>, setting: string, remedy: string];
    const rows: Row[] = [
      [staging, { ENVIRONMENT: "development" }, "PUBLIC_ORIGIN", DEVELOPMENT],
      [staging, { ENVIRONMENT: "development", PUBLIC_ORIGIN: "http://127.0.0.1:8787" }, "API_ORIGIN", DEVELOPMENT],
      [PRODUCTION, { PAYFAST_MERCHANT_ID: "10000100" }, "PAYFAST_MERCHANT_ID", TAKEN],
      [PRODUCTION, { PAYFAST_MERCHANT_ID: "10004002" }, "PAYFAST_MERCHANT_ID", TAKEN],
      [PRODUCTION, { PAYFAST_MERCHANT_KEY: "46f0cd694581a" }, "PAYFAST_MERCHANT_KEY", TAKEN],
      [PRODUCTION, { PAYFAST_MERCHANT_KEY: "q1cd2rdny4a53" }, "PAYFAST_MERCHANT_KEY", TAKEN],
      [PRODUCTION, { PAYFAST_PASSPHRASE: "jt7NOE43FZPn" }, "PAYFAST_PASSPHRASE", TAKEN],
      [PRODUCTION, { TURNSTILE_SITE_KEY: "1x00000000000000000000AA" }, "TURNSTILE_SITE_KEY", TAKEN],
      [
        PRODUCTION,
        { TURNSTILE_SITE_KEY: "0x4AAAAAAADnPIDROrmt1Wwj", TURNSTILE_SECRET_KEY: "2x0000000000000000000000000000000AA" },
        "TURNSTILE_SECRET_KEY",
        TAKEN,
      ],
      [staging, { PAYFAST_PASSPHRASE: "x" }, "PAYFAST_PASSPHRASE", SHORT],
      [staging, { API_KEY_PEPPER: "Twenty-three-characters" }, "API_KEY_PEPPER", SHORT],
      [staging, { INTERNAL_JOB_SECRET: "ab1".repeat(12) }, "INTERNAL_JOB_SECRET", SAMENESS],
      [staging, { SESSION_SECRET: "Twenty-three-characters" }, "SESSION_SECRET", SHORT],
      [staging, { API_KEY_PEPPER: "onlysmalllettersarenotenough" }, "API_KEY_PEPPER", SAMENESS],
      [staging, { PAYFAST_PASSPHRASE: "a passphrase with spaces, 26" }, "PAYFAST_PASSPHRASE", ALPHABET],
      [staging, { PAYFAST_PASSPHRASE: `${HEX}0` }, "PAYFAST_PASSPHRASE", ALPHABET],
      [
        staging,
        { API_KEY_PEPPER: HEX, INTERNAL_JOB_SECRET: HEX },
        "INTERNAL_JOB_SECRET",
        "has the value of API_KEY_PEPPER: give each its own",
      ],
      [staging, { OZOW_BASE_URL: "https://ozow.com.example/v1" }, "OZOW_BASE_URL", "must be a host of ozow.com"],
      [staging, { OZOW_BASE_URL: "https://notozow.com/v1" }, "OZOW_BASE_URL", "must be a host of ozow.com"],
      [staging, { OZOW_REDIRECT_HOST_SUFFIX: ".com" }, "OZOW_REDIRECT_HOST_SUFFIX", "must be .ozow.com or below it"],
      [
        staging,
        { OZOW_REDIRECT_HOST_SUFFIX: ".notozow.com" },
        "OZOW_REDIRECT_HOST_SUFFIX",
        "must be .ozow.com or below it",
      ],
      [staging, { SNAPSCAN_BASE_URL: "https://snapscan.example" }, "SNAPSCAN_BASE_URL", LOCAL],
      [staging, { RESEND_BASE_URL: "https://mail.example" }, "RESEND_BASE_URL", LOCAL],
      [
        staging,
        { ...ACCOUNT, KARRI_BASE_URL: "https://10.0.0.1" },
        "KARRI_BASE_URL",
        "must name a host on the public internet, not an address",
      ],
      [staging, { HEARTBEAT_URL: "http://beat.example.com/a" }, "HEARTBEAT_URL", "must begin with https://"],
      [
        staging,
        { HEARTBEAT_URL: "https://10.0.0.1/a" },
        "HEARTBEAT_URL",
        "must name a host on the public internet, not an address",
      ],
      [staging, { PAYFAST_SOURCE_CHECK: "off" }, "PAYFAST_SOURCE_CHECK", "must be log or enforce"],
      [
        staging,
        { SNAPSCAN_CONFIRM_WITH_API: "false" },
        "SNAPSCAN_CONFIRM_WITH_API",
        "a notice carries no time and could be sent again: set it to true",
      ],
      [staging, { PAYFAST_MERCHANT_KEY: "" }, "PAYFAST_MERCHANT_KEY", "needed beside PAYFAST_MERCHANT_ID"],
      [
        staging,
        { TURNSTILE_SECRET_KEY: "a Turnstile secret" },
        "TURNSTILE_SITE_KEY",
        "needed beside TURNSTILE_SECRET_KEY",
      ],
      [staging, { GIVENGAIN_API_KEY: "a GivenGain key" }, "GIVENGAIN_API_URL", "needed beside GIVENGAIN_API_KEY"],
      [
        PRODUCTION,
        UNSIGNED_CODES,
        "SNAPSCAN_VALIDATION_KEY",
        "needed beside SNAPSCAN_API_KEY: ask SnapScan for signed codes",
      ],
    ];
    expect(() => settingsOf({ ...staging, ...ACCOUNT, OZOW_REDIRECT_HOST_SUFFIX: ".pay.ozow.com" })).not.toThrow();
    expect(() => settingsOf({ ...PRODUCTION, ...OZOW, ...SNAPSCAN, PAYFAST_PASSPHRASE: HEX })).not.toThrow();
    await everyRow(rows, ([base, change, setting, remedy]) => {
      expect(() => settingsOf({ ...base, ...change })).toThrow(`${setting}: ${remedy}`);
      const secrets = Object.entries(change).filter(
        ([name, value]) => /KEY|SECRET|PASSPHRASE|PEPPER/.test(name) && value.length > 1,
      );
      for (const [, secret] of secrets) {
        expect(() => settingsOf({ ...base, ...change })).not.toThrow(secret);
      }
    });
  });

  it("Ozow's staging API is refused in production once Ozow is configured", () => {
    const staging = { ...PRODUCTION, OZOW_BASE_URL: "https://stagingone.ozow.com/v1" };

    expect(settingsOf({ ...staging })).toMatchObject({ OZOW_BASE_URL: "https://stagingone.ozow.com/v1" });
    expect(() => settingsOf({ ...staging, ...OZOW })).toThrow("OZOW_BASE_URL");
    expect(() => settingsOf({ ...staging, ...OZOW, ENVIRONMENT: "staging" })).not.toThrow();
  });

  it("an incomplete Ozow or SnapScan is refused in a deployed environment by the missing setting", async () => {
    const rows: [provider: Record<string, string>, missing: string, message: string][] = [
      [OZOW, "OZOW_CLIENT_SECRET", "OZOW_CLIENT_SECRET: needed beside OZOW_CLIENT_ID"],
      [OZOW, "OZOW_SITE_CODE", "OZOW_SITE_CODE: needed beside OZOW_CLIENT_ID"],
      [OZOW, "OZOW_WEBHOOK_SECRETS", "OZOW_WEBHOOK_SECRETS: needed beside OZOW_CLIENT_ID"],
      [SNAPSCAN, "SNAPSCAN_SNAPCODE", "SNAPSCAN_SNAPCODE: needed beside SNAPSCAN_API_KEY"],
      [SNAPSCAN, "SNAPSCAN_WEBHOOK_AUTH_KEY", "SNAPSCAN_WEBHOOK_AUTH_KEY: needed beside SNAPSCAN_API_KEY"],
    ];
    await everyRow(rows, ([provider, missing, message]) => {
      const complete: Record<string, string> = { ...PRODUCTION, ...provider };
      const { [missing]: _, ...rest } = complete;
      for (const environment of ["staging", "production"]) {
        const deployed = { ...rest, ENVIRONMENT: environment };
        expect(() => settingsOf({ ...deployed })).toThrow(`settings are not usable: ${message}`);
        // Variables that are not in use are empty in wrangler.toml.
        if (missing !== "OZOW_WEBHOOK_SECRETS")
          expect(() => settingsOf({ ...deployed, [missing]: "" })).toThrow(message);
      }
      const local = { PUBLIC_ORIGIN: "http://127.0.0.1:8787", API_ORIGIN: "http://localhost:8787" };
      expect(() => settingsOf({ ...rest, ...local, ENVIRONMENT: "development" })).not.toThrow();
      expect(() => settingsOf(complete)).not.toThrow();
    });
  });

  it("OZOW_WEBHOOK_SECRET is accepted in place of OZOW_WEBHOOK_SECRETS", () => {
    const { OZOW_WEBHOOK_SECRETS: secret, ...rest } = OZOW;

    expect(() => settingsOf({ ...PRODUCTION, ...rest, OZOW_WEBHOOK_SECRET: secret })).not.toThrow();
  });

  it("settings of Ozow or SnapScan without the client id or API key are accepted", () => {
    const { OZOW_CLIENT_ID: _, ...ozow } = OZOW;
    const { SNAPSCAN_API_KEY: __, ...snapscan } = SNAPSCAN;

    expect(() => settingsOf({ ...PRODUCTION, ...ozow, ...snapscan })).not.toThrow();
  });

  it("settingsOf names every wrong setting at once", () => {
    expect(() => settingsOf({ ...PRODUCTION, PUBLIC_ORIGIN: "chipin", API_KEY_PEPPER: "" })).toThrow(
      /PUBLIC_ORIGIN.*API_KEY_PEPPER/,
    );
  });
});

it("adminEmails gives the addresses of the list trimmed and in lower case, and none of an empty list", () => {
  expect(adminEmails({ ADMIN_EMAIL_ALLOWLIST: " Nomsa@chipin.test,,sipho@chipin.test " })).toEqual([
    "nomsa@chipin.test",
    "sipho@chipin.test",
  ]);
  expect(adminEmails({ ADMIN_EMAIL_ALLOWLIST: "" })).toEqual([]);
});
