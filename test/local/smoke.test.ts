import { serve } from "@hono/node-server";
import { expect, it } from "vitest";
import { smoke } from "../../local/deploy/smoke.ts";
import { startApi } from "../support/api.ts";
import { everyRow } from "../support/every-row.ts";

const { platform, call, partner } = await startApi();
const { worker: origin } = platform;

it("smoke opens a board, sees its page and socket, starts a payment and cancels the board", async () => {
  const lines: string[] = [];

  await smoke({ origin, apiKey: partner.apiKey, print: (line) => lines.push(line) });

  expect(lines.map((line) => line.replace(/:.*/, ""))).toEqual([
    "ok      the API is ready",
    "ok      a board is opened by the API",
    "ok      its page is shown",
    "ok      its socket sends the board",
    "ok      a payment is started",
    "ok      the board is cancelled",
  ]);
  const id = lines[1]?.split(": ")[1];
  const { body } = await call("GET", `/v1/dream-boards/${id}`);
  expect(body.data).toMatchObject({ child_name: "Smoke", status: "cancelled", raised_cents: 0 });
});

it("smoke fails at the first step with a sentence that names the remedy", async () => {
  const stranger = await listen(() => new Response("Hello"));
  const silent = await listen(() => new Promise<Response>(() => {}));
  const nowhere = "http://127.0.0.1:9";
  await everyRow(
    [
      [{ apiKey: `${partner.apiKey}x` }, "a board is opened by the API", /answered 401: set CHIPIN_API_KEY/],
      [{ origin: stranger.origin }, "the API is ready", /is not a ChipIn API: give its origin with --api/],
      [{ origin: nowhere }, "the API is ready", /is the origin right, and does its Worker run/],
      [{ origin: silent.origin, stepMs: 200 }, "the API is ready", /no answer within 0.2 s/],
      [{ origin: "https://127.0.0.1:9", api: origin }, "its page is shown", /is the origin right/],
    ] as const,
    async ([change, step, sentence]) => {
      const lines: string[] = [];
      const run = smoke({ origin, apiKey: partner.apiKey, ...change, print: (line) => lines.push(line) });
      await expect(run).rejects.toThrow(sentence);
      expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([`FAILED  ${step}`]);
      // A board that was opened is cancelled all the same.
      const opened = lines.some((line) => line.startsWith("ok      a board is opened"));
      expect(lines.some((line) => line.startsWith("ok      the board is cancelled"))).toBe(opened);
    },
  );
  stranger.stop();
  silent.stop();
});

it("smoke sends the override of the version with every request", async () => {
  const asked: (string | null)[] = [];
  const proxy = await listen(async (request) => {
    asked.push(request.headers.get("cloudflare-workers-version-overrides"));
    const { pathname } = new URL(request.url);
    return await fetch(`${origin}${pathname}`, {
      method: request.method,
      headers: request.headers,
      body: request.method === "GET" ? null : await request.text(),
    });
  });

  const run = smoke({
    origin: proxy.origin,
    apiKey: "none",
    version: { worker: "chipin", id: "v-1" },
    print: () => {},
  });

  await expect(run).rejects.toThrow(/401/);
  expect(asked).toEqual(['chipin="v-1"', 'chipin="v-1"']);
  proxy.stop();
});

async function listen(fetch: (request: Request) => Response | Promise<Response>) {
  return await new Promise<{ origin: string; stop(): void }>((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({
        origin: `http://127.0.0.1:${port}`,
        stop: () => {
          if ("closeAllConnections" in server) server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
}
