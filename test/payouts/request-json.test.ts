import { expect, it } from "vitest";
import { requestJson } from "#payouts/request-json";
import { neverEnding, patienceOf } from "../support/patience.ts";
import { ACCOUNT } from "./far-side.ts";

it("a counterparty's answer must be complete within ten seconds", async () => {
  const waiting = patienceOf(() => requestJson(ACCOUNT, { path: "/x" }, { fetch: neverEnding }));

  expect(await waiting).toEqual({ seconds: 10, came: { status: "fulfilled", value: null } });
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
