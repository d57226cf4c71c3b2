import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { SCRIPTS, STYLE } from "../../src/http/ui/asset-manifest.ts";
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

describe("every request", () => {
  it("gets an id of ours, whatever the caller sends, and is not cached", async () => {
    const response = await site.request("/health/live", { headers: { "X-Request-Id": "spoofed\tid" } });

    expect(response.headers.get("X-Request-Id")).toMatch(/^req_[0-9a-z]{26}$/);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it("leaves one line in the log: route and board code, never the slug or the query", async () => {
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

  it("names the outcome of a refusal and the pattern of its route", async () => {
    site.logged.length = 0;
    await site.request("/v1/dream-boards/maya-birthday-8k3m9q2rtw/close", { method: "POST" });

    expect(site.logged).toMatchObject([
      { route: "/v1/dream-boards/:id/close", board: "8k3m9q2rtw", status: 401, outcome: "unauthorized" },
    ]);
  });
});

describe("what is not there", () => {
  it.each([
    ["GET", "/v1"],
    ["GET", "/v1/"],
    ["GET", "/v1/nothing"],
    ["GET", "/v1/contribute"],
    ["POST", "/v1/contribute"],
    ["GET", "/api"],
    ["GET", "/api/webhooks"],
    ["DELETE", "/v1/webhooks"],
    ["PUT", "/v1/dream-boards/x"],
    ["GET", "/v1/dream-boards/x/close"],
    ["POST", "/health/live"],
    ["POST", "/__local/nothing"],
  ])("is answered 404 with an envelope: %s %s", async (method, path) => {
    await expectRefusal(await site.request(path, { method }), 404, "not_found");
  });

  it.each(["/no/such/page", "/maya-birthday-8k3m9q2rtw", "/%00", "/%E0%A4%A"])(
    "is a friendly page: %s",
    async (path) => {
      const response = await site.request(path);

      expect(response.status).toBe(404);
      expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(response.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'/);
      expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
      expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
    },
  );

  it("is answered with nothing where providers call", async () => {
    for (const [method, path] of [
      ["GET", "/api/webhooks/payfast"],
      ["POST", "/api/webhooks/nobody"],
      ["POST", "/api/webhooks/payfast/extra"],
      ["POST", "/api/webhooks/"],
    ] as const) {
      const response = await site.request(path, { method });
      expect([response.status, await response.text()]).toEqual([404, ""]);
    }
  });
});

describe("settings that cannot be used", () => {
  const broken = createApp({
    servicesFor: () => {
      throw new Error("DATABASE_URL is missing");
    },
    jobs: { names: [], run: async () => null },
  });
  const waitUntil = (_work: Promise<unknown>) => {};
  const execution = { waitUntil, passThroughOnException() {}, props: {} } as ExecutionContext;

  it.each(["/", "/v1/dream-boards", "/api/webhooks/payfast", "/health/live"])(
    "answer %s with 500 and a sentence that tells no setting",
    async (path) => {
      const alerted = vi.spyOn(console, "error").mockImplementation(() => {});
      const response = await broken.request(path, {}, {}, execution);
      const [line] = alerted.mock.calls.map(([text]) => JSON.parse(String(text)));
      alerted.mockRestore();

      expect(response.status).toBe(500);
      expect(await response.text()).toBe("Something went wrong on our side. Please try again in a moment.");
      expect(line).toMatchObject({ event: "internal_error", request_id: response.headers.get("X-Request-Id") });
    },
  );
});

describe("files of an earlier release", () => {
  it.each([
    { asked: "/assets/site-00000000.css", current: STYLE },
    { asked: "/assets/board-ZZZZZZZZ.js", current: SCRIPTS.board },
    { asked: "/assets/thanks.js", current: SCRIPTS.thanks },
  ])("$asked leads to the file of this release, and the answer is not kept", async ({ asked, current }) => {
    const response = await site.request(asked);

    expect(response.status).toBe(302);
    expect(response.headers.get("Location")).toBe(current);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  it.each([STYLE, "/assets/other-00000000.css", "/assets/site-00000000.js", "/assets/", "/assets/%00"])(
    "%s, which no file of this release answers, is not found",
    async (path) => {
      expect((await site.request(path)).status).toBe(404);
    },
  );
});

describe("bodies above 64 KB", () => {
  const body = "x".repeat(64 * 1024 + 1);
  const streamed = () => ({ body: new Blob([body]).stream(), duplex: "half" }) as RequestInit;

  it.each([
    ["announced", () => ({ body, headers: { "Content-Length": String(body.length) } })],
    ["streamed", streamed],
  ])("are refused by the API: %s", async (_, init) => {
    await expectRefusal(await site.request("/v1/webhooks", { method: "POST", ...init() }), 413, "payload_too_large");
  });

  it("are refused by pages with a page", async () => {
    const response = await site.request("/maya-birthday-8k3m9q2rtw/contribute", { method: "POST", ...streamed() });

    expect(response.status).toBe(413);
    expect(await response.text()).toContain("too much");
  });

  it("are refused to providers, with a line in the log", async () => {
    site.logged.length = 0;
    const response = await site.request("/api/webhooks/payfast", { method: "POST", ...streamed() });

    expect([response.status, await response.text()]).toEqual([413, ""]);
    expect(site.logged).toMatchObject([{ event: "callback", provider: "payfast", outcome: "payload_too_large" }]);
  });
});

describe("GET /health", () => {
  it("is live and ready", async () => {
    expect(await (await site.request("/health/live")).json()).toEqual({ status: "live" });
    const ready = await site.request("/health/ready");

    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: "ready", dependencies: { postgres: "up" } });
  });

  it("names what is away, and stays live", async () => {
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

  it("does not exist outside the local platform", async () => {
    await expectRefusal(await run(site, "count-boards"), 404, "not_found");
  });

  it("runs a job as of an instant, or as of now", async () => {
    const platform = local();
    const then = await run(platform, "count-boards?now=2027-01-01T00:00:00Z");

    expect(await then.json()).toEqual({
      job: "count-boards",
      now: "2027-01-01T00:00:00.000Z",
      result: { ran: "count-boards", at: "2027-01-01T00:00:00.000Z" },
    });
    expect(await (await run(platform, "count-boards")).json()).toHaveProperty("now", platform.clock.now.toISOString());
  });

  it("says which jobs there are, and which instants it can read", async () => {
    const unknown = await expectRefusal(await run(local(), "nothing"), 404, "not_found");
    expect(unknown.message).toContain("count-boards");
    const wrong = await expectRefusal(await run(local(), "count-boards?now=tomorrow"), 400, "validation_error");
    expect(wrong.details).toEqual([{ field: "now", reason: "must be an ISO 8601 instant of this century" }]);
  });
});
