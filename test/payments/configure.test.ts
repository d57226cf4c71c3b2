import { afterEach, expect, it, vi } from "vitest";
import { paymentProviders } from "#payments/configure";
import { settingsOf } from "#platform/settings";
import { everyRow } from "../support/every-row.ts";
import { failure, PAYMENT, SECRET } from "./ozow-callbacks.ts";
import { callback, MERCHANT_ID, notice, PASSPHRASE, VALID } from "./payfast-notices.ts";

const ENVIRONMENT = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.example",
  DATABASE_URL: "postgres://user:password@host/name",
  RESEND_API_KEY: "re_123",
  CARD_DATA_ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  API_KEY_PEPPER: "a pepper of some length",
  INTERNAL_JOB_SECRET: "a secret of some length",
  SESSION_SECRET: "a session secret for tests, 3",
};
const PAYFAST = {
  PAYFAST_MERCHANT_ID: MERCHANT_ID,
  PAYFAST_MERCHANT_KEY: "46f0cd694581a",
  PAYFAST_PASSPHRASE: PASSPHRASE,
};
const OZOW = {
  OZOW_CLIENT_ID: "client-1",
  OZOW_CLIENT_SECRET: "client secret",
  OZOW_SITE_CODE: "CHI-CHI-001",
  OZOW_WEBHOOK_SECRET: SECRET,
};
const SNAPSCAN = {
  SNAPSCAN_SNAPCODE: "CHIPDEMO",
  SNAPSCAN_API_KEY: "an API key",
  SNAPSCAN_WEBHOOK_AUTH_KEY: "a webhook key",
};
const LISTED_SOURCE = "197.97.145.150";
const UNLISTED_SOURCE = "203.0.113.9";

/** The providers of an environment. `fetch` answers their requests. */
function configure(variables: Record<string, string>, fetch: typeof globalThis.fetch) {
  vi.stubGlobal("fetch", fetch);
  return paymentProviders(settingsOf({ ...ENVIRONMENT, ...variables }));
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("the providers with credentials are created by name, in the order PayFast, Ozow, SnapScan", async () => {
  const rows: [variables: Record<string, string>, names: string[]][] = [
    [{}, []],
    [PAYFAST, ["payfast"]],
    [{ ...SNAPSCAN, ...OZOW }, ["ozow", "snapscan"]],
    [{ ...SNAPSCAN, ...OZOW, ...PAYFAST }, ["payfast", "ozow", "snapscan"]],
  ];
  await everyRow(rows, ([variables, names]) => {
    const providers = configure(variables, async () => expect.fail("no request is sent"));

    expect([...providers].map(([name, provider]) => [name, provider.name])).toEqual(names.map((name) => [name, name]));
  });
});

it("the providers of one environment are created once", () => {
  const settings = settingsOf({ ...ENVIRONMENT, ...PAYFAST });

  expect(paymentProviders(settings)).toBe(paymentProviders(settings));
});

it("PAYFAST_SOURCE_CHECK accepts, notes or refuses an unlisted source, and is log by default", async () => {
  const rows: [check: string | null, source: string, verdict: object][] = [
    [null, LISTED_SOURCE, { report: { status: "completed" }, notes: [] }],
    [null, UNLISTED_SOURCE, { report: { status: "completed" }, notes: [expect.stringContaining(UNLISTED_SOURCE)] }],
    ["log", LISTED_SOURCE, { report: { status: "completed" }, notes: [] }],
    ["log", UNLISTED_SOURCE, { report: { status: "completed" }, notes: [expect.stringContaining(UNLISTED_SOURCE)] }],
    ["off", UNLISTED_SOURCE, { report: { status: "completed" }, notes: [] }],
    ["enforce", LISTED_SOURCE, { report: { status: "completed" }, notes: [] }],
    ["enforce", UNLISTED_SOURCE, { reason: "source_refused", sourceAddress: UNLISTED_SOURCE }],
  ];
  await everyRow(rows, async ([check, source, verdict]) => {
    const variables = { ...PAYFAST, ...(check !== null && { PAYFAST_SOURCE_CHECK: check }) };
    const provider = configure(variables, async () => VALID()).get("payfast");

    expect(await provider?.readCallback(callback(notice(), source))).toMatchObject(verdict);
  });
});

it("PAYFAST_SOURCE_CIDRS replaces the published sources", async () => {
  const variables = {
    ...PAYFAST,
    PAYFAST_SOURCE_CHECK: "enforce",
    PAYFAST_SOURCE_CIDRS: "203.0.113.0/24, 198.51.100.7",
  };
  const provider = configure(variables, async () => VALID()).get("payfast");

  for (const source of [UNLISTED_SOURCE, "198.51.100.7"]) {
    expect(await provider?.readCallback(callback(notice(), source))).toHaveProperty("report");
  }
  expect(await provider?.readCallback(callback(notice(), LISTED_SOURCE))).toMatchObject({ reason: "source_refused" });
});

it("a configured Ozow scope is the only one requested, and by default both spellings are requested", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const rows: [variables: Record<string, string>, scopes: string[]][] = [
    [{}, ["payments", "payment"]],
    [{ OZOW_SCOPE_PAYMENTS: "payment" }, ["payment"]],
  ];
  await everyRow(rows, async ([variables, scopes]) => {
    const requested: (string | null)[] = [];
    const provider = configure({ ...OZOW, ...variables }, async (_, init) => {
      requested.push(new URLSearchParams(String(init?.body)).get("scope"));
      return failure(400);
    }).get("ozow");

    await expect(provider?.start(PAYMENT)).rejects.toMatchObject({ trouble: "refuses_us" });
    expect(requested).toEqual(scopes);
  });
});
