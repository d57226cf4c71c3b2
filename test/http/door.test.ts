import { describe, expect, it } from "vitest";
import { PAYMENT_PROVIDERS } from "#domain/board/lifecycle";
import { paymentToStart } from "#payments/payment-to-start";
import { admit } from "../../src/http/door.ts";
import { NO_DATABASE, OPERATOR_HEADERS, testSite } from "./support.ts";

const DEPLOYED = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.test",
  API_ORIGIN: "https://api.chipin.test",
} as const;

const SERVED = { answer: "serve" };
const UNKNOWN = { answer: "unknown_host" };
const notHere = (host: string) => ({ answer: "not_here", host });
const refused = (host: string) => ({ answer: "refuse_http", host });

const asked = (method: string, url: string) => ({ method, url, path: new URL(url).pathname });

describe("admit", () => {
  it("each host serves its own routes, http is never served, and other names are turned away", () => {
    const rows: [method: string, url: string, admission: unknown][] = [
      ["GET", "https://chipin.test/", SERVED],
      ["GET", "https://chipin.test/maya-birthday-8k3m9q2rtw/live", SERVED],
      ["POST", "https://chipin.test/maya-birthday-8k3m9q2rtw/contribute", SERVED],
      ["GET", "https://chipin.test/v1x", SERVED],
      ["GET", "https://chipin.test/health/live", SERVED],
      ["GET", "https://chipin.test/v1/dream-boards", notHere("pages")],
      ["GET", "https://chipin.test/v1", notHere("pages")],
      ["POST", "https://chipin.test/api/webhooks/payfast", notHere("pages")],
      ["GET", "https://chipin.test/internal/payments", notHere("pages")],
      ["GET", "https://chipin.test/docs", notHere("pages")],
      ["GET", "https://chipin.test/llms.txt", notHere("pages")],
      ["GET", "https://api.chipin.test/v1/openapi.json", SERVED],
      ["GET", "https://api.chipin.test/docs", SERVED],
      ["POST", "https://api.chipin.test/api/webhooks/payfast", SERVED],
      ["POST", "https://api.chipin.test/internal/jobs/purge", SERVED],
      ["GET", "https://api.chipin.test/health/ready", SERVED],
      ["GET", "https://api.chipin.test/", notHere("api")],
      ["GET", "https://api.chipin.test/maya-birthday-8k3m9q2rtw", notHere("api")],
      ["POST", "https://api.chipin.test/__local/jobs/purge", notHere("api")],
      ["GET", "http://chipin.test/a?b=c", { answer: "redirect", to: "https://chipin.test/a?b=c" }],
      ["HEAD", "http://chipin.test/v1", { answer: "redirect", to: "https://chipin.test/v1" }],
      ["POST", "http://chipin.test/a/contribute", refused("pages")],
      ["GET", "http://api.chipin.test/v1/dream-boards/x", refused("api")],
      ["POST", "http://api.chipin.test/api/webhooks/payfast", refused("api")],
      ["GET", "http://api.chipin.test/health/live", refused("api")],
      ["GET", "https://chipin.someone.workers.dev/", UNKNOWN],
      ["GET", "http://203.0.113.7/v1", UNKNOWN],
      ["GET", "https://chipin.test:8443/", UNKNOWN],
      ["GET", "https://chipin.test.evil.example/", UNKNOWN],
      ["GET", "https://www.chipin.test/", UNKNOWN],
    ];

    expect(rows.map(([method, url]) => [method, url, admit(DEPLOYED, asked(method, url))])).toEqual(rows);
  });

  it("every address that is handed to a provider is served by its host", () => {
    const attempt = { reference: "kgzy2hv00qft80a9g1dw", slug: "maya-birthday-kgzy2hv00q", amountCents: 20_000 };
    const { services } = testSite(NO_DATABASE, { as: DEPLOYED });
    const openedAt = services.now();
    const answers = PAYMENT_PROVIDERS.map((provider) => {
      const recorded = { ...attempt, attempt: 1, attemptExpiresAt: null, openedAt };
      const { returnUrl, cancelUrl, notifyUrl } = paymentToStart(services, provider, recorded);
      return [asked("GET", returnUrl), asked("GET", cancelUrl), asked("POST", notifyUrl)].map((it) =>
        admit(DEPLOYED, it),
      );
    });

    expect(answers).toEqual(PAYMENT_PROVIDERS.map(() => [SERVED, SERVED, SERVED]));
  });

  it("one origin without an API host serves both over https, and in development everything is served", () => {
    const { API_ORIGIN: _, ...one } = DEPLOYED;
    const local = { ENVIRONMENT: "development", PUBLIC_ORIGIN: "http://127.0.0.1:8787" } as const;

    for (const path of ["/", "/v1/dream-boards", "/internal/jobs", "/api/webhooks/ozow"]) {
      expect(admit({ ...one }, asked("GET", `https://chipin.test${path}`))).toEqual(SERVED);
      expect(admit(local, asked("POST", `http://127.0.0.1:8787${path}`))).toEqual(SERVED);
      expect(admit(local, asked("POST", `http://localhost:8787${path}`))).toEqual(SERVED);
    }
    expect(admit({ ...one }, asked("GET", "http://chipin.test/v1"))).toMatchObject({ answer: "redirect" });
  });
});

describe("the deployed app", () => {
  const site = testSite(NO_DATABASE, { as: DEPLOYED });

  it("what a host does not serve is answered in that host's manner, however the path is spelled", async () => {
    const page = await site.request("https://chipin.test/%76%31/openapi.json");
    const api = await site.request("https://api.chipin.test/maya-birthday-8k3m9q2rtw");
    const unknown = await site.request("https://chipin.someone.workers.dev/");

    expect([page.status, await page.text()]).toEqual([404, expect.stringMatching(/^<!DOCTYPE html>/)]);
    expect([api.status, await api.json()]).toEqual([404, { error: expect.any(Object), meta: expect.any(Object) }]);
    expect([unknown.status, await unknown.text()]).toEqual([421, "ChipIn is not served under this name."]);
  });

  it("http leads to https on the page host and is refused on the API's, which says that the key is no secret any more", async () => {
    site.logged.length = 0;
    const page = await site.request("http://chipin.test/maya-birthday-8k3m9q2rtw?amount=200");
    const form = await site.request("http://chipin.test/maya-birthday-8k3m9q2rtw/contribute", { method: "POST" });
    const api = await site.request("http://api.chipin.test/v1/dream-boards/x", { headers: OPERATOR_HEADERS });

    expect([page.status, page.headers.get("Location")]).toEqual([
      308,
      "https://chipin.test/maya-birthday-8k3m9q2rtw?amount=200",
    ]);
    expect(form.status).toBe(403);
    expect([api.status, await api.json()]).toEqual([
      403,
      { error: { code: "forbidden", message: expect.stringMatching(/https only.*revoked/) }, meta: expect.any(Object) },
    ]);
    expect(api.headers.get("Strict-Transport-Security")).toBeNull();
    expect(site.logged).toMatchObject([
      { event: "turned_away", answer: "redirect", key_sent: false },
      { event: "turned_away", answer: "refuse_http", key_sent: false },
      { event: "turned_away", answer: "refuse_http", key_sent: true },
    ]);
  });

  it("each host serves its own routes and the health routes", async () => {
    const statusOf = async (url: string) => (await site.request(url)).status;

    expect(await statusOf("https://api.chipin.test/v1/openapi.json")).toBe(200);
    expect(await statusOf("https://chipin.test/")).toBe(200);
    expect(await statusOf("https://chipin.test/health/live")).toBe(200);
    expect(await statusOf("https://api.chipin.test/health/live")).toBe(200);
  });
});
