import { describe, expect, it } from "vitest";
import { type Attempt, afterAttempt, JITTER, MAX_ATTEMPTS, parseRetryAfter } from "#webhooks/retry-policy";

const now = new Date("2026-12-01T08:00:00.000Z");
const failed: Attempt = {
  ...{ deliveryId: "5f0c7c1e-8a52-4c0e-9e66-000000000001", attempt: 1, responseCode: 500 },
  ...{ retryAfterSeconds: null, hopeless: false },
};

function waitSeconds(attempt: Partial<Attempt>): number {
  const next = afterAttempt({ ...failed, ...attempt }, now);
  if (next.do !== "retry") throw new Error(`expected a retry, got ${next.do}`);
  return (next.at.getTime() - now.getTime()) / 1000;
}

function expectWait(seconds: number, expected: number): void {
  expect(seconds).toBeGreaterThanOrEqual(expected);
  expect(seconds).toBeLessThanOrEqual(expected * (1 + JITTER));
}

describe("afterAttempt", () => {
  it.each([
    { attempt: 1, wait: 60 },
    { attempt: 2, wait: 300 },
    { attempt: 3, wait: 1_800 },
    { attempt: 4, wait: 7_200 },
    { attempt: 5, wait: 43_200 },
    { attempt: 6, wait: 86_400 },
  ])("waits $wait s after failed attempt $attempt, and a little more", ({ attempt, wait }) => {
    expectWait(waitSeconds({ attempt }), wait);
  });

  it("gives up after the seventh attempt", () => {
    expect(MAX_ATTEMPTS).toBe(7);
    expect(afterAttempt({ ...failed, attempt: 7 }, now)).toEqual({ do: "give_up", endpointGone: false });
  });

  it.each([200, 201, 202, 204, 299])("is content with %i", (responseCode) => {
    expect(afterAttempt({ ...failed, responseCode }, now)).toEqual({ do: "settle" });
  });

  it.each([null, 100, 199, 300, 301, 302, 307, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 504])(
    "tries again after %s",
    (responseCode) => {
      expectWait(waitSeconds({ responseCode }), 60);
    },
  );

  it("gives up at once, endpoint and all, after 410", () => {
    expect(afterAttempt({ ...failed, responseCode: 410 }, now)).toEqual({ do: "give_up", endpointGone: true });
  });

  it("gives up at once when no later attempt can go better", () => {
    const hopeless = { ...failed, responseCode: null, hopeless: true };

    expect(afterAttempt(hopeless, now)).toEqual({ do: "give_up", endpointGone: false });
  });

  it.each([
    { why: "longer than the step", attempt: 1, asked: 120, wait: 120 },
    { why: "shorter than the step", attempt: 2, asked: 10, wait: 300 },
    { why: "beyond the following step", attempt: 1, asked: 99_999, wait: 300 },
    { why: "beyond the last step", attempt: 6, asked: 999_999, wait: 86_400 },
  ])("honours Retry-After within the schedule: $why", ({ attempt, asked, wait }) => {
    expectWait(waitSeconds({ attempt, responseCode: 429, retryAfterSeconds: asked }), wait);
  });

  it("spreads deliveries, and a given one always the same way", () => {
    const ids = Array.from({ length: 200 }, (_, index) => `5f0c7c1e-8a52-4c0e-9e66-${String(index).padStart(12, "0")}`);

    const waits = ids.map((deliveryId) => waitSeconds({ deliveryId }));

    expect(new Set(waits).size).toBeGreaterThan(150);
    expect(ids.map((deliveryId) => waitSeconds({ deliveryId }))).toEqual(waits);
    for (const wait of waits) expectWait(wait, 60);
  });
});

describe("parseRetryAfter", () => {
  it.each([
    { header: null, seconds: null },
    { header: "120", seconds: 120 },
    { header: " 0 ", seconds: 0 },
    { header: "Tue, 01 Dec 2026 08:01:30 GMT", seconds: 90 },
    { header: "Tue, 01 Dec 2026 07:59:00 GMT", seconds: null },
    { header: "soon", seconds: null },
    { header: "-5", seconds: null },
    { header: "99999999999999999999", seconds: null },
  ])("reads $header as $seconds", ({ header, seconds }) => {
    expect(parseRetryAfter(header, now)).toBe(seconds);
  });
});
