import { describe, expect, it, vi } from "vitest";
import { cents } from "#domain/money";
import { noteFailedPayment } from "#fraud/card-testing";
import { countContribution, judgeAttempt } from "#fraud/contribution-attempts";
import type { RateLimiterObject } from "#platform/objects";
import { aDesk, limitersInMemory, runtimeTrouble, TURNSTILE } from "./support.ts";

const BOARD = "8k3m9q2rtw";
const PHONE = "203.0.113.7";
const GO = { verdict: "go" };

const freshSubmission = () => crypto.randomUUID();

function aSite(settings: Record<string, string> = TURNSTILE) {
  const desk = aDesk(limitersInMemory(), settings);
  type Guest = { ipAddress?: string | null; boardCode?: string; submission?: string; solved?: boolean };
  const attempt = (guest: Guest = {}) => ({
    ipAddress: PHONE,
    boardCode: BOARD,
    submission: freshSubmission(),
    solved: false,
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
  it("an address may make ten attempts a minute over all boards", async () => {
    const { judge, later, logged } = aSite();
    for (let board = 0; board < 10; board += 1) {
      expect(await judge({ boardCode: `board${board}` })).toEqual(GO);
      later(1_000);
    }

    expect(await judge()).toEqual({ verdict: "wait", retryAfterSeconds: 50 });
    expect(logged).toEqual([{ event: "contribution_held_up", answer: "wait", board: BOARD, request_id: "req_test" }]);
    expect(await judge({ ipAddress: "203.0.113.8" })).toEqual(GO);
    later(50_000);
    expect(await judge()).toEqual(GO);
  });

  it("the limit of attempts also holds for a guest who solved a challenge", async () => {
    const { judge } = aSite();
    for (let attempt = 0; attempt < 10; attempt += 1) expect(await judge({ solved: true })).toEqual(GO);

    expect(await judge({ solved: true })).toEqual({ verdict: "wait", retryAfterSeconds: 60 });
  });

  it("attempts are counted for all addresses of one IPv6 /64", async () => {
    const { judge } = aSite();
    for (let host = 0; host < 10; host += 1) await judge({ ipAddress: `2001:db8:1:2::${host}` });

    expect(await judge({ ipAddress: "2001:db8:1:2:ffff::1" })).toMatchObject({ verdict: "wait" });
    expect(await judge({ ipAddress: "2001:db8:1:3::1" })).toEqual(GO);
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

  it("a contribution after a solved challenge is counted too", async () => {
    const { judge, contribute, later } = aSite();
    await contribute(5);
    await contribute(1, { solved: true });

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
  const failure = (eventKey: string) => ({
    ipAddress: PHONE,
    amount: cents(10_000),
    providerStatus: "FAILED",
    eventKey,
  });

  it("the fifth small failure within 15 minutes blocks the address for an hour and raises an alert", async () => {
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
    expect(await judge({ solved: true, boardCode: "another000" })).toEqual({
      verdict: "wait",
      retryAfterSeconds: 3_600,
    });
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
      { eventKey: "the same" },
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

      expect([providerStatus, await judge()]).toMatchObject([providerStatus, { verdict: "wait" }]);
    }
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
      peek: answer,
      count: answer,
      strike: answer,
      blockedUntil: answer,
    };
    return { objects: { rateLimiter: () => limiter }, calls: () => calls };
  };
  const attempt = { ipAddress: PHONE, boardCode: BOARD, submission: "any", solved: true };
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
      expect(logged).toEqual([
        {
          event: "rate_limiter_unreachable",
          kind: "ip",
          request_id: "req_test",
          error: "Error: the object cannot be reached",
        },
      ]);
      await expect(countContribution(services, attempt)).resolves.toBeUndefined();
    }
  });

  it("a limiter that throws raises an alert without the address, and stops no contribution", async () => {
    const { services, logged } = aDesk(broken(thrown(new TypeError("a bug"))).objects);

    expect(await judgeAttempt(services, attempt)).toEqual(GO);

    expect(logged).toMatchObject([{ event: "rate_limiter_unreachable", alert: true }]);
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
