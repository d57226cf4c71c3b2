import { describe, expect, it } from "vitest";
import { type Fetch, postMail } from "#mail/resend";
import { MAIL_RETRY_WAITS_MS, nextMailAttempt } from "#mail/retry-policy";
import { settingsOf } from "../../src/platform/settings.ts";

const settings = settingsOf({
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.example",
  DATABASE_URL: "postgres://chipin@localhost/chipin",
  CARD_DATA_ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
  RESEND_API_KEY: "re_test",
  RESEND_BASE_URL: "http://127.0.0.1:9911/",
});

const mail = {
  ...{ to: ["host@example.org"], subject: "Hello", html: "<p>Hello</p>", text: "Hello" },
  idempotencyKey: "5f0c7c1e-8a52-4c0e-9e66-000000000001",
};

describe("postMail", () => {
  it("speaks Resend's API", async () => {
    const posted: { url: string; init: RequestInit }[] = [];
    const fetch: Fetch = async (url, init) => {
      posted.push({ url, init });
      return Response.json({ id: "49a3999c" });
    };

    expect(await postMail(settings, mail, fetch)).toEqual({ kind: "accepted", id: "49a3999c" });

    expect(posted).toMatchObject([
      {
        url: "http://127.0.0.1:9911/emails",
        init: {
          method: "POST",
          headers: { authorization: "Bearer re_test", "idempotency-key": mail.idempotencyKey },
        },
      },
    ]);
    expect(JSON.parse(String(posted[0]?.init.body))).toEqual({
      ...{ from: "ChipIn <noreply@chipin.co.za>", to: ["host@example.org"] },
      ...{ subject: "Hello", html: "<p>Hello</p>", text: "Hello" },
    });
  });

  it.each([
    { status: 200, name: "", kind: "accepted", why: "even when the answer is unreadable" },
    { status: 400, name: "validation_error", kind: "refused", why: "the mail is wrong" },
    { status: 422, name: "invalid_to_address", kind: "refused", why: "the mail is wrong" },
    { status: 404, name: "not_found", kind: "refused", why: "the mail is wrong" },
    { status: 401, name: "missing_api_key", kind: "try_later", why: "the operator can mend it" },
    { status: 403, name: "validation_error", kind: "try_later", why: "the operator can mend it" },
    { status: 408, name: "", kind: "try_later", why: "it passes" },
    { status: 409, name: "concurrent_idempotent_requests", kind: "try_later", why: "it passes" },
    { status: 409, name: "invalid_idempotent_request", kind: "accepted", why: "an earlier attempt was taken" },
    { status: 429, name: "rate_limit_exceeded", kind: "try_later", why: "it passes" },
    { status: 500, name: "application_error", kind: "try_later", why: "it passes" },
    { status: 503, name: "", kind: "try_later", why: "it passes" },
    { status: 302, name: "", kind: "refused", why: "Resend redirects nowhere" },
  ])("takes $status $name for $kind: $why", async ({ status, name, kind }) => {
    const body = name ? JSON.stringify({ statusCode: status, name, message: "no" }) : "<html>";

    expect(await postMail(settings, mail, async () => new Response(body, { status }))).toMatchObject({ kind });
  });

  it("tries later when nobody answers", async () => {
    const result = await postMail(settings, mail, () => Promise.reject(new TypeError("connection refused")));

    expect(result).toEqual({ kind: "try_later", error: "TypeError: connection refused" });
  });

  it("keeps no address out of what was answered", async () => {
    const body = { name: "invalid_to_address", message: "Invalid `to` field: host@example.org is not valid" };

    const result = await postMail(settings, mail, async () => Response.json(body, { status: 422 }));

    expect(result).toEqual({
      kind: "refused",
      error: "422 invalid_to_address Invalid `to` field: [address] is not valid",
    });
  });
});

describe("nextMailAttempt", () => {
  const now = new Date("2026-12-01T08:00:00Z");

  it("waits 1, 5 and 30 minutes, then 2 and 12 hours, then gives up", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((attempt) => {
      const next = nextMailAttempt(attempt, now);
      return next && (next.getTime() - now.getTime()) / 60_000;
    });

    expect(waits).toEqual([1, 5, 30, 120, 720, null]);
  });

  it("fits into the day for which the provider knows a repeat", () => {
    expect(MAIL_RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(24 * 3_600_000);
  });
});
