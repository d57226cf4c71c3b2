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
  PAYFAST_PASSPHRASE: "a-passphrase",
  PAYFAST_SANDBOX: "false",
  RESEND_API_KEY: "re_123",
  CARD_DATA_ENCRYPTION_KEY: KEY,
  API_KEY_PEPPER: "a pepper of some length",
  INTERNAL_JOB_SECRET: "a secret of some length",
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
      ["FRAUD_EXPECTED_COUNTRIES", "South Africa"],
      ["RESEND_API_KEY", undefined],
      ["RESEND_BASE_URL", "https://mail.example"],
      ["CARD_DATA_ENCRYPTION_KEY", "k1:short"],
      ["API_KEY_PEPPER", "short"],
      ["LOCAL_PLATFORM", "1"],
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
      expect(() => settingsOf({ ...rest, ENVIRONMENT: "development" })).not.toThrow();
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
