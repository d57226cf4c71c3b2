import { describe, expect, it, vi } from "vitest";
import { cents } from "#domain/money";
import { noteFailedPayment } from "#fraud/card-testing";
import { countContribution, countFailedChallenge, judgeAttempt } from "#fraud/contribution-attempts";
import type { RateLimiterObject } from "#platform/objects";
import { aDesk, limitersInMemory, runtimeTrouble, TURNSTILE } from "./support.ts";

const BOARD = "8k3m9q2rtw";
const PHONE = "203.0.113.7";
const GO = { verdict: "go" };

const freshSubmission = () => crypto.randomUUID();

function aSite(settings: Record<string, string> = TURNSTILE) {
  const desk = aDesk(limitersInMemory(), settings);
  type Guest = {
    ipAddress?: string | null;
    boardCode?: string;
    submission?: string;
    isRetry?: boolean;
    hasToken?: boolean;
  };
  const attempt = (guest: Guest = {}) => ({
    ipAddress: PHONE,
    boardCode: BOARD,
    submission: freshSubmission(),
    ...guest,
  });
  const judge = (guest?: Guest) => judgeAttempt(desk.services, attempt(guest));
  /** Makes `times` contributions, a minute apart. Each of them is allowed. */
  const contribute = async (times: number, guest: Guest = {}) => {
    for (let time = 0; time < times; time += 1) {
      const once = attempt(guest);
      expect(await judgeAttempt(desk.services, once)).toEqual(GO);
      await countContribution(desk.services, once);
      desk.later(60_000);
    }
  };
  return { ...desk, judge, contribute };
}

describe("attempts a minute", () => {
  const CHALLENGE = { verdict: "challenge" };

  it("beyond ten attempts a minute on one board an address meets a challenge there, and no other guest does", async () => {
    const { judge, later, logged } = aSite();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect(await judge()).toEqual(GO);
      later(1_000);
    }

    expect(await judge()).toEqual(CHALLENGE);
    expect(await judge({ isRetry: true })).toEqual(CHALLENGE);
    const line = { event: "contribution_held_up", answer: "challenge", board: BOARD, request_id: "req_test" };
    expect(logged).toEqual([line, line]);
    expect(await judge({ boardCode: "another000" })).toEqual(GO);
    expect(await judge({ ipAddress: "203.0.113.8" })).toEqual(GO);
    later(50_000);
    expect(await judge()).toEqual(GO);
  });

  it("without a configured challenge the address waits until an attempt leaves the minute", async () => {
    const { judge, later } = aSite({});
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await judge();
      later(1_000);
    }

    expect(await judge()).toEqual({ verdict: "wait", retryAfterSeconds: 50 });
  });

  it("each network has its limit over all boards, a wider one a larger", async () => {
    const rows: [network: string, addressOf: (n: number) => string, limit: number][] = [
      ["an IPv4 address", () => PHONE, 60],
      ["an IPv6 /64", (n) => `2001:db8:1:2::${n.toString(16)}`, 60],
      ["an IPv6 /56", (n) => `2001:db8:1:${(0x4400 + (n % 256)).toString(16)}::1`, 300],
      ["an IPv6 /48", (n) => `2001:db8:1:${n.toString(16)}00::1`, 600],
    ];
    for (const [network, addressOf, limit] of rows) {
      const { judge } = aSite();
      const at = (n: number) => judge({ ipAddress: addressOf(n % 256), boardCode: `board${n}` });
      for (let n = 0; n < limit; n += 1) expect([network, n, await at(n)]).toEqual([network, n, GO]);

      expect([network, await at(limit)]).toEqual([network, CHALLENGE]);
      expect(await judge({ ipAddress: "2001:db8:2:2::1" })).toEqual(GO);
    }
  });

  it("an address that fails twenty challenges a minute waits, and others of its network do not hear of a challenge", async () => {
    const { services, judge, later } = aSite();
    for (let attempt = 0; attempt < 10; attempt += 1) await judge();
    for (let n = 0; n < 20; n += 1) {
      expect(await judge({ hasToken: true })).toEqual(CHALLENGE);
      await countFailedChallenge({ ...services, requestId: `req_${n}` }, PHONE);
    }

    expect(await judge({ hasToken: true })).toEqual({ verdict: "wait", retryAfterSeconds: 60 });
    expect(await judge({ boardCode: "another000", hasToken: true })).toEqual(GO);
    later(60_000);
    expect(await judge({ hasToken: true })).toEqual(GO);
  });

  it("while too many attempts come from everywhere, everybody meets a challenge where one is configured", async () => {
    const [challenging, without] = [aSite(), aSite({})];
    for (const { allAttempts } of [challenging, without]) allAttempts.allows = false;

    expect(await challenging.judge()).toEqual(CHALLENGE);
    expect(await without.judge()).toEqual(GO);
  });

  it.each([null, "unknown"])("attempts from the address %s are not counted", async (ipAddress) => {
    const { judge } = aSite();
    for (let attempt = 0; attempt < 20; attempt += 1) expect(await judge({ ipAddress })).toEqual(GO);
  });
});

describe("contributions an hour", () => {
  it("a guest is challenged after five contributions an hour from one address to one board", async () => {
    const { judge, contribute, later } = aSite();
    await contribute(5);

    expect(await judge()).toEqual({ verdict: "challenge" });
    expect(await judge({ boardCode: "another000" })).toEqual(GO);
    expect(await judge({ ipAddress: "203.0.113.8" })).toEqual(GO);
    // The first of the five was five minutes ago.
    later(55 * 60_000 - 1);
    expect(await judge()).toEqual({ verdict: "challenge" });
    later(1);
    expect(await judge()).toEqual(GO);
  });

  it("a contribution after a solved challenge is counted too, another attempt at one is not", async () => {
    const { services, judge, contribute, later } = aSite();
    await contribute(5);
    expect(await judge({ isRetry: true })).toEqual(GO);
    await countContribution(services, { ipAddress: PHONE, boardCode: BOARD, submission: "the sixth" });
    later(60_000);

    // One of the six leaves the window; five remain.
    later(54 * 60_000);
    expect(await judge()).toEqual({ verdict: "challenge" });
  });

  it("a repeated form is counted once and allowed", async () => {
    const { services, judge, contribute } = aSite();
    const again = { ipAddress: PHONE, boardCode: BOARD, submission: "the same form" };
    for (let time = 0; time < 5; time += 1) await countContribution(services, again);
    expect(await judge()).toEqual(GO);

    await contribute(4);
    expect(await judge()).toEqual({ verdict: "challenge" });
    expect(await judge(again)).toEqual(GO);
  });

  it("attempts that became no contribution are not counted as contributions", async () => {
    const { judge, later } = aSite();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      expect(await judge()).toEqual(GO);
      later(60_000);
    }
  });

  it("a guest waits after five contributions an hour when no challenge is configured", async () => {
    const { judge, contribute } = aSite({});
    await contribute(5);

    expect(await judge()).toEqual({ verdict: "wait", retryAfterSeconds: 55 * 60 });
  });
});

describe("card testing", () => {
  const failure = (reference: string) => ({
    provider: "payfast" as const,
    reference,
    ipAddress: PHONE,
    amount: cents(10_000),
    providerStatus: "FAILED",
  });

  it("after five small failures within 15 minutes every start from the address meets a challenge for an hour", async () => {
    const { services, judge, logged, later } = aSite();
    for (let n = 0; n < 4; n += 1) await noteFailedPayment(services, failure(`failure ${n}`));
    expect(await judge()).toEqual(GO);

    await noteFailedPayment(services, failure("failure 4"));
    await noteFailedPayment(services, failure("failure 5"));

    expect(logged).toEqual([
      {
        event: "card_testing_blocked",
        alert: true,
        network: "203.0.113.0/24",
        request_id: "req_test",
        blocked_until: "2026-12-01T09:00:00.000Z",
      },
    ]);
    for (const start of [{}, { boardCode: "another000" }, { isRetry: true }]) {
      expect(await judge(start)).toEqual({ verdict: "challenge" });
    }
    expect(await judge({ ipAddress: "203.0.113.8" })).toEqual(GO);
    later(3_600_000);
    expect(await judge()).toEqual(GO);
  });

  it("failures that do not indicate card testing do not block the address", async () => {
    const rows = [
      { amount: cents(10_001) },
      ...["CANCELLED", "cancelled", "abandoned", "expired", "not_started", " Cancelled "].map((providerStatus) => ({
        providerStatus,
      })),
      { reference: "the same" },
      { provider: "ozow" as const },
      { provider: "snapscan" as const },
      { ipAddress: null },
    ];
    for (const overrides of rows) {
      const { services, judge, logged } = aSite();
      for (let n = 0; n < 10; n += 1) await noteFailedPayment(services, { ...failure(`failure ${n}`), ...overrides });

      expect([overrides, await judge()]).toEqual([overrides, GO]);
      expect(logged).toEqual([]);
    }
  });

  it("five failures of any other status of a provider block the address", async () => {
    for (const providerStatus of ["FAILED", "error", "Unsuccessful", "declined"]) {
      const { services, judge } = aSite();
      for (let n = 0; n < 5; n += 1) await noteFailedPayment(services, { ...failure(`failure ${n}`), providerStatus });

      expect([providerStatus, await judge()]).toEqual([providerStatus, { verdict: "challenge" }]);
    }
  });

  it("without a configured challenge a blocked address waits for the hour", async () => {
    const { services, judge } = aSite({});
    for (let n = 0; n < 5; n += 1) await noteFailedPayment(services, failure(`failure ${n}`));

    expect(await judge()).toEqual({ verdict: "wait", retryAfterSeconds: 3_600 });
  });

  it("failures spread over more than 15 minutes do not block the address", async () => {
    const { services, judge, later } = aSite();
    for (let n = 0; n < 12; n += 1) {
      await noteFailedPayment(services, failure(`failure ${n}`));
      later(4 * 60_000);
    }

    expect(await judge()).toEqual(GO);
  });
});

describe("failing rate limiters", () => {
  const broken = (fail: () => Promise<never>) => {
    let calls = 0;
    const answer = async () => {
      calls += 1;
      return await fail();
    };
    const limiter: RateLimiterObject = {
      take: answer,
      endLease: answer,
      giveBack: answer,
      noteKeyChange: answer,
      peek: answer,
      count: answer,
      strike: answer,
      blockedUntil: answer,
    };
    return { objects: { rateLimiter: () => limiter }, calls: () => calls };
  };
  const attempt = { ipAddress: PHONE, boardCode: BOARD, submission: "any", isRetry: true };
  const thrown = (error: unknown) => async (): Promise<never> => {
    throw error;
  };

  it("an unreachable limiter is retried only when the runtime allows it, and stops no contribution", async () => {
    for (const [trouble, calls] of [
      [{ retryable: true }, 2],
      [{ overloaded: true }, 1],
      [{ retryable: true, overloaded: true }, 1],
    ] as const) {
      const limiter = broken(thrown(runtimeTrouble(trouble)));
      const { services, logged } = aDesk(limiter.objects);

      expect(await judgeAttempt(services, attempt)).toEqual(GO);

      expect([trouble, limiter.calls()]).toEqual([trouble, calls]);
      const error = "Error: the object cannot be reached";
      expect(logged).toEqual([{ event: "rate_limiter_unreachable", kind: "ip", request_id: "req_test", error }]);
      await expect(countContribution(services, attempt)).resolves.toBeUndefined();
    }
  });

  it("a limiter that throws raises an alert without the address, and stops no contribution", async () => {
    const { services, logged } = aDesk(broken(thrown(new TypeError("a bug"))).objects);

    expect(await judgeAttempt(services, attempt)).toEqual(GO);

    const alert = { event: "rate_limiter_unreachable", alert: true };
    expect(logged).toMatchObject([alert]);
    expect(JSON.stringify(logged)).not.toContain(PHONE);
  });

  it("a limiter that does not answer delays a guest by two seconds at most", async () => {
    vi.useFakeTimers();
    try {
      const { services, logged } = aDesk(broken(() => new Promise(() => undefined)).objects);
      const verdict = judgeAttempt(services, attempt);
      await vi.advanceTimersByTimeAsync(2_000);

      expect(await verdict).toEqual(GO);
      expect(logged).toMatchObject([{ event: "rate_limiter_unreachable" }]);
      expect(logged[0]).not.toHaveProperty("alert");
    } finally {
      vi.useRealTimers();
    }
  });

  it("a repeated call to a limiter is counted once and its answer is used", async () => {
    const limiters = limitersInMemory();
    let first = true;
    const rateLimiter = (subject: string): RateLimiterObject => {
      const limiter = limiters.rateLimiter(subject);
      if (!first) return limiter;
      first = false;
      return { ...limiter, take: thrown(runtimeTrouble({ retryable: true })) };
    };
    const { services, logged } = aDesk({ rateLimiter });
    for (let time = 0; time < 10; time += 1) await judgeAttempt(services, attempt);

    expect(await judgeAttempt(services, attempt)).toMatchObject({ verdict: "wait" });
    expect(logged.map(({ event }) => event)).toEqual(["contribution_held_up"]);
  });
});
