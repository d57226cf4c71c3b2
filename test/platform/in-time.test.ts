import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { untilTimeout } from "#platform/in-time";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  { ends: "with a result", work: () => Promise.resolve("done") },
  { ends: "with an error", work: () => Promise.reject(new Error("broken")) },
])("work that ends $ends leaves no timer behind, and its signal alone", async ({ work }) => {
  const signals: AbortSignal[] = [];

  await untilTimeout(10_000, (signal) => {
    signals.push(signal);
    return work();
  }).catch(() => undefined);

  expect(vi.getTimerCount()).toBe(0);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});
