import { afterAll, beforeAll, expect, it } from "vitest";
import { mintToken } from "#accounts/api-key-token";
import { issueApiKey } from "#accounts/issue-api-key";
import { getApiKey } from "#accounts/known-keys";
import { revokeApiKey } from "#accounts/revoke-api-key";
import { SCOPES } from "#accounts/scopes";
import { aPartner, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";

type Route = { method: string; path: string };

let database: TestDatabase;
let site: TestSite;
/** Every route of the document that needs a key. */
let routes: Route[];

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
  const document = (await (await site.request("/v1/openapi.json")).json()) as {
    paths: Record<string, Record<string, { security?: unknown[] }>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) =>
      security ? [{ method: method.toUpperCase(), path: `/v1${path.replaceAll(/\{\w+\}/g, "x")}` }] : [],
    ),
  );
  expect(routes.length).toBeGreaterThan(5);
});
afterAll(() => database.stop());

const FROM = { "CF-Connecting-IP": "203.0.113.9" };

async function aKey(terms: Partial<Parameters<typeof issueApiKey>[2]> = {}) {
  const { id: partnerId } = await aPartner(database.db);
  return await issueApiKey(site.services, partnerId, { environment: "live", scopes: SCOPES, ...terms });
}

/** What each route answers: its status, its code, and what the headers say of the quota. The body is never read. */
async function answersOf(headers: Record<string, string>) {
  const answers = [];
  for (const { method, path } of routes) {
    const init = { method, headers: { "Content-Type": "application/json", ...FROM, ...headers } };
    const answer = await site.request(path, { ...init, ...(method !== "GET" && { body: "{" }) });
    const { error, meta } = (await answer.json()) as { error: { code: string }; meta: { request_id: string } };
    expect(meta.request_id).toBe(answer.headers.get("X-Request-Id"));
    answers.push({ method, path, status: answer.status, code: error.code, headers: answer.headers });
  }
  return answers;
}

type Answers = Awaited<ReturnType<typeof answersOf>>;
const inShort = (answers: Answers, headers: readonly string[]) =>
  answers.map(({ method, path, status, code, headers: sent }) => [
    `${method} ${path}`,
    status,
    code,
    headers.filter((name) => sent.has(name)),
  ]);
const QUOTA = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Policy", "RateLimit"];
const SHOWN = [...QUOTA, "Retry-After", "WWW-Authenticate"];
const everyRoute = (status: number, code: string, headers: readonly string[]) =>
  routes.map(({ method, path }) => [`${method} ${path}`, status, code, headers]);

it("no route takes a key that is missing, malformed, unknown, revoked or expired", async () => {
  const [revoked, expired] = [await aKey(), await aKey({ expiresAt: site.clock.now })];
  await revokeApiKey(site.services, await getApiKey(site.services, revoked.id), "it leaked");
  for (const headers of [
    {},
    { Authorization: "Bearer" },
    { Authorization: "Bearer cpk_live_short" },
    { Authorization: `Bearer ${"x".repeat(10_000)}` },
    { Authorization: "Bearer ' OR 1=1 --" },
    { Authorization: "Basic dXNlcjpwYXNz" },
    { Authorization: `Basic ${mintToken("live")}` },
    { "X-Api-Key": mintToken("live") },
    { Authorization: `Bearer ${mintToken("live")}` },
    { Authorization: `Bearer ${revoked.token}` },
    { Authorization: `Bearer ${expired.token}` },
  ]) {
    const answers = await answersOf(headers as Record<string, string>);

    expect(inShort(answers, SHOWN)).toEqual(everyRoute(401, "unauthorized", ["WWW-Authenticate"]));
  }
});

it("no route takes a key without its scope, which costs a request, or from an address that is not the key's, which costs none", async () => {
  const [scopeless, elsewhere] = [await aKey({ scopes: [] }), await aKey({ allowedAddresses: ["198.51.100.0/24"] })];

  const unscoped = await answersOf({ Authorization: `Bearer ${scopeless.token}` });
  const foreign = await answersOf({ Authorization: `Bearer ${elsewhere.token}` });

  expect(inShort(unscoped, SHOWN)).toEqual(everyRoute(403, "forbidden", QUOTA));
  expect(unscoped.at(-1)?.headers.get("X-RateLimit-Remaining")).toBe(String(1_000 - routes.length));
  expect(inShort(foreign, SHOWN)).toEqual(everyRoute(403, "forbidden", []));
});

it("every route is closed to a partner that has used up its hour, and says when to come again", async () => {
  const { token } = await aKey({ rateLimit: 1 });
  const authorization = { Authorization: `Bearer ${token}` };
  await site.request("/v1/dream-boards/no-such-birthday-8k3m9q2rtw", { headers: authorization });

  const answers = await answersOf(authorization);

  expect(inShort(answers, SHOWN)).toEqual(everyRoute(429, "rate_limited", [...QUOTA, "Retry-After"]));
  expect(answers.map(({ headers }) => headers.get("RateLimit"))).toEqual(
    routes.map(() => '"hour";r=0;t=3600, "burst";r=99;t=61'),
  );
});
