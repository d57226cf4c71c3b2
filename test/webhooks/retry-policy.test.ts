import { expect, it } from "vitest";
import { parseRetryAfter } from "#platform/retry-after";
import { afterAttempt, type FinishedAttempt, JITTER } from "#webhooks/retry-policy";

const now = new Date("2026-12-01T08:00:00.000Z");
const failed: FinishedAttempt = {
  deliveryId: "5f0c7c1e-8a52-4c0e-9e66-000000000001",
  attempt: 1,
  responseCode: 500,
  retryAfterSeconds: null,
  isPermanent: false,
};

function waitSeconds(attempt: Partial<FinishedAttempt>): number {
  const next = afterAttempt({ ...failed, ...attempt }, now);
  if (next.outcome !== "retry") throw new Error(`expected a retry of ${JSON.stringify(attempt)}, got ${next.outcome}`);
  return (next.at.getTime() - now.getTime()) / 1000;
}

/** The scheduled wait of a wait with jitter, or the wait itself when the schedule does not have it. */
const scheduled = (seconds: number, expected: number) =>
  seconds >= expected && seconds <= expected * (1 + JITTER) ? expected : seconds;

it("failed attempts 1 to 6 are retried by the schedule, and the seventh is the last", () => {
  const schedule = [60, 300, 1_800, 7_200, 43_200, 86_400];

  expect(schedule.map((wait, index) => scheduled(waitSeconds({ attempt: index + 1 }), wait))).toEqual(schedule);
  expect(afterAttempt({ ...failed, attempt: 7 }, now)).toEqual({ outcome: "failed", endpointGone: false });
});

it("only a 2xx answer counts as delivered, and every other answer but 410 is retried", () => {
  const outcomes = (codes: (number | null)[]) =>
    codes.map((responseCode) => afterAttempt({ ...failed, responseCode }, now).outcome);

  expect(new Set(outcomes([200, 201, 202, 204, 299]))).toEqual(new Set(["delivered"]));
  const retried = [null, 100, 199, 300, 301, 302, 307, 400, 401, 403, 404, 409, 411, 418, 429, 500, 502, 503, 504];
  expect(new Set(outcomes(retried))).toEqual(new Set(["retry"]));
});

it("an answer 410 fails the delivery at once and marks the endpoint as gone", () => {
  expect(afterAttempt({ ...failed, responseCode: 410 }, now)).toEqual({ outcome: "failed", endpointGone: true });
});

it("a permanent failure is not retried", () => {
  const permanent = { ...failed, responseCode: null, isPermanent: true };

  expect(afterAttempt(permanent, now)).toEqual({ outcome: "failed", endpointGone: false });
});

it("Retry-After lengthens a wait up to the next step of the schedule and never shortens it", () => {
  const rows = [
    { attempt: 1, retryAfterSeconds: 120, wait: 120 },
    { attempt: 2, retryAfterSeconds: 10, wait: 300 },
    { attempt: 1, retryAfterSeconds: 99_999, wait: 300 },
    { attempt: 6, retryAfterSeconds: 999_999, wait: 86_400 },
  ];
  const found = rows.map(({ attempt, retryAfterSeconds, wait }) => ({
    attempt,
    retryAfterSeconds,
    wait: scheduled(waitSeconds({ attempt, responseCode: 429, retryAfterSeconds }), wait),
  }));
  expect(found).toEqual(rows);
});

it("jitter spreads deliveries that failed together, and is the same for one delivery", () => {
  const ids = Array.from({ length: 200 }, (_, index) => `5f0c7c1e-8a52-4c0e-9e66-${String(index).padStart(12, "0")}`);

  const waits = ids.map((deliveryId) => waitSeconds({ deliveryId }));

  expect(new Set(waits).size).toBeGreaterThan(150);
  expect(ids.map((deliveryId) => waitSeconds({ deliveryId }))).toEqual(waits);
  expect(waits.filter((wait) => scheduled(wait, 60) !== 60)).toEqual([]);
});

it("parseRetryAfter reads seconds and dates, and ignores what is past or unreadable", () => {
  const rows = [
    [null, null],
    ["120", 120],
    [" 0 ", 0],
    ["Tue, 01 Dec 2026 08:01:30 GMT", 90],
    ["Tue, 01 Dec 2026 07:59:00 GMT", null],
    ["soon", null],
    ["-5", null],
    ["99999999999999999999", null],
  ] as const;
  expect(rows.map(([header]) => [header, parseRetryAfter(header, now)])).toEqual(rows);
});
