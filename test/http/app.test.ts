import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { SCRIPTS } from "../../src/http/ui/asset-manifest.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { expectRefusal } from "./partner-api/support.ts";
import { type TestSite, testSite } from "./support.ts";

let database: TestDatabase;
let site: TestSite;

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());
afterEach(() => database.gateway.resume());

describe("requests", () => {
  it("a response has a generated request id, whatever id the caller sends, and is not cached", async () => {
    const response = await site.request("/health/live", { headers: { "X-Request-Id": "spoofed\tid" } });

    expect(response.headers.get("X-Request-Id")).toMatch(/^req_[0-9a-z]{26}$/);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it("a request writes one log line with route and board code, without slug and query", async () => {
    site.logged.length = 0;
    const response = await site.request("/maya-birthday-8k3m9q2rtw?name=Thandi");

    expect(site.logged).toEqual([
      {
        event: "request",
        request_id: response.headers.get("X-Request-Id"),
        method: "GET",
        route: "/:slug",
        board: "8k3m9q2rtw",
        status: 404,
        outcome: "ok",
        duration_ms: expect.any(Number),
      },
    ]);
  });

  it("the log line of a refused request has its outcome and the pattern of its route", async () => {
    site.logged.length = 0;
    await site.request("/v1/dream-boards/maya-birthday-8k3m9q2rtw/close", { method: "POST" });

    expect(site.logged).toMatchObject([
      { route: "/v1/dream-boards/:id/close", board: "8k3m9q2rtw", status: 401, outcome: "unauthorized" },
    ]);
  });
});

describe("unknown paths", () => {
  it.each([
    ["GET", "/v1/nothing"],
    ["GET", "/v1/contribute"],
    ["POST", "/v1/contribute"],
    ["GET", "/api"],
    ["GET", "/api/webhooks"],
    ["POST", "/health/live"],
    ["POST", "/__local/nothing"],
  ])("%s %s is answered 404 with the error envelope", async (method, path) => {
    await expectRefusal(await site.request(path, { method }), 404, "not_found");
  });

  it.each(["/no/such/page", "/maya-birthday-8k3m9q2rtw", "/%00", "/%E0%A4%A"])(
    "the path %s is answered 404 with a page",
    async (path) => {
      const response = await site.request(path);

      expect(response.status).toBe(404);
      expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(response.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'/);
      expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
      expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
    },
  );

  it("a callback request with an unknown path or method is answered 404 without a body", async () => {
    for (const [method, path] of [
      ["GET", "/api/webhooks/payfast"],
      ["POST", "/api/webhooks/unknown"],
      ["POST", "/api/webhooks/payfast/extra"],
      ["POST", "/api/webhooks/"],
    ] as const) {
      const response = await site.request(path, { method });
      expect([response.status, await response.text()]).toEqual([404, ""]);
    }
  });
});

describe("unusable settings", () => {
  const broken = createApp({
    servicesFor: () => {
      throw new Error("DATABASE_URL is missing");
    },
    jobs: { names: [], run: async () => null, expected: () => [] },
  });
  const waitUntil = (_work: Promise<unknown>) => {};
  const execution = { waitUntil, passThroughOnException() {}, props: {} } as ExecutionContext;

  it.each(["/", "/v1/dream-boards", "/api/webhooks/payfast", "/health/live"])(
    "unusable settings make %s answer 500 with a text that names no setting",
    async (path) => {
      // An alert that repeats another within a minute is a plain line.
      const spies = (["error", "log"] as const).map((to) => vi.spyOn(console, to).mockImplementation(() => {}));
      const response = await broken.request(path, {}, {}, execution);
      const [line] = spies.flatMap(({ mock }) => mock.calls.map(([text]) => JSON.parse(String(text))));
      for (const spy of spies) spy.mockRestore();

      expect(response.status).toBe(500);
      expect(await response.text()).toBe("Something went wrong on our side. Please try again in a moment.");
      expect(line).toMatchObject({ event: "internal_error", request_id: response.headers.get("X-Request-Id") });
    },
  );
});

describe("assets of an earlier release", () => {
  it.each([
    { requested: "/assets/contribute-00000000.js", current: SCRIPTS.contribute },
    { requested: "/assets/board-ZZZZZZZZ.js", current: SCRIPTS.board },
    { requested: "/assets/thanks.js", current: SCRIPTS.thanks },
  ])("$requested redirects to the current file, and the redirect is not cached", async ({ requested, current }) => {
    const response = await site.request(requested);

    expect(response.status).toBe(302);
    expect(response.headers.get("Location")).toBe(current);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it.each([SCRIPTS.board, "/assets/other-00000000.js", "/assets/board-00000000.css", "/assets/", "/assets/%00"])(
    "the asset path %s is answered 404",
    async (path) => {
      expect((await site.request(path)).status).toBe(404);
    },
  );
});

describe("bodies above 64 KB", () => {
  const body = "x".repeat(64 * 1024 + 1);
  const streamed = () => ({ body: new Blob([body]).stream(), duplex: "half" }) as RequestInit;

  it.each([
    ["with a Content-Length", () => ({ body, headers: { "Content-Length": String(body.length) } })],
    ["sent as a stream", streamed],
  ])("the API answers 413 to a body above 64 KB %s", async (_, init) => {
    await expectRefusal(await site.request("/v1/webhooks", { method: "POST", ...init() }), 413, "payload_too_large");
  });

  it.each(["maya-birthday-8k3m9q2rtw", "constructor"])(
    "the page route of %s answers 413 with a page to a body above 64 KB",
    async (slug) => {
      const response = await site.request(`/${slug}/contribute`, { method: "POST", ...streamed() });

      expect(response.status).toBe(413);
      expect(await response.text()).toContain("too much");
    },
  );
});

describe("health routes", () => {
  it("the health routes report live and ready", async () => {
    expect(await (await site.request("/health/live")).json()).toEqual({ status: "live" });
    const ready = await site.request("/health/ready");

    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: "ready", dependencies: { postgres: "up" } });
  });

  it("while Postgres is away /health/ready answers 503 naming it, and /health/live answers 200", async () => {
    database.gateway.pause();
    const ready = await site.request("/health/ready");

    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: "not_ready", dependencies: { postgres: "away" } });
    expect((await site.request("/health/live")).status).toBe(200);
  });
});

describe("POST /__local/jobs/{name}", () => {
  const local = () => testSite(database, { settings: { LOCAL_PLATFORM: "1" } });
  const run = (at: TestSite, path: string) => at.request(`/__local/jobs/${path}`, { method: "POST" });

  it("the local job route is answered 404 outside the local platform", async () => {
    await expectRefusal(await run(site, "count-boards"), 404, "not_found");
  });

  it("the local job route runs a job as of a given instant, or as of now", async () => {
    const platform = local();
    const then = await run(platform, "count-boards?now=2027-01-01T00:00:00Z");

    expect(await then.json()).toEqual({
      job: "count-boards",
      now: "2027-01-01T00:00:00.000Z",
      result: { ran: "count-boards", at: "2027-01-01T00:00:00.000Z" },
    });
    expect(await (await run(platform, "count-boards")).json()).toHaveProperty("now", platform.clock.now.toISOString());
  });

  it("a refusal of the local job route names the known jobs or the accepted instants", async () => {
    const unknown = await expectRefusal(await run(local(), "nothing"), 404, "not_found");
    expect(unknown.message).toContain("count-boards");
    const wrong = await expectRefusal(await run(local(), "count-boards?now=tomorrow"), 400, "validation_error");
    expect(wrong.details).toEqual([{ field: "now", reason: "must be an ISO 8601 instant of this century" }]);
  });
});
