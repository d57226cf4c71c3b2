import { afterEach, expect, it, vi } from "vitest";
import { requestJson } from "#payouts/request-json";
import { ACCOUNT } from "./far-side.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a counterparty's answer must be complete within ten seconds", async () => {
  const clock = new AbortController();
  const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(clock.signal);
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const stream = new ReadableStream({
      start: (controller) => init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason)),
      pull: () => clock.abort(new DOMException("The operation timed out", "TimeoutError")),
    });
    return new Response(stream);
  };

  expect(await requestJson(ACCOUNT, { path: "/x" }, { fetch })).toBeNull();
  expect(timeout.mock.calls).toEqual([[10_000]]);
});

it("a counterparty's answer is read no further than 64 KB, and no redirect is followed", async () => {
  let sent = 0;
  const inits: (RequestInit | undefined)[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    inits.push(init);
    const pull = (controller: ReadableStreamDefaultController) => {
      sent += 1_024;
      controller.enqueue(new Uint8Array(1_024).fill(32));
    };
    return new Response(new ReadableStream({ pull }));
  };

  expect(await requestJson(ACCOUNT, { path: "/x" }, { fetch })).toEqual({ status: 200, answer: null });
  expect(sent).toBeLessThan(100_000);
  expect(inits).toMatchObject([{ method: "GET", redirect: "manual" }]);
});
