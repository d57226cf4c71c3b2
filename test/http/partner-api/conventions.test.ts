import { afterAll, beforeAll, expect, it } from "vitest";
import { API_VERSION } from "#domain/api-version";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { PUBLIC_ORIGIN, type TestSite, testSite } from "../support.ts";
import { type Contract, operationsOf } from "./contract.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

/** What holds below `/v1` whatever the endpoint. */
let database: TestDatabase;
let site: TestSite;
let caller: Caller;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
  caller = await aCaller(site);
});
afterAll(() => database.stop());

it("GET /v1 names the documentation, the OpenAPI document and the version, without a key", async () => {
  for (const path of ["/v1", "/v1/"]) {
    const response = await site.request(path);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: {
        version: API_VERSION,
        versions: [API_VERSION],
        documentation: `${PUBLIC_ORIGIN}/docs`,
        openapi: `${PUBLIC_ORIGIN}/v1/openapi.json`,
      },
    });
  }
});

it("a known path asked with a method that it has not is answered 405 with the methods it has, without a key", async () => {
  const document = (await (await site.request("/v1/openapi.json")).json()) as Contract;
  const methodsByPath = Map.groupBy(operationsOf(document), ({ path }) => path);
  const missing = [...methodsByPath].flatMap(([path, operations]) => {
    const methods = operations.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])).sort();
    const others = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((it) => !methods.includes(it));
    return others.map((method) => ({ path: path.replace(/\{.+?\}/g, "x"), method, allow: methods.join(", ") }));
  });

  expect(missing.length).toBeGreaterThan(30);
  for (const { path, method, allow } of missing) {
    const response = await site.request(`/v1${path}`, { method });
    expect([method, path, response.status]).toEqual([method, path, 405]);
    expect([method, path, response.headers.get("Allow")]).toEqual([method, path, allow]);
    if (method !== "HEAD") await expectRefusal(response, 405, "method_not_allowed");
  }
});

it("a path that no route has is answered 404 with any method", async () => {
  for (const path of ["/v1/nothing", "/v1/dream-boards/x/y/z", "/v1/dream-boards/", "/v1/openapi.json/x", "/v1//"]) {
    for (const method of ["GET", "POST", "DELETE"]) {
      await expectRefusal(await site.request(path, { method }), 404, "not_found");
    }
  }
});

it("every answer names its version, and a request for a version that there is not is refused", async () => {
  const path = "/v1/payouts/pending";
  const known = await caller.call("GET", path, undefined, { "Chipin-Version": API_VERSION });
  const unknown = await caller.call("GET", path, undefined, { "Chipin-Version": "2020-01-01" });
  const answers = [known, unknown, await caller.get(path), await site.request(path), await site.request("/v1/nothing")];

  expect(answers.map(({ status, headers }) => [status, headers.get("Chipin-Version")])).toEqual([
    [200, API_VERSION],
    [400, API_VERSION],
    [200, API_VERSION],
    [401, API_VERSION],
    [404, API_VERSION],
  ]);
  const { details } = await expectRefusal(unknown, 400, "validation_error");
  expect(details).toEqual([{ field: "Chipin-Version", reason: `must be ${API_VERSION}` }]);
});
