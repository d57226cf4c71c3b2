import { expect, it } from "vitest";
import { NO_DATABASE, testSite } from "./support.ts";

const DEPLOYED = {
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: "https://chipin.test",
  API_ORIGIN: "https://api.chipin.test",
} as const;

const site = testSite(NO_DATABASE, { as: DEPLOYED });

it("the API's host serves the documentation as pages, as Markdown and as llms.txt, and the host of the boards does not", async () => {
  const rows = [
    ["/docs", 200, "text/html; charset=utf-8"],
    ["/docs/webhooks", 200, "text/html; charset=utf-8"],
    ["/docs/webhooks.md", 200, "text/markdown; charset=utf-8"],
    ["/docs/reference", 200, "text/html; charset=utf-8"],
    ["/llms.txt", 200, "text/plain; charset=utf-8"],
    ["/docs/no-such-page", 404, "text/html; charset=utf-8"],
    ["/docs/%2e%2e/favicon.svg", 404, "application/json"],
    ["/docs/deeper/page", 404, "application/json"],
  ] as const;

  const found = await Promise.all(
    rows.map(async ([path]) => {
      const answer = await site.request(`https://api.chipin.test${path}`);
      return [path, answer.status, answer.headers.get("Content-Type")];
    }),
  );
  expect(found).toEqual(rows);
  for (const [path] of rows) expect((await site.request(`https://chipin.test${path}`)).status).toBe(404);
});

it("a page of the documentation may run our scripts only, and Redoc may style the reference", async () => {
  const policyOf = async (path: string) =>
    (await site.request(`https://api.chipin.test${path}`)).headers.get("Content-Security-Policy");

  expect(await policyOf("/docs/errors")).toBe(
    "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'",
  );
  expect(await policyOf("/docs/reference")).toBe(
    "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src blob:",
  );
});

it("a page that the browser knows already is answered 304", async () => {
  const first = await site.request("https://api.chipin.test/docs/errors");
  const etag = first.headers.get("ETag") ?? "";
  const again = await site.request("https://api.chipin.test/docs/errors", { headers: { "If-None-Match": etag } });

  expect([first.status, again.status, await again.text()]).toEqual([200, 304, ""]);
});
