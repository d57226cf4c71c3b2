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
  to: ["host@example.org"],
  subject: "Hello",
  html: "<p>Hello</p>",
  text: "Hello",
  idempotencyKey: "5f0c7c1e-8a52-4c0e-9e66-000000000001",
};

describe("postMail", () => {
  it("postMail sends one request of Resend's API", async () => {
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
      from: "ChipIn <noreply@chipin.co.za>",
      to: ["host@example.org"],
      subject: "Hello",
      html: "<p>Hello</p>",
      text: "Hello",
    });
  });

  it("postMail accepts, retries or refuses by status and error name", async () => {
    const rows = [
      [200, "", "accepted"], // also when the answer is unreadable
      [400, "validation_error", "refused"],
      [422, "invalid_to_address", "refused"],
      [404, "not_found", "refused"],
      [302, "", "refused"],
      [401, "missing_api_key", "try_later"],
      [403, "validation_error", "try_later"],
      [408, "", "try_later"],
      [425, "", "try_later"],
      [409, "concurrent_idempotent_requests", "try_later"],
      [409, "invalid_idempotent_request", "accepted"], // an earlier attempt was accepted
      [429, "rate_limit_exceeded", "try_later"],
      [500, "application_error", "try_later"],
      [503, "", "try_later"],
    ] as const;
    const found = await Promise.all(
      rows.map(async ([status, name]) => {
        const body = name ? JSON.stringify({ statusCode: status, name, message: "no" }) : "<html>";
        return [status, name, (await postMail(settings, mail, async () => new Response(body, { status }))).kind];
      }),
    );
    expect(found).toEqual(rows);
  });

  it("postMail retries later when no answer comes", async () => {
    const result = await postMail(settings, mail, () => Promise.reject(new TypeError("connection refused")));

    expect(result).toEqual({ kind: "try_later", error: "TypeError: connection refused" });
  });

  it("postMail keeps no e-mail address from the answer", async () => {
    const body = { name: "invalid_to_address", message: "Invalid `to` field: host@example.org is not valid" };

    const result = await postMail(settings, mail, async () => Response.json(body, { status: 422 }));

    expect(result).toEqual({
      kind: "refused",
      error: "422 invalid_to_address Invalid `to` field: [address] is not valid",
    });
  });
});

describe("postMail of a text with a secret", () => {
  const secret = { ...mail, text: "GIFT-1234", isSecret: true };

  it("postMail keeps the status and name of an error, and nothing of its message", async () => {
    const answer = (name: string) => async () =>
      Response.json({ name, message: "`text` holds GIFT-1234" }, { status: 422 });

    expect(await postMail(settings, secret, answer("validation_error"))).toEqual({
      kind: "refused",
      error: "422 validation_error",
    });
    expect(await postMail(settings, secret, answer("GIFT-1234"))).toEqual({ kind: "refused", error: "422" });
    const thrown = await postMail(settings, secret, () => Promise.reject(new TypeError("body GIFT-1234")));
    expect(thrown).toEqual({ kind: "try_later", error: "no answer" });
  });

  it("postMail does not take it for accepted that the key was used with another text", async () => {
    const answer = Response.json({ name: "invalid_idempotent_request", message: "no" }, { status: 409 });

    expect(await postMail(settings, secret, async () => answer)).toEqual({
      kind: "refused",
      error: "409 invalid_idempotent_request",
    });
  });
});

describe("nextMailAttempt", () => {
  const now = new Date("2026-12-01T08:00:00Z");

  it("a failed mail is retried after 1, 5 and 30 minutes, 2 and 12 hours, and then no more", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((attempt) => {
      const next = nextMailAttempt(attempt, now);
      return next && (next.getTime() - now.getTime()) / 60_000;
    });

    expect(waits).toEqual([1, 5, 30, 120, 720, null]);
  });

  it("all retries of a mail fall into the day for which Resend recognises its key", () => {
    expect(MAIL_RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(24 * 3_600_000);
  });
});
