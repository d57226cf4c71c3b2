import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forgetVerifications } from "#accounts/api-quota";
import { apiKeys, auditLogs } from "#database/schema";
import { limiterName } from "#rate-limits/limiter-name";
import { RAISED_LIMITS } from "../../../local/seed.ts";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { countHops } from "../object-hops.ts";
import { OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";
import { takealotBoard } from "./bodies.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

const READ = "/v1/dream-boards/no-such-birthday-8k3m9q2rtw";
const MINUTE_MS = 60_000;
const later = (ms: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + ms);
};

function quotaOf({ headers, status }: Response) {
  const number = (name: string) => Number(headers.get(`X-RateLimit-${name}`));
  return {
    status,
    limit: number("Limit"),
    remaining: number("Remaining"),
    reset: number("Reset"),
    retryAfter: headers.get("Retry-After"),
  };
}

async function setLimits(caller: Caller, limits: Record<string, number>): Promise<void> {
  const body = JSON.stringify({ ...limits, note: "their contract" });
  const path = `/internal/partners/${caller.partnerId}/limits`;
  const answer = await site.request(path, { method: "POST", body, headers: OPERATOR_HEADERS });
  expect(answer.status).toBe(200);
}

describe("the quota of a partner", () => {
  it("a partner that calls without pause is served as often as a minute allows, and then told when to come again", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    const hour = Date.parse("2026-12-01T09:00:00Z") / 1_000;

    expect(quotaOf(await caller.get(READ))).toEqual({
      status: 404,
      limit: 1_000,
      remaining: 999,
      reset: hour,
      retryAfter: null,
    });
    const answers = await Promise.all(Array.from({ length: 150 }, () => caller.get(READ)));
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(99);

    const refused = await caller.get(READ);
    expect(quotaOf(refused)).toEqual({
      status: 429,
      limit: 100,
      remaining: 0,
      reset: Math.ceil(site.clock.now.getTime() / 1_000) + 61,
      retryAfter: "61",
    });
    const { message } = await expectRefusal(refused, 429, "rate_limited");
    expect(message).toBe(
      "Your partner account may make 100 requests a minute; try again in 61 seconds, or ask us for more.",
    );

    later(61_000);
    // What was refused has cost nothing: 100 of the hour are used.
    expect(quotaOf(await caller.get(READ))).toMatchObject({ status: 404, limit: 1_000, remaining: 899 });
  });

  it("a partner gets its hourly requests and no more, over all its keys, until the next hour", async () => {
    const one = await aCaller(site, { limits: "usual" });
    const other = await aCaller(site, { limits: "usual", partnerId: one.partnerId });
    await setLimits(one, { rate_limit: 150 });
    site.clock.now = new Date("2026-12-01T10:00:00Z");
    const reset = Date.parse("2026-12-01T11:00:00Z") / 1_000;
    for (let nth = 0; nth < 75; nth += 1) await one.get(READ);
    later(2 * MINUTE_MS);
    for (let nth = 0; nth < 75; nth += 1) await other.get(READ);
    later(2 * MINUTE_MS);

    for (const caller of [one, other]) {
      const refused = await caller.get(READ);

      expect(quotaOf(refused)).toEqual({ status: 429, limit: 150, remaining: 0, reset, retryAfter: String(56 * 60) });
      const { message } = await expectRefusal(refused, 429, "rate_limited");
      expect(message).toContain("may make 150 requests an hour");
    }

    later(56 * MINUTE_MS);
    expect(quotaOf(await one.get(READ))).toMatchObject({ status: 404, remaining: 149 });
  });

  it("one partner's flood does not touch another partner", async () => {
    const [flooding, quiet] = [await aCaller(site, { limits: "usual" }), await aCaller(site, { limits: "usual" })];
    await Promise.all(Array.from({ length: 120 }, () => flooding.get(READ)));

    expect((await flooding.get(READ)).status).toBe(429);
    expect(quotaOf(await quiet.get(READ))).toMatchObject({ status: 404, remaining: 999 });
  });

  it("each answer to a known key has the quota's headers, also when it refuses scope, body, size or address", async () => {
    const caller = await aCaller(site, { limits: "usual", scopes: ["dreamboards:write"] });

    expect(quotaOf(await caller.get(READ))).toMatchObject({ status: 403, remaining: 999 });
    expect(quotaOf(await caller.post("/v1/dream-boards", {}))).toMatchObject({ status: 400, remaining: 998 });
    const large = { message: "x".repeat(70_000) };
    expect(quotaOf(await caller.post("/v1/dream-boards", large))).toMatchObject({ status: 413, remaining: 997 });
    expect(quotaOf(await caller.get("/v1/no-such-thing"))).toMatchObject({ status: 404, remaining: 996 });
    expect(quotaOf(await caller.post("/v1/no-such-thing", {}))).toMatchObject({ status: 404, remaining: 995 });
  });

  it("the draft headers say how both limits stand, before and after a refusal", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    site.clock.now = new Date("2026-12-01T12:59:30.200Z");
    const shown = ({ headers }: Response) => [headers.get("RateLimit-Policy"), headers.get("RateLimit")];
    const policy = '"hour";q=1000;w=3600, "burst";q=100;w=60';

    expect(shown(await caller.get(READ))).toEqual([policy, '"hour";r=999;t=30, "burst";r=99;t=61']);
    await Promise.all(Array.from({ length: 99 }, () => caller.get(READ)));
    expect(shown(await caller.get(READ))).toEqual([policy, '"hour";r=900;t=30, "burst";r=0;t=61']);
  });

  it("a flood leaves one audit row for each key and hour", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    await Promise.all(Array.from({ length: 110 }, () => caller.get(READ)));
    await site.settled();

    const rows = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, caller.partnerId));

    expect(rows).toMatchObject([{ action: "partner.quota_refused", metadata: { api_key_id: caller.apiKeyId } }]);
  });

  it("a read asks board and limiter side by side, a write and what follows a refusal ask the limiter first", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    const asked = async (method: string, path: string, body?: unknown) => {
      const { objects } = site.services;
      const counted = countHops(objects);
      Object.assign(site.services, { objects: counted.objects });
      const { status } = await caller.call(method, path, body);
      Object.assign(site.services, { objects });
      return { status, calls: counted.calls };
    };
    await caller.get(READ);

    expect(await asked("GET", READ)).toEqual({ status: 404, calls: ["1 limiter.take", "1 board.read"] });
    expect(await asked("PATCH", READ, { message: "Hello" })).toMatchObject({
      status: 404,
      calls: ["1 limiter.take", expect.stringMatching(/^2 board/)],
    });
    await Promise.all(Array.from({ length: 120 }, () => caller.get(READ)));
    expect(await asked("GET", READ)).toEqual({ status: 429, calls: ["1 limiter.take"] });
    later(61_000);
    expect(await asked("GET", READ)).toEqual({ status: 404, calls: ["1 limiter.take", "1 board.read"] });
  });

  it("of many requests a second few ask the limiter, each answer's quota is one less, and none is lost", async () => {
    const caller = await aCaller(site);
    const counted = countHops(site.services.objects);
    const { objects } = site.services;
    Object.assign(site.services, { objects: counted.objects });
    const remaining: number[] = [];
    for (let nth = 0; nth < 300; nth += 1) remaining.push(quotaOf(await caller.get(READ)).remaining);
    Object.assign(site.services, { objects });

    expect(remaining).toEqual(Array.from({ length: 300 }, (_, nth) => RAISED_LIMITS.rateLimit - 1 - nth));
    expect(counted.calls.filter((call) => call.endsWith("limiter.take")).length).toBeLessThan(40);
    // What is left of the lease is given back after the answers.
    await site.settled();
    later(2_000);
    expect(quotaOf(await caller.get(READ)).remaining).toBe(RAISED_LIMITS.rateLimit - 301);
  });

  it("a key that is revoked by another isolate amid many requests a second is refused at its next write, and its reads within a second", async () => {
    const caller = await aCaller(site);
    for (let nth = 0; nth < 30; nth += 1) await caller.get(READ);
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, caller.apiKeyId));
    const name = limiterName(site.services.settings, `partner:${caller.partnerId}`);
    await site.limiters.rateLimiter(name).noteKeyChange(caller.apiKeyId, site.clock.now);
    expect((await caller.get(READ)).status).toBe(404);
    expect((await caller.call("PATCH", READ, { message: "Hello" })).status).toBe(401);

    later(1_000);

    expect((await caller.get(READ)).status).toBe(401);
  });

  it("a key that is revoked by this isolate amid many requests a second is refused at the next one", async () => {
    const caller = await aCaller(site);
    for (let nth = 0; nth < 30; nth += 1) await caller.get(READ);
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, caller.apiKeyId));
    await forgetVerifications(site.services, { id: caller.apiKeyId, partnerId: caller.partnerId });

    expect((await caller.get(READ)).status).toBe(401);
  });

  it("while no limiter can be reached, partners are served, without the quota's headers", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    const { rateLimiter } = site.limiters;
    site.limiters.rateLimiter = () => {
      throw Object.assign(new Error("overloaded"), { overloaded: true });
    };
    try {
      const answer = await caller.get(READ);

      expect(answer.status).toBe(404);
      expect(answer.headers.get("X-RateLimit-Limit")).toBeNull();
    } finally {
      site.limiters.rateLimiter = rateLimiter;
    }
  });
});

describe("requests without a usable key", () => {
  const LIMIT = 1_000;
  let networks = 0;
  /** A /64 that no other test uses. */
  const aNetwork = () => {
    networks += 1;
    return (host: number) => ({ "CF-Connecting-IP": `2001:db8:${networks}:7::${host.toString(16)}` });
  };
  const nth = (n: number) => `cpk_live_${String(n).padStart(32, "0")}`;

  it("a network makes a thousand requests an hour with no key or a malformed one, counted exactly, and none with a query", async () => {
    const from = aNetwork();
    site.clock.now = new Date("2026-12-01T13:30:00Z");
    await site.settled();
    const before = database.gateway.requests;
    const ask = (n: number) => {
      const authorization = n % 2 === 0 && { Authorization: "Bearer cpk_live_short" };
      return site.request(READ, { headers: { ...from(n), ...authorization } });
    };

    const answers = await Promise.all(Array.from({ length: LIMIT + 200 }, (_, n) => ask(n)));

    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(401), count(429)]).toEqual([LIMIT, 200]);
    expect(answers[0]?.headers.get("RateLimit")).toBeNull();
    await site.settled();
    // The audit row of the network.
    expect(database.gateway.requests - before).toBe(1);
    const refused = await ask(1);
    expect(refused.headers.get("Retry-After")).toBe("1800");
    const { message } = await expectRefusal(refused, 429, "rate_limited");
    expect(message).toBe(
      "Your network has made 1000 requests without a valid API key within this hour; try again in 1800 seconds.",
    );
    expect((await site.request("/v1/openapi.json", { headers: from(1) })).status).toBe(429);
    expect((await site.request(READ, { headers: aNetwork()(1) })).status).toBe(401);
    later(30 * MINUTE_MS);
    expect((await ask(1)).status).toBe(401);
  });

  it("an unknown key in the right form counts, and beyond the limit costs no query; a key that is known goes on", async () => {
    const from = aNetwork();
    const caller = await aCaller(site);
    site.clock.now = new Date("2026-12-01T15:00:00Z");
    expect((await caller.call("GET", READ, undefined, from(1))).status).toBe(404);
    await site.settled();
    for (let n = 1; n < LIMIT; n += 1) await site.request(READ, { headers: from(n) });
    const unknown = (n: number) => site.request(READ, { headers: { ...from(n), Authorization: `Bearer ${nth(n)}` } });

    expect((await unknown(1)).status).toBe(401);
    await site.settled();
    const before = database.gateway.requests;
    expect((await unknown(2)).status).toBe(429);
    await site.settled();
    // The audit row of the network.
    expect(database.gateway.requests - before).toBe(1);
    expect((await caller.call("GET", READ, undefined, from(1))).status).toBe(404);
  });
});

describe("boards for one parent", () => {
  const board = (payout_email: string) => ({ ...takealotBoard, payout_email });
  const anEmail = () => `${unique("parent")}@example.com`;
  const open = (caller: Caller, email: string, headers?: Record<string, string>) =>
    caller.post("/v1/dream-boards", board(email), headers);

  it("a stranger who is sent board after board gets five mails an hour from one partner, in any spelling", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    const email = anEmail();
    const spellings = [email, email.toUpperCase(), email.replace("@", "+toys@"), email.replace("@", "+2+3@")];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => open(caller, spellings[nth % 4] ?? email)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);

    const refused = await open(caller, email);
    expect(refused.headers.get("Retry-After")).toBe("3600");
    const error = await expectRefusal(refused, 429, "rate_limited");
    expect(error).toEqual({
      code: "rate_limited",
      message: "For one parent you may open 5 boards within an hour; try again in 60 minutes.",
      details: [{ field: "payout_email", reason: "has had many boards within the last hour" }],
    });
    expect((await open(caller, anEmail())).status).toBe(201);

    later(60 * MINUTE_MS);
    expect((await open(caller, email)).status).toBe(201);
  });

  it("several partners together open ten boards an hour for one parent", async () => {
    const email = anEmail();
    const partners = await Promise.all(Array.from({ length: 3 }, () => aCaller(site, { limits: "usual" })));
    const statuses: number[] = [];
    for (const partner of partners) {
      for (let nth = 0; nth < 4; nth += 1) statuses.push((await open(partner, email)).status);
    }

    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 201), 429, 429]);
  });

  it("a request that is sent again under its idempotency key counts once", async () => {
    const caller = await aCaller(site, { limits: "usual" });
    const email = anEmail();
    for (let nth = 0; nth < 8; nth += 1) {
      expect((await open(caller, email, { "Idempotency-Key": "one order" })).status).toBe(201);
    }

    expect((await open(caller, email)).status).toBe(201);
  });

  it("an operator raises a partner's limit, which is in the audit log, and its boards do not count with the others'", async () => {
    const [shop, other] = [await aCaller(site, { limits: "usual" }), await aCaller(site, { limits: "usual" })];
    const email = anEmail();
    await setLimits(shop, { boards_per_host: 12 });

    for (let nth = 0; nth < 12; nth += 1) expect((await open(shop, email)).status).toBe(201);
    const { message } = await expectRefusal(await open(shop, email), 429, "rate_limited");
    expect(message).toContain("12 boards");
    expect((await open(other, email)).status).toBe(201);
    const rows = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, shop.partnerId));
    expect(rows).toMatchObject([
      { actorType: "admin", action: "partner.limits_set", metadata: { boards_per_host: 12, reason: "their contract" } },
    ]);
  });

  it("limits that say nothing, or that are too high, are refused by name", async () => {
    const { partnerId } = await aCaller(site);
    const rows = [
      [{ note: "their contract" }, "body"],
      [{ boards_per_host: 0, note: "their contract" }, "boards_per_host"],
      [{ rate_limit: 1_000_001, note: "their contract" }, "rate_limit"],
      [{ rate_limit: 5 }, "note"],
    ] as const;
    for (const [body, field] of rows) {
      const init = { method: "POST", body: JSON.stringify(body), headers: OPERATOR_HEADERS };
      const answer = await site.request(`/internal/partners/${partnerId}/limits`, init);
      const error = await expectRefusal(answer, 400, "validation_error");
      expect(error.details?.map((detail) => detail.field)).toEqual([field]);
    }
  });
});
