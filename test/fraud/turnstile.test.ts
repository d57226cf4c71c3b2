import { describe, expect, it } from "vitest";
import { verifyTurnstile } from "#fraud/turnstile";
import type { LogEntry } from "../../src/platform/log.ts";
import { patienceOf, silent } from "../support/patience.ts";

const SETTINGS = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.co.za",
  TURNSTILE_SECRET_KEY: "a secret",
  TURNSTILE_BASE_URL: undefined,
} as const;
const CHALLENGE = { token: "a token", ipAddress: "203.0.113.7", submission: "a form" };
const PASSED = { success: true, hostname: "chipin.co.za", action: "contribute", "error-codes": [] };

type Answer = (request: Request) => Response | Promise<Response>;
const json =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status });

async function verify({
  settings = {},
  challenge = {},
  answer = json(PASSED),
}: {
  settings?: Partial<{ [K in keyof Parameters<typeof verifyTurnstile>[0]]: Parameters<typeof verifyTurnstile>[0][K] }>;
  challenge?: Partial<typeof CHALLENGE> | { token: null } | { ipAddress: null };
  answer?: Answer;
} = {}) {
  const requests: Request[] = [];
  const notes: LogEntry[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init as RequestInit);
    requests.push(request);
    return await answer(request.clone());
  };
  const deps = { fetch, note: (entry: LogEntry) => void notes.push(entry) };
  const verdict = await verifyTurnstile({ ...SETTINGS, ...settings }, { ...CHALLENGE, ...challenge }, deps);
  const forms = await Promise.all(requests.map(async (request) => new URLSearchParams(await request.text())));
  return { verdict, requests, forms, notes };
}

describe("verifyTurnstile", () => {
  it("verifyTurnstile sends secret, token and address to siteverify", async () => {
    const { verdict, requests, forms, notes } = await verify();

    expect(verdict).toBe("passed");
    expect(requests[0]).toMatchObject({
      method: "POST",
      redirect: "manual",
      url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    });
    expect(requests[0]?.headers.get("content-type")).toContain("application/x-www-form-urlencoded");
    expect(Object.fromEntries(forms[0] ?? [])).toEqual({
      secret: "a secret",
      response: "a token",
      remoteip: "203.0.113.7",
      idempotency_key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(notes).toEqual([]);
  });

  it("verifyTurnstile uses the configured base URL and leaves out an unknown address", async () => {
    const settings = { TURNSTILE_BASE_URL: "http://127.0.0.1:9000/turnstile" };

    const { requests, forms } = await verify({ settings, challenge: { ipAddress: null } });

    expect(requests[0]?.url).toBe("http://127.0.0.1:9000/turnstile/v0/siteverify");
    expect(forms[0]?.has("remoteip")).toBe(false);
  });

  it("a repeated form has the same idempotency key, and another form or token has another", async () => {
    const keyOf = async (challenge: Partial<typeof CHALLENGE>) =>
      (await verify({ challenge })).forms[0]?.get("idempotency_key");
    const key = await keyOf({});

    expect(await keyOf({})).toBe(key);
    expect(await keyOf({ submission: "another form" })).not.toBe(key);
    expect(await keyOf({ token: "another token" })).not.toBe(key);
  });

  it("a missing token and one that is too long fail without a request, and the longest token is checked", async () => {
    for (const token of [null, "", "x".repeat(2_049)]) {
      const { verdict, requests } = await verify({ challenge: { token } as { token: string } });
      expect([verdict, requests.length]).toEqual(["failed", 0]);
    }
    expect((await verify({ challenge: { token: "x".repeat(2_048) } })).verdict).toBe("passed");
  });

  it("a refused, used or foreign token fails", async () => {
    const answers = [
      json({ success: false, "error-codes": ["invalid-input-response"] }),
      json({ success: false, "error-codes": ["invalid-input-response"] }, 400),
      json({ success: false, "error-codes": ["timeout-or-duplicate"] }),
      json({ success: false, "error-codes": ["bad-request"] }),
      json({ ...PASSED, hostname: "chipin.example" }),
      json({ ...PASSED, hostname: "staging.chipin.co.za" }),
      json({ ...PASSED, hostname: undefined }),
      json({ ...PASSED, action: "sign-in" }),
      json({ ...PASSED, action: undefined }),
    ];
    const verdicts = await Promise.all(answers.map(async (answer) => (await verify({ answer })).verdict));
    expect(verdicts).toEqual(answers.map(() => "failed"));
  });

  it("the answer of Turnstile's test keys passes in development only", async () => {
    const dummy = { success: true, hostname: "example.com", "error-codes": [] };

    expect((await verify({ settings: { ENVIRONMENT: "development" }, answer: json(dummy) })).verdict).toBe("passed");
    expect((await verify({ settings: { ENVIRONMENT: "staging" }, answer: json(dummy) })).verdict).toBe("failed");
  });

  it("an answer without a verdict about the token is unavailable and is logged without secrets", async () => {
    const answers: Answer[] = [
      json({ success: false, "error-codes": ["internal-error"] }),
      json({ success: false, "error-codes": ["invalid-input-secret"] }, 400),
      json({ success: false, "error-codes": ["missing-input-secret"] }),
      () => new Response("<html>", { status: 502 }),
      json({ verdict: "yes" }),
      json({ ...PASSED, success: "true" }),
      () => Promise.reject(new TypeError("fetch failed")),
    ];
    for (const answer of answers) {
      const { verdict, notes } = await verify({ answer });

      expect(verdict).toBe("unavailable");
      expect(notes).toEqual([{ event: "turnstile_unavailable", error: expect.any(String) }]);
      expect(JSON.stringify(notes)).not.toMatch(/a secret|a token/);
    }
  });

  it("verifyTurnstile is unavailable without a secret", async () => {
    const { verdict, requests } = await verify({ settings: { TURNSTILE_SECRET_KEY: undefined } });

    expect(verdict).toBe("unavailable");
    expect(requests).toEqual([]);
  });

  it("verifyTurnstile is unavailable when no answer comes within five seconds", async () => {
    const answer: Answer = ({ url, signal }) => silent(url, { signal });

    const { seconds, came } = await patienceOf(() => verify({ answer }));

    expect(came).toMatchObject({ value: { verdict: "unavailable" } });
    expect(seconds).toBe(5);
  });
});
