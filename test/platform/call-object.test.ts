import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callObject, isUnreachable } from "#platform/call-object";
import { everyRow } from "../support/every-row.ts";

const failing = (message: string, flags: object = {}) => Object.assign(new Error(message), flags);

/** An object whose stubs answer in turn; the last one goes on. */
function objectWith(...answers: (() => unknown)[]) {
  const calls: number[] = [];
  let stubs = 0;
  const stubOf = () => {
    const number = stubs++;
    return { number, ask: async () => answers[Math.min(number, answers.length - 1)]?.() };
  };
  const ask = (options: { timeoutMs?: number; tries?: number } = {}) =>
    callObject(
      stubOf,
      (stub) => {
        calls.push(stub.number);
        return stub.ask();
      },
      { timeoutMs: 3_000, ...options },
    );
  return { ask, calls };
}
const fail = (error: Error) => () => {
  throw error;
};
const never = () => new Promise(() => {});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function outcome(answer: Promise<unknown>): Promise<unknown> {
  const settled = answer.then(
    (value) => value,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return settled;
}

describe("calling an object", () => {
  it("a call that the runtime broke off is made once more, with a new stub, and no other error is", async () => {
    const rows: [what: string, error: Error, calls: number, isUnreachable: boolean][] = [
      ["a lost connection", failing("Network connection lost.", { retryable: true }), 2, true],
      ["a reset", failing("storage timed out", { durableObjectReset: true }), 2, true],
      ["a deployment", failing("Durable Object reset because its code was updated."), 2, true],
      ["an object that moved", failing("The Durable Object is no longer active."), 2, true],
      ["an overloaded object", failing("too many requests", { overloaded: true, retryable: true }), 1, true],
      ["a bug", failing("x is not a function", { remote: true }), 1, false],
    ];
    await everyRow(rows, async ([, error, times, unreachable]) => {
      const { ask, calls } = objectWith(fail(error));
      const thrown = await outcome(ask());
      expect([thrown, calls, isUnreachable(thrown)]).toEqual([error, [0, 1].slice(0, times), unreachable]);
    });
  });

  it("the second call's answer counts", async () => {
    const { ask } = objectWith(fail(failing("lost", { retryable: true })), () => "answer");

    expect(await outcome(ask())).toBe("answer");
  });

  it("a call without an answer ends when its time is over, and is not repeated afterwards", async () => {
    const { ask, calls } = objectWith(never);
    const thrown = await outcome(ask({ timeoutMs: 1_000 }));

    expect([String(thrown), isUnreachable(thrown), calls]).toEqual(["Timeout: no answer within 1000 ms", true, [0]]);
  });

  it("an object that breaks off after its caller gave up is left alone", async () => {
    const { ask, calls } = objectWith(async () => {
      await new Promise((resolve) => setTimeout(resolve, 950));
      throw failing("lost", { retryable: true });
    });
    await outcome(ask({ timeoutMs: 1_000 }));

    expect(calls).toEqual([0]);
  });
});
