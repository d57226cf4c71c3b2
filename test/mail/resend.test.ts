import { describe, expect, it } from "vitest";
import { type Fetch, postMail, postMails } from "#mail/resend";
import { afterLimit, MAIL_JITTER, MAIL_RETRY_WAITS_MS, nextMailAttempt } from "#mail/retry-policy";
import { settingsOf } from "../../src/platform/settings.ts";

const settings = settingsOf({
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.example",
  DATABASE_URL: "postgres://chipin@localhost/chipin",
  CARD_DATA_ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
  SESSION_SECRET: "a session secret for tests, 3",
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
      [429, "rate_limit_exceeded", "limited"],
      [429, "daily_quota_exceeded", "limited"],
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

describe("postMails", () => {
  const call = { idempotencyKey: "5f0c7c1e-8a52-4c0e-9e66-0000000000ca" };
  const others = ["one@example.org", "two@example.org", "three@example.org"].map((to) => ({ ...mail, to: [to] }));

  it("postMails sends all mails by one call under one key", async () => {
    const posted: { url: string; init: RequestInit }[] = [];
    const fetch: Fetch = async (url, init) => {
      posted.push({ url, init });
      return Response.json({ data: others.map((_, nth) => ({ id: `id-${nth}` })) });
    };

    expect(await postMails(settings, others, { ...call, fetch })).toEqual(
      others.map((_, nth) => ({ kind: "accepted", id: `id-${nth}` })),
    );

    const headers = { "idempotency-key": call.idempotencyKey, "x-batch-validation": "permissive" };
    expect(posted).toMatchObject([{ url: "http://127.0.0.1:9911/emails/batch", init: { method: "POST", headers } }]);
    expect(JSON.parse(String(posted[0]?.init.body)).map(({ to }: { to: string[] }) => to)).toEqual(
      others.map(({ to }) => to),
    );
  });

  it("a mail that Resend refuses in a call does not affect the others", async () => {
    const fetch: Fetch = async () =>
      Response.json({
        data: [{ id: "id-0" }, { id: "id-2" }],
        errors: [{ index: 1, message: "Invalid `to` field: two@example.org" }],
      });

    expect(await postMails(settings, others, { ...call, fetch })).toEqual([
      { kind: "accepted", id: "id-0" },
      { kind: "refused", error: "refused in a call: Invalid `to` field: [address]" },
      { kind: "accepted", id: "id-2" },
    ]);
  });

  it("each mail has the result of the call when the whole call is not accepted", async () => {
    const rows = [
      [401, "", "try_later"],
      [409, "invalid_idempotent_request", "accepted"],
      [409, "concurrent_idempotent_requests", "try_later"],
      [422, "validation_error", "refused"],
      [429, "rate_limit_exceeded", "limited"],
      [503, "", "try_later"],
    ] as const;
    const found = [];
    for (const [status, name] of rows) {
      const fetch: Fetch = async () => Response.json({ name, message: "" }, { status });
      const kinds = new Set((await postMails(settings, others, { ...call, fetch })).map(({ kind }) => kind));
      found.push([status, name, ...kinds]);
    }
    expect(found).toEqual(rows);
  });
});

describe("afterLimit", () => {
  const now = new Date("2026-12-01T08:00:00Z");

  it("a 429 is followed by Retry-After, or by seconds, or by an hour when a quota is used up, and up to twice that", () => {
    const rows = [
      { retryAfterSeconds: 7, isQuota: false, atLeast: 7 },
      { retryAfterSeconds: null, isQuota: false, atLeast: 2 },
      { retryAfterSeconds: null, isQuota: true, atLeast: 3_600 },
      { retryAfterSeconds: 10_000, isQuota: true, atLeast: 10_000 },
      { retryAfterSeconds: 0, isQuota: false, atLeast: 1 },
      { retryAfterSeconds: 9_999_999, isQuota: false, atLeast: 86_400 },
    ];
    const found = rows.map(({ atLeast, ...limit }) => {
      const waits = ["a", "b", "c"].map((call) => (afterLimit(limit, call, now).getTime() - now.getTime()) / 1000);
      const isSpread = new Set(waits).size === waits.length;
      return { ...limit, atLeast: isSpread && waits.every((w) => w >= atLeast && w < 2 * atLeast) ? atLeast : waits };
    });
    expect(found).toEqual(rows);
  });
});

describe("nextMailAttempt", () => {
  const now = new Date("2026-12-01T08:00:00Z");

  it("a failed mail is retried after 1, 5 and 30 minutes, 2 and 12 hours, and then no more", () => {
    const waits = [1, 5, 30, 120, 720];
    const found = [1, 2, 3, 4, 5, 6].map((attempt) => {
      const next = nextMailAttempt(attempt, "a call", now);
      return next && (next.getTime() - now.getTime()) / 60_000;
    });

    expect(
      found.map((wait) => waits.find((it) => wait && wait >= it && wait <= it * (1 + MAIL_JITTER)) ?? wait),
    ).toEqual([...waits, null]);
  });

  it("mails that failed together are spread, and those of one call are retried together", () => {
    const at = (call: string) => nextMailAttempt(1, call, now)?.getTime();

    expect(new Set(["a", "b", "c", "d"].map(at)).size).toBe(4);
    expect(at("a")).toBe(at("a"));
  });

  it("all retries of a mail fall into the day for which Resend recognises its key", () => {
    const longest = MAIL_RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0) * (1 + MAIL_JITTER);

    expect(longest).toBeLessThan(24 * 3_600_000);
  });
});
