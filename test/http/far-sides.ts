import { vi } from "vitest";
import { CLIENT_SECRET, ozowFarSide, SECRET, SITE } from "../payments/ozow-callbacks.ts";
import { payfastFarSide } from "../payments/payfast-far-side.ts";
import { MERCHANT_ID, PASSPHRASE } from "../payments/payfast-notices.ts";
import { API_KEY, SNAP_CODE, snapscanFarSide, WEBHOOK_AUTH_KEY } from "../payments/snapscan-callbacks.ts";

export const OZOW_SECRET = SECRET;

/** Settings that configure each provider, and Turnstile. */
export const PAYFAST = {
  PAYFAST_MERCHANT_ID: MERCHANT_ID,
  PAYFAST_MERCHANT_KEY: "46f0cd694581a",
  PAYFAST_PASSPHRASE: PASSPHRASE,
  PAYFAST_SOURCE_CHECK: "off",
};
export const OZOW = {
  OZOW_CLIENT_ID: "client-1",
  OZOW_CLIENT_SECRET: CLIENT_SECRET,
  OZOW_SITE_CODE: SITE,
  OZOW_WEBHOOK_SECRETS: SECRET,
};
export const SNAPSCAN = {
  SNAPSCAN_SNAPCODE: SNAP_CODE,
  SNAPSCAN_API_KEY: API_KEY,
  SNAPSCAN_WEBHOOK_AUTH_KEY: WEBHOOK_AUTH_KEY,
};
export const ALL_PROVIDERS = { ...PAYFAST, ...OZOW, ...SNAPSCAN };
export const TURNSTILE = { TURNSTILE_SITE_KEY: "1x00000000000000000000AA", TURNSTILE_SECRET_KEY: "1x0000turnstile" };

/** The secrets in these settings. None may appear in a log or an answer. */
export const SECRETS: readonly string[] = [
  PASSPHRASE,
  CLIENT_SECRET,
  OZOW_SECRET,
  OZOW_SECRET.replace("whsec_", ""),
  API_KEY,
  WEBHOOK_AUTH_KEY,
  TURNSTILE.TURNSTILE_SECRET_KEY,
];

const realFetch = globalThis.fetch;

/**
 * Replaces `fetch` with simulated external services and records every request. Call it before the site is created.
 * Requests to 127.0.0.1 reach the test's own servers.
 */
export function farSides() {
  const [payfast, ozow, snapscan] = [payfastFarSide(), ozowFarSide(), snapscanFarSide()];
  const asked: string[] = [];
  const far = {
    /** Its API alone. */
    payfast,
    ozow,
    snapscan,
    /** `METHOD host/path` of every request, in order. */
    asked,
    /** PayFast's answer to a confirmation request. */
    payfastAnswer: "VALID",
    /** Turnstile's answer to a token. */
    turnstile: (_form: FormData): Response | Promise<Response> => Response.json({ success: true }),
  };
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { host, hostname, pathname } = new URL(request.url);
    if (hostname === "127.0.0.1") return realFetch(request);
    asked.push(`${request.method} ${host}${pathname}`);
    if (host === "one.ozow.com") return ozow.fetch(request);
    if (host === "pos.snapscan.io") return snapscan.fetch(request);
    if (host === "api.payfast.co.za") return payfast.fetch(request);
    if (host === "www.payfast.co.za") return new Response(far.payfastAnswer);
    if (host === "challenges.cloudflare.com") return far.turnstile(await request.formData());
    throw new Error(`no external service is simulated at ${host}`);
  });
  return far;
}

export type FarSides = ReturnType<typeof farSides>;
