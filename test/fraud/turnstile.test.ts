import { describe, expect, it, vi } from "vitest";
import { verifyTurnstile } from "#fraud/turnstile";
import type { LogEntry } from "../../src/platform/log.ts";

const SETTINGS = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.co.za",
  TURNSTILE_SECRET_KEY: "a secret",
  TURNSTILE_BASE_URL: undefined,
} as const;
const CHALLENGE = { token: "a token", ipAddress: "203.0.113.7", submission: "a form" };
const PASSED = { success: true, hostname: "chipin.co.za", action: "contribute", "error-codes": [] };

type Answer = () => Response | Promise<Response>;
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
    requests.push(new Request(input as string, init as RequestInit));
    return await answer();
  };
  const deps = { fetch, note: (entry: LogEntry) => void notes.push(entry) };
  const verdict = await verifyTurnstile({ ...SETTINGS, ...settings }, { ...CHALLENGE, ...challenge }, deps);
  const forms = await Promise.all(requests.map(async (request) => new URLSearchParams(await request.text())));
  return { verdict, requests, forms, notes };
}

describe("verifyTurnstile", () => {
  it("asks siteverify with secret, token and address", async () => {
    const { verdict, requests, forms, notes } = await verify();

    expect(verdict).toBe("passed");
    expect(requests[0]).toMatchObject({
      ...{ method: "POST", redirect: "manual" },
      url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    });
    expect(requests[0]?.headers.get("content-type")).toContain("application/x-www-form-urlencoded");
    expect(Object.fromEntries(forms[0] ?? [])).toEqual({
      ...{ secret: "a secret", response: "a token", remoteip: "203.0.113.7" },
      idempotency_key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(notes).toEqual([]);
  });

  it("asks the host that is set in its place, and leaves out an address that is not known", async () => {
    const settings = { TURNSTILE_BASE_URL: "http://127.0.0.1:9000/turnstile" };

    const { requests, forms } = await verify({ settings, challenge: { ipAddress: null } });

    expect(requests[0]?.url).toBe("http://127.0.0.1:9000/turnstile/v0/siteverify");
    expect(forms[0]?.has("remoteip")).toBe(false);
  });

  it("asks the same question for the same form sent again, and another for another form or token", async () => {
    const keyOf = async (challenge: Partial<typeof CHALLENGE>) =>
      (await verify({ challenge })).forms[0]?.get("idempotency_key");
    const key = await keyOf({});

    expect(await keyOf({})).toBe(key);
    expect(await keyOf({ submission: "another form" })).not.toBe(key);
    expect(await keyOf({ token: "another token" })).not.toBe(key);
  });

  it.each([null, "", "x".repeat(2_049)])("fails a token like %.9j without asking", async (token) => {
    const { verdict, requests } = await verify({ challenge: { token } as { token: string } });

    expect(verdict).toBe("failed");
    expect(requests).toEqual([]);
  });

  it("asks about the longest token there can be", async () => {
    expect((await verify({ challenge: { token: "x".repeat(2_048) } })).verdict).toBe("passed");
  });

  it.each([
    ["a refused token", { success: false, "error-codes": ["invalid-input-response"] }],
    ["a token that was used", { success: false, "error-codes": ["timeout-or-duplicate"] }],
    ["another site's token", { ...PASSED, hostname: "chipin.example" }],
    ["a subdomain's token", { ...PASSED, hostname: "staging.chipin.co.za" }],
    ["a token without a host", { ...PASSED, hostname: undefined }],
    ["another form's token", { ...PASSED, action: "sign-in" }],
    ["a token without an action", { ...PASSED, action: undefined }],
  ])("fails %s", async (_, body) => {
    expect((await verify({ answer: json(body) })).verdict).toBe("failed");
  });

  it("fails a refusal that comes with 400", async () => {
    const body = { success: false, "error-codes": ["invalid-input-response"] };

    expect((await verify({ answer: json(body, 400) })).verdict).toBe("failed");
  });

  it("takes the dummy keys' answer in development", async () => {
    const dummy = { success: true, hostname: "example.com", "error-codes": [] };

    expect((await verify({ settings: { ENVIRONMENT: "development" }, answer: json(dummy) })).verdict).toBe("passed");
    expect((await verify({ settings: { ENVIRONMENT: "staging" }, answer: json(dummy) })).verdict).toBe("failed");
  });

  it.each([
    ["Turnstile's own trouble", json({ success: false, "error-codes": ["internal-error"] })],
    ["a secret it does not take", json({ success: false, "error-codes": ["invalid-input-secret"] }, 400)],
    ["an error page", () => new Response("<html>", { status: 502 })],
    ["another JSON", json({ verdict: "yes" })],
    ["a success that is no boolean", json({ ...PASSED, success: "true" })],
    ["no answer", () => Promise.reject(new TypeError("fetch failed"))],
  ] satisfies [string, Answer][])("is unavailable for %s, and says why", async (_, answer) => {
    const { verdict, notes } = await verify({ answer });

    expect(verdict).toBe("unavailable");
    expect(notes).toEqual([{ event: "turnstile_unavailable", error: expect.any(String) }]);
    expect(JSON.stringify(notes)).not.toMatch(/a secret|a token/);
  });

  it("is unavailable without a secret", async () => {
    const { verdict, requests } = await verify({ settings: { TURNSTILE_SECRET_KEY: undefined } });

    expect(verdict).toBe("unavailable");
    expect(requests).toEqual([]);
  });

  it("is unavailable when no answer comes within five seconds", async () => {
    const clock = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(clock.signal);
    const answer: Answer = () =>
      new Promise((_, reject) => {
        clock.signal.addEventListener("abort", () => reject(clock.signal.reason));
        clock.abort(new DOMException("too late", "TimeoutError"));
      });

    const { verdict } = await verify({ answer });

    expect(verdict).toBe("unavailable");
    expect(timeout).toHaveBeenCalledWith(5_000);
    timeout.mockRestore();
  });
});
