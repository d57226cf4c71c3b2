import { getRounds } from "bcryptjs";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "#accounts/api-key-token";
import { createApiKey } from "#accounts/api-keys";
import { DECOY_HASH, verifyApiKey } from "#accounts/verify-api-key";
import { verifiedApiKeys } from "#database/own-tables";
import { apiKeys } from "#database/schema";
import { type TestSite, testSite } from "../http/support.ts";
import { aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

async function aKey(values: Partial<Parameters<typeof createApiKey>[1]> = {}) {
  const { id: partnerId, name: partnerName } = await aPartner(database.db);
  const scopes = ["dreamboards:read", "webhooks:manage"] as const;
  return await createApiKey(database.db, { environment: "live", partnerId, partnerName, scopes, ...values });
}

let peppers = 0;
/** A site with an empty cache, as in another isolate, because the cache depends on the pepper. */
function freshSite(): TestSite {
  peppers += 1;
  return testSite(database, { settings: { API_KEY_PEPPER: `a pepper for tests only ${peppers}` } });
}

const NETWORK = "203.0.113.7";
const verify = (site: TestSite, token: string) => verifyApiKey(site.services, token, NETWORK);
const later = (site: TestSite, ms: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + ms);
};
const verifiedRows = (apiKeyId: string) =>
  database.db.select().from(verifiedApiKeys).where(eq(verifiedApiKeys.apiKeyId, apiKeyId));

describe("createApiKey", () => {
  it("createApiKey stores a bcrypt hash and a prefix, never the token", async () => {
    const { token, row } = await aKey({ environment: "test", rateLimit: 50 });

    expect(token).toMatch(/^cpk_test_/);
    expect(row.keyPrefix).toBe(token.slice(0, 12));
    expect(row.keyHash).toMatch(/^\$2b\$10\$/);
    expect(JSON.stringify(row)).not.toContain(token.slice(12));
    expect(row).toMatchObject({ rateLimit: 50, isActive: true, lastUsedAt: null });
  });

  it("a new API key may make a thousand requests an hour unless another limit is given", async () => {
    expect((await aKey()).row.rateLimit).toBe(1_000);
  });
});

describe("verifyApiKey", () => {
  it("verifyApiKey returns id, partner, scopes and limit of the key, and whether it is of a sandbox", async () => {
    const { token, row } = await aKey();

    expect(await verify(freshSite(), token)).toEqual({
      id: row.id,
      partnerId: row.partnerId,
      scopes: ["dreamboards:read", "webhooks:manage"],
      rateLimit: 1_000,
      burstLimit: null,
      lineId: row.id,
      usableFrom: null,
      expiresAt: null,
      verifiedAt: expect.any(Number),
      sandbox: false,
    });
  });

  it("a text that is not in the form of a token is refused without a query", async () => {
    const before = database.gateway.requests;

    for (const text of ["", "Bearer", "cpk_live_short", "a".repeat(10_000)]) {
      await expect(verify(freshSite(), text)).rejects.toMatchObject({ code: "unauthorized" });
    }
    expect(database.gateway.requests).toBe(before);
  });

  it("an unknown token is refused without a query for the next ten seconds", async () => {
    const site = freshSite();
    const token = mintToken("live");

    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    const before = database.gateway.requests;
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });

    later(site, 9_999);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    expect(database.gateway.requests).toBe(before);

    later(site, 1);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    expect(database.gateway.requests).toBe(before + 1);
  });

  it("a token that shares its prefix with an existing key is refused after as many bcrypts as one that does not", async () => {
    const { token } = await aKey();
    const [sharing, foreign] = [freshSite(), freshSite()];

    await expect(verify(sharing, token.slice(0, 12) + "x".repeat(29))).rejects.toMatchObject({ code: "unauthorized" });
    await expect(verify(foreign, mintToken("live"))).rejects.toMatchObject({ code: "unauthorized" });

    expect([sharing, foreign].map(({ unknownKeyLimit }) => unknownKeyLimit.asked)).toEqual([[NETWORK], [NETWORK]]);
    // The work behind is the same: bcrypt of the same cost.
    const { row } = await aKey();
    expect(getRounds(DECOY_HASH)).toBe(getRounds(row.keyHash));
    expect(DECOY_HASH).toHaveLength(row.keyHash.length);
  });

  it("a network over the limit of look-ups is answered rate_limited without a query, a key that this isolate knows goes on", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await site.settled();
    later(site, 6_000);
    site.keyLookUpLimit.allows = false;
    const before = database.gateway.requests;

    await expect(verify(site, mintToken("live"))).rejects.toMatchObject({ code: "rate_limited" });
    expect(database.gateway.requests).toBe(before);
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
    expect(site.keyLookUpLimit.asked).toEqual([NETWORK, NETWORK]);
  });

  it("verifyApiKey finds the right one of two keys with the same prefix", async () => {
    const { row: one } = await aKey();
    const { token, row: other } = await aKey();
    await database.db
      .update(apiKeys)
      .set({ keyPrefix: token.slice(0, 12) })
      .where(eq(apiKeys.id, one.id));

    expect((await verify(freshSite(), token)).id).toBe(other.id);
  });

  it("a verified key is stored, so a later check needs no bcrypt", async () => {
    const { token, row } = await aKey();
    const first = freshSite();
    await verify(first, token);
    await first.settled();
    expect(first.unknownKeyLimit.asked).toEqual([NETWORK]);
    expect(await verifiedRows(row.id)).toHaveLength(1);

    later(first, 11_000);
    await verify(first, token);
    expect(first.unknownKeyLimit.asked).toHaveLength(1);
  });

  it("five concurrent requests with an unverified key run bcrypt once", async () => {
    const { token, row } = await aKey();
    const site = freshSite();

    const keys = await Promise.all(Array.from({ length: 5 }, () => verify(site, token)));

    expect(keys.map(({ id }) => id)).toEqual(Array(5).fill(row.id));
    expect(site.unknownKeyLimit.asked).toHaveLength(1);
  });

  it("a key whose hash has changed is checked by bcrypt again and refused", async () => {
    const { token, row } = await aKey();
    const { row: replacement } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await site.settled();

    await database.db.update(apiKeys).set({ keyHash: replacement.keyHash }).where(eq(apiKeys.id, row.id));
    later(site, 11_000);

    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    expect(site.unknownKeyLimit.asked).toHaveLength(2);
  });

  it("a revoked key is accepted for less than five seconds", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, row.id));

    later(site, 4_999);
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
    later(site, 1);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("a network over the limit of unknown keys is answered rate_limited, and its key works later", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    site.unknownKeyLimit.allows = false;
    await expect(verify(site, token)).rejects.toMatchObject({ code: "rate_limited" });

    site.unknownKeyLimit.allows = true;
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
  });

  it("last_used_at of a key is written at most once a minute", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    const lastUsedAt = async () =>
      (await database.db.select().from(apiKeys).where(eq(apiKeys.id, row.id)))[0]?.lastUsedAt?.toISOString();
    const start = site.clock.now;

    await verify(site, token);
    await site.settled();
    expect(await lastUsedAt()).toBe(start.toISOString());

    later(site, 59_999);
    await verify(site, token);
    await site.settled();
    expect(await lastUsedAt()).toBe(start.toISOString());

    later(site, 1);
    await verify(site, token);
    await site.settled();
    expect(await lastUsedAt()).toBe(site.clock.now.toISOString());
  });
});

describe("verifyApiKey while Postgres is away", () => {
  afterEach(() => database.gateway.resume());

  it("while Postgres is away only a key verified within the last five minutes is accepted", async () => {
    const { token, row } = await aKey();
    const { token: unseen } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await site.settled();
    database.gateway.pause();

    later(site, 299_000);
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
    await expect(verify(site, unseen)).rejects.toMatchObject({ code: "unavailable" });

    later(site, 6_000);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("an unavailable Postgres is queried every five seconds, and a revocation counts when it is back", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await site.settled();
    database.gateway.pause();
    const before = database.gateway.requests;

    later(site, 20_000);
    for (let i = 0; i < 5; i += 1) await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
    expect(database.gateway.requests).toBe(before + 1);

    database.gateway.resume();
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, row.id));
    later(site, 5_000);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
  });
});
