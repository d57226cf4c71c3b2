import { eq, like } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expireApiKeys } from "#accounts/expire-api-keys";
import { idempotencyKeys, mailMessages } from "#database/own-tables";
import { apiKeys, auditLogs, webhookEndpoints } from "#database/schema";
import { parsePublicId } from "#domain/ids";
import { aPartner, startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { takealotBoard } from "../partner-api/bodies.ts";
import { expectRefusal } from "../partner-api/support.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

const READ = "/v1/dream-boards/no-such-birthday-8k3m9q2rtw";
const NOTE = "they asked for it, ticket 4711";
const HOUR_MS = 3_600_000;
const SCOPES = ["dreamboards:read", "dreamboards:write", "webhooks:manage"];

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

let peppers = 0;
/** A site that remembers no key: what an isolate remembers depends on the pepper. */
const freshSite = () => {
  peppers += 1;
  return testSite(database, { settings: { API_KEY_PEPPER: `a pepper for tests of keys ${peppers}` } });
};

let site: TestSite;
beforeEach(() => {
  site = freshSite();
});

const later = (ms: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + ms);
};

async function operate(method: "GET" | "POST", path: string, body?: unknown) {
  const init = { method, headers: OPERATOR_HEADERS, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await site.request(`/internal${path}`, init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function aKey(terms: Record<string, unknown> = {}) {
  const { id: partnerId } = await aPartner(database.db);
  const { status, body } = await operate("POST", `/partners/${partnerId}/api-keys`, {
    environment: "live",
    scopes: SCOPES,
    ...terms,
  });
  expect(status).toBe(201);
  return { partnerId, id: body.id as string, token: body.token as string, prefix: body.prefix as string, body };
}

const call = (token: string, { path = READ, method = "GET", body, headers = {} }: CallOptions = {}) =>
  site.request(path, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
type CallOptions = { path?: string; method?: string; body?: unknown; headers?: Record<string, string> };

/** What the key is good for: 404 for a board that does not exist. */
const statusOf = async (token: string, headers?: Record<string, string>) =>
  (await call(token, headers && { headers })).status;

const rotate = (id: string, body: Record<string, unknown> = {}) =>
  operate("POST", `/api-keys/${id}/rotate`, { note: NOTE, ...body });
const revoke = (id: string, prefix: string) =>
  operate("POST", `/api-keys/${id}/revoke`, { note: NOTE, confirm: prefix });

async function actsOn(id: string) {
  const rows = await database.db
    .select()
    .from(auditLogs)
    .where(eq(auditLogs.targetId, id))
    .orderBy(auditLogs.createdAt);
  return rows.map(({ action, metadata, actorEmail }) => ({ action, metadata, actorEmail }));
}

describe("partners", () => {
  it("the list has each partner once, in pages, and a partner is shown with its keys and its sandbox's, without a token", async () => {
    const { body: partner } = await operate("POST", "/partners", { name: unique("Toy Town") });
    for (const environment of ["live", "test"]) {
      await operate("POST", `/partners/${partner.id}/api-keys`, { environment, scopes: SCOPES });
    }

    const { body: page } = await operate("GET", "/partners");
    const { status, body: shown } = await operate("GET", `/partners/${partner.id}`);

    expect(page.partners).toContainEqual(expect.objectContaining({ id: partner.id, active_keys: 1, sandbox_of: null }));
    expect(page.partners).toContainEqual(expect.objectContaining({ active_keys: 1, sandbox_of: partner.id }));
    const ids = page.partners.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    const { body: rest } = await operate("GET", `/partners?after=${ids[0]}`);
    expect(rest.partners.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1));
    expect(status).toBe(200);
    expect(shown).toMatchObject({ id: partner.id, name: partner.name, boards_per_host: null });
    expect(shown.api_keys.map((key: Record<string, unknown>) => [key.environment, key.status])).toEqual(
      expect.arrayContaining([
        ["live", "active"],
        ["test", "active"],
      ]),
    );
    expect(JSON.stringify(shown)).not.toMatch(/token|key_hash|cpk_(live|test)_\w{4}/);
  });

  it("a partner and a key that do not exist are answered 404, and a page after no id 400", async () => {
    const unknown = "0199b3c4-1234-7abc-8def-0123456789ab";
    const answers = [
      await operate("GET", `/partners/${unknown}`),
      await operate("GET", `/partners/${unknown}/api-keys`),
      await operate("GET", `/api-keys/${unknown}`),
      await operate("GET", "/api-keys/no-key"),
      await rotate(unknown),
      await revoke(unknown, "x"),
      await operate("GET", "/partners?after=yesterday"),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 400]);
  });
});

describe("a new key", () => {
  it("a key has the limits of its tier, or those of a contract", async () => {
    const rows: [Record<string, unknown>, [tier: string, hour: number, minute: number]][] = [
      [{}, ["default", 1_000, 100]],
      [{ tier: "default" }, ["default", 1_000, 100]],
      [{ tier: "partner" }, ["partner", 10_000, 500]],
      [{ rate_limit: 10_000 }, ["partner", 10_000, 500]],
      [{ tier: "enterprise", rate_limit: 60_000 }, ["enterprise", 60_000, 3_000]],
      [{ tier: "enterprise", rate_limit: 60_000, burst_limit: 200 }, ["enterprise", 60_000, 200]],
    ];
    const found: unknown[] = [];
    for (const [terms] of rows) {
      const { body, token } = await aKey(terms);
      const { headers } = await call(token);
      expect(headers.get("RateLimit-Policy")).toBe(
        `"hour";q=${body.rate_limit};w=3600, "burst";q=${body.burst_limit};w=60`,
      );
      found.push([terms, [body.tier, body.rate_limit, body.burst_limit]]);
    }

    expect(found).toEqual(rows);
  });

  it("terms that contradict each other or cannot be read are refused by name", async () => {
    const { id: partnerId } = await aPartner(database.db);
    const rows: [Record<string, unknown>, string][] = [
      [{ tier: "enterprise" }, "rate_limit"],
      [{ tier: "partner", rate_limit: 5_000 }, "tier"],
      [{ tier: "default", burst_limit: 5 }, "tier"],
      [{ tier: "gold" }, "tier"],
      [{ rate_limit: 0 }, "rate_limit"],
      [{ allowed_addresses: ["203.0.113.0/24", "example.com"] }, "allowed_addresses.1"],
      [{ allowed_addresses: Array(101).fill("203.0.113.7") }, "allowed_addresses"],
      [{ expires_at: "tomorrow" }, "expires_at"],
    ];
    const found: unknown[] = [];
    for (const [terms] of rows) {
      const wish = { environment: "live", scopes: SCOPES, ...terms };
      const { body } = await operate("POST", `/partners/${partnerId}/api-keys`, wish);
      found.push([terms, body.error.details[0].field]);
    }

    expect(found).toEqual(rows);
    expect(await database.db.$count(apiKeys, eq(apiKeys.partnerId, partnerId))).toBe(0);
  });

  it("a key shows when it was used last", async () => {
    const { id, token } = await aKey();
    expect((await operate("GET", `/api-keys/${id}`)).body.last_used_at).toBeNull();

    await call(token);
    await site.settled();

    expect((await operate("GET", `/api-keys/${id}`)).body.last_used_at).toBe(site.clock.now.toISOString());
  });
});

describe("addresses of a key", () => {
  const from = (address: string) => ({ "CF-Connecting-IP": address });
  const [OFFICE, HOME] = ["203.0.113.9", "198.51.100.9"];

  it("a key works from the addresses on its list only, and elsewhere is answered 403 at no cost to its partner", async () => {
    const { token } = await aKey({ allowed_addresses: ["203.0.113.0/24", "2001:db8:7::/48"] });

    expect(await statusOf(token, from("2001:db8:7:1::1"))).toBe(404);
    const refused = await call(token, { headers: from(HOME) });
    expect(refused.headers.get("RateLimit")).toBeNull();
    const { message } = await expectRefusal(refused, 403, "forbidden");
    expect(message).toBe("This API key may not be used from 198.51.100.9; ask us to add it.");
    // An address that is not known is not on the list.
    expect(await statusOf(token)).toBe(403);
    const { headers } = await call(token, { headers: from(OFFICE) });
    expect(headers.get("X-RateLimit-Remaining")).toBe("998");
  });

  it("a shorter list is in force at the next request, where the key was verified before, and a longer one within ten seconds", async () => {
    const { id, token } = await aKey();
    expect(await statusOf(token, from(HOME))).toBe(404);

    const change = { allowed_addresses: ["203.0.113.0/24"], note: NOTE };
    const { status, body } = await operate("POST", `/api-keys/${id}/update`, change);

    expect([status, body.allowed_addresses]).toEqual([200, ["203.0.113.0/24"]]);
    expect(await statusOf(token, from(HOME))).toBe(403);
    expect(await statusOf(token, from(OFFICE))).toBe(404);
    await operate("POST", `/api-keys/${id}/update`, { allowed_addresses: [], note: NOTE });
    later(10_000);
    expect(await statusOf(token, from(HOME))).toBe(404);
    expect((await actsOn(id)).map(({ action }) => action)).toEqual([
      "api_key.created",
      "api_key.updated",
      "api_key.updated",
    ]);
  });
});

describe("the end of a key", () => {
  it("an expired key is refused from the very instant on, and a job switches it off", async () => {
    const expiresAt = new Date(site.clock.now.getTime() + HOUR_MS);
    const { id, token, partnerId } = await aKey({ expires_at: expiresAt.toISOString() });
    later(HOUR_MS - 1);
    expect(await statusOf(token)).toBe(404);

    later(1);

    await expectRefusal(await call(token), 401, "unauthorized");
    expect((await operate("GET", `/api-keys/${id}`)).body.status).toBe("expired");
    expect(await Promise.all([1, 2].map(() => expireApiKeys(site.services, site.clock.now)))).toContain(1);
    const [row] = await database.db.select().from(apiKeys).where(eq(apiKeys.partnerId, partnerId));
    expect(row?.isActive).toBe(false);
    expect((await actsOn(id)).map(({ action }) => action)).toEqual(["api_key.created", "api_key.expired"]);
    expect(await expireApiKeys(site.services, site.clock.now)).toBe(0);
  });

  it("an expiry can be set and taken away", async () => {
    const { id, token } = await aKey();
    const update = (expires_at: string | null) => operate("POST", `/api-keys/${id}/update`, { expires_at, note: NOTE });
    await update(new Date(site.clock.now.getTime() + HOUR_MS).toISOString());

    expect((await update(null)).body.expires_at).toBeNull();
    later(2 * HOUR_MS);
    expect(await statusOf(token)).toBe(404);
  });

  it("a revoked key is refused at the next request, read or write, where an isolate had verified it before", async () => {
    const { id, token, prefix } = await aKey();
    expect(await statusOf(token)).toBe(404);

    const { status, body } = await revoke(id, prefix);

    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "revoked", revoked_at: site.clock.now.toISOString() });
    await expectRefusal(await call(token), 401, "unauthorized");
    const write = { path: "/v1/dream-boards", method: "POST", body: takealotBoard };
    await expectRefusal(await call(token, write), 401, "unauthorized");
    expect(await actsOn(id)).toEqual([
      { action: "api_key.created", metadata: {}, actorEmail: OPERATOR },
      { action: "api_key.revoked", metadata: { reason: NOTE }, actorEmail: OPERATOR },
    ]);
  });

  it("of a hundred requests that are under way when a key is revoked none is served afterwards, and the key is looked up once", async () => {
    const { id, token, prefix } = await aKey();
    expect(await statusOf(token)).toBe(404);
    await revoke(id, prefix);
    const before = database.gateway.requests;

    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf(token)));

    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(database.gateway.requests - before).toBeLessThanOrEqual(2);
  });

  it("while the limiter cannot be reached, a revoked key works for less than ten seconds more", async () => {
    const { id, token, prefix } = await aKey();
    expect(await statusOf(token)).toBe(404);
    const { rateLimiter } = site.limiters;
    site.limiters.rateLimiter = () => {
      throw Object.assign(new Error("overloaded"), { overloaded: true });
    };
    await revoke(id, prefix);

    later(4_999);
    expect(await statusOf(token)).toBe(404);
    later(5_001);
    expect(await statusOf(token)).toBe(401);
    site.limiters.rateLimiter = rateLimiter;
  });

  it("revoking needs the key's prefix, and repeated it changes nothing", async () => {
    const { id, token, prefix } = await aKey();

    const unconfirmed = await operate("POST", `/api-keys/${id}/revoke`, { note: NOTE, confirm: "cpk_live_zzz" });
    expect(unconfirmed.body.error.details).toEqual([
      { field: "confirm", reason: `must be the key's prefix: ${prefix}` },
    ]);
    expect(await statusOf(token)).toBe(404);
    const first = await revoke(id, prefix);
    later(HOUR_MS);
    expect(await revoke(id, prefix)).toEqual(first);
    expect((await rotate(id)).body.error.message).toBe("This API key is revoked; create another");
  });
});

describe("rotation", () => {
  const register = async (token: string, url: string) => {
    const body = { url, events: ["pot.funded"], secret: "a secret of theirs" };
    return await call(token, { path: "/v1/webhooks", method: "POST", body });
  };
  const ownerOf = async (url: string) =>
    (await database.db.select().from(webhookEndpoints).where(eq(webhookEndpoints.url, url))).map(
      ({ apiKeyId }) => apiKeyId,
    );

  it("the new key works at once with the old one's terms, and the old one for a day", async () => {
    const old = await aKey({ tier: "partner", allowed_addresses: ["203.0.113.0/24"] });
    const office = { "CF-Connecting-IP": "203.0.113.9" };
    expect(await statusOf(old.token, office)).toBe(404);

    const { status, body } = await rotate(old.id);

    expect(status).toBe(201);
    expect(body).toMatchObject({
      partner_id: old.partnerId,
      environment: "live",
      scopes: SCOPES,
      tier: "partner",
      allowed_addresses: ["203.0.113.0/24"],
      expires_at: null,
      replaces: old.id,
      token: expect.stringMatching(/^cpk_live_[0-9A-Za-z]{32}$/),
    });
    expect((await operate("GET", `/api-keys/${old.id}`)).body).toMatchObject({
      status: "active",
      replaced_by: body.id,
      expires_at: new Date(site.clock.now.getTime() + 24 * HOUR_MS).toISOString(),
    });
    later(24 * HOUR_MS - 1);
    expect([await statusOf(old.token, office), await statusOf(body.token, office)]).toEqual([404, 404]);
    later(1);
    expect([await statusOf(old.token, office), await statusOf(body.token, office)]).toEqual([401, 404]);
    expect(await actsOn(old.id)).toContainEqual({
      action: "api_key.rotated",
      metadata: { replaced_by: body.id, overlap_hours: 24, reason: NOTE },
      actorEmail: OPERATOR,
    });
  });

  it("a test key is replaced by a test key", async () => {
    const old = await aKey({ environment: "test" });

    expect((await rotate(old.id)).body).toMatchObject({
      environment: "test",
      token: expect.stringMatching(/^cpk_test_/),
    });
  });

  it("without an overlap the old key ends at once, and an overlap does not prolong a key that ends before", async () => {
    const [leaked, ending] = [await aKey(), await aKey({ expires_at: "2026-12-01T09:00:00Z" })];
    expect(await statusOf(leaked.token)).toBe(404);

    const { body } = await rotate(leaked.id, { overlap_hours: 0 });
    await rotate(ending.id);

    expect([await statusOf(leaked.token), await statusOf(body.token)]).toEqual([401, 404]);
    expect((await operate("GET", `/api-keys/${ending.id}`)).body.expires_at).toBe("2026-12-01T09:00:00.000Z");
  });

  it("of two operators who rotate a key at once one gets a new key, and the old one cannot be rotated again", async () => {
    const { id, partnerId } = await aKey();

    const answers = await Promise.all([rotate(id), rotate(id)]);

    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await database.db.$count(apiKeys, eq(apiKeys.partnerId, partnerId))).toBe(2);
    const made = answers.find(({ status }) => status === 201)?.body;
    expect((await rotate(id)).body.error.message).toBe(`This API key was replaced by ${made.id}; rotate that one`);
    expect((await rotate(made.id)).status).toBe(201);
  });

  it("an overlap that is too long, or less than none, is refused", async () => {
    const { id } = await aKey();
    const fields = [];
    for (const overlap_hours of [-1, 169, "a day"]) {
      fields.push((await rotate(id, { overlap_hours })).body.error.details[0].field);
    }

    expect(fields).toEqual(["overlap_hours", "overlap_hours", "overlap_hours"]);
  });

  it("endpoints belong to the new key at once, also one that the old key registers during the overlap", async () => {
    const old = await aKey();
    const [one, other] = [`https://${unique("one")}.example.com/`, `https://${unique("other")}.example.com/`];
    expect((await register(old.token, one)).status).toBe(201);
    const { body: next } = await rotate(old.id);
    const newest = (await rotate(next.id)).body;

    expect((await register(old.token, other)).status).toBe(201);
    await expectRefusal(await register(old.token, one), 409, "conflict");

    const id = parsePublicId("apiKey", newest.id);
    expect([await ownerOf(one), await ownerOf(other)]).toEqual([[id], [id]]);
    expect((await operate("GET", `/api-keys/${newest.id}`)).body.active_webhooks).toBe(2);
  });

  const statesOf = async (token: string) => {
    const answer = await call(token, { path: "/v1/webhooks" });
    const { data } = (await answer.json()) as { data: { id: string; status: string; status_reason: string }[] };
    return data.map(({ status, status_reason }) => [status, status_reason]);
  };

  it("endpoints go back to the old key when the new one is revoked during the overlap", async () => {
    const old = await aKey();
    const url = `https://${unique("back")}.example.com/`;
    await register(old.token, url);
    const { body: next } = await rotate(old.id);

    await revoke(next.id, next.prefix);

    expect(await ownerOf(url)).toEqual([parsePublicId("apiKey", old.id)]);
    expect(await statesOf(old.token)).toEqual([["active", "registered"]]);
  });

  it.each(["revoked", "expired"])(
    "endpoints of a key that was %s are disabled with a mail to the partner, and belong to the key that switches them on",
    async (end) => {
      const expires_at = new Date(site.clock.now.getTime() + HOUR_MS).toISOString();
      const ending = await aKey(end === "expired" ? { expires_at } : {});
      const { body: other } = await operate("POST", `/partners/${ending.partnerId}/api-keys`, {
        environment: "live",
        scopes: SCOPES,
      });
      const url = `https://${unique("ending")}.example.com/`;
      const registered = (await (await register(ending.token, url)).json()) as { data: { id: string } };

      if (end === "revoked") await revoke(ending.id, ending.prefix);
      later(HOUR_MS);
      await expireApiKeys(site.services, site.clock.now);

      expect(await statesOf(other.token)).toEqual([["disabled", "key_ended"]]);
      const endpointId = parsePublicId("webhookEndpoint", registered.data.id) ?? "";
      const mails = await database.db.select().from(mailMessages).where(eq(mailMessages.webhookEndpointId, endpointId));
      expect(mails).toMatchObject([{ kind: "webhook_endpoint_disabled", recipient: "partner" }]);
      const path = `/v1/webhooks/${registered.data.id}`;
      const resumed = await call(other.token, { path, method: "PATCH", body: { status: "active" } });
      expect(resumed.status).toBe(200);
      expect(await statesOf(other.token)).toEqual([["active", "resumed"]]);
      expect(await ownerOf(url)).toEqual([parsePublicId("apiKey", other.id)]);
    },
  );

  it("an endpoint that is registered while its key is rotated belongs to the new key, in either order", async () => {
    for (let round = 0; round < 5; round += 1) {
      const old = await aKey();
      const url = `https://${unique("racing")}.example.com/`;
      expect(await statusOf(old.token)).toBe(404);

      const [registered, rotated] = await Promise.all([register(old.token, url), rotate(old.id)]);

      expect([registered.status, rotated.status]).toEqual([201, 201]);
      expect(await ownerOf(url)).toEqual([parsePublicId("apiKey", rotated.body.id)]);
    }
  });

  it("a request that is sent again under its idempotency key with the new key is the same request", async () => {
    const old = await aKey();
    const create = (token: string) =>
      call(token, {
        path: "/v1/dream-boards",
        method: "POST",
        body: takealotBoard,
        headers: { "Idempotency-Key": "order 17" },
      });
    const first = await create(old.token);
    const { body: next } = await rotate(old.id);

    const second = await create(next.token);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    const lineId = parsePublicId("apiKey", old.id) ?? "";
    expect(await database.db.$count(idempotencyKeys, eq(idempotencyKeys.apiKeyId, lineId))).toBe(1);
  });
});

it("no act on a key writes its token anywhere but into the answer", async () => {
  const { id, token, prefix } = await aKey();
  const { body } = await rotate(id);
  await revoke(body.id, body.prefix);
  await revoke(id, prefix);

  const secrets = [token, body.token].map((text: string) => text.slice(12));
  const rows = await database.db.select().from(auditLogs).where(like(auditLogs.action, "api_key.%"));
  const keys = await database.db.select().from(apiKeys);
  for (const secret of secrets) expect(JSON.stringify([rows, keys, site.logged])).not.toContain(secret);
});
