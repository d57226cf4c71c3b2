import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "#accounts/api-key-token";
import { createApiKey } from "#accounts/api-keys";
import { verifyApiKey } from "#accounts/verify-api-key";
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

/** Another isolate cannot be had here; a site with another pepper remembers nothing of what this one has seen. */
let peppers = 0;
function freshSite(): TestSite {
  peppers += 1;
  return testSite(database, { settings: { API_KEY_PEPPER: `a pepper for tests only ${peppers}` } });
}

const verify = (site: TestSite, token: string) => verifyApiKey(site.services, token, "203.0.113.7");
const later = (site: TestSite, ms: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + ms);
};
const verifiedRows = (apiKeyId: string) =>
  database.db.select().from(verifiedApiKeys).where(eq(verifiedApiKeys.apiKeyId, apiKeyId));

describe("createApiKey", () => {
  it("keeps a bcrypt hash and a prefix, never the key", async () => {
    const { token, row } = await aKey({ environment: "test", rateLimit: 50 });

    expect(token).toMatch(/^cpk_test_/);
    expect(row.keyPrefix).toBe(token.slice(0, 12));
    expect(row.keyHash).toMatch(/^\$2b\$10\$/);
    expect(JSON.stringify(row)).not.toContain(token.slice(12));
    expect(row).toMatchObject({ rateLimit: 50, isActive: true, lastUsedAt: null });
  });

  it("allows a thousand requests an hour unless told otherwise", async () => {
    expect((await aKey()).row.rateLimit).toBe(1_000);
  });
});

describe("verifyApiKey", () => {
  it("knows whose key it is and what it may do", async () => {
    const { token, row } = await aKey();

    expect(await verify(freshSite(), token)).toEqual({
      id: row.id,
      partnerId: row.partnerId,
      scopes: ["dreamboards:read", "webhooks:manage"],
      rateLimit: 1_000,
    });
  });

  it.each(["", "Bearer", "cpk_live_short", "a".repeat(10_000)])("refuses %j without asking anybody", async (text) => {
    const before = database.gateway.requests;

    await expect(verify(freshSite(), text)).rejects.toMatchObject({ code: "unauthorized" });
    expect(database.gateway.requests).toBe(before);
  });

  it("refuses an unknown key without spending bcrypt, and remembers that for a minute", async () => {
    const site = freshSite();
    const token = mintToken("live");

    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    const before = database.gateway.requests;
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });

    expect(database.gateway.requests).toBe(before);
    expect(site.brake.asked).toEqual([]);
  });

  it("refuses a key that shares its prefix with a real one", async () => {
    const { token } = await aKey();
    const other = token.slice(0, 12) + "x".repeat(29);

    await expect(verify(freshSite(), other)).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("tells two keys with the same prefix apart", async () => {
    const { row: one } = await aKey();
    const { token, row: other } = await aKey();
    await database.db
      .update(apiKeys)
      .set({ keyPrefix: token.slice(0, 12) })
      .where(eq(apiKeys.id, one.id));

    expect((await verify(freshSite(), token)).id).toBe(other.id);
  });

  it("spends bcrypt once for all isolates with the same pepper", async () => {
    const { token, row } = await aKey();
    const first = freshSite();
    await verify(first, token);
    await first.settled();
    expect(first.brake.asked).toEqual(["203.0.113.7"]);
    expect(await verifiedRows(row.id)).toHaveLength(1);

    later(first, 11_000);
    await verify(first, token);
    expect(first.brake.asked).toHaveLength(1);
  });

  it("asks bcrypt again when the key's hash was changed, and then refuses the old key", async () => {
    const { token, row } = await aKey();
    const { row: replacement } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await site.settled();

    await database.db.update(apiKeys).set({ keyHash: replacement.keyHash }).where(eq(apiKeys.id, row.id));
    later(site, 11_000);

    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
    expect(site.brake.asked).toHaveLength(2);
  });

  it("accepts a revoked key for five seconds, and once more for whoever comes while the first asks", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    await verify(site, token);
    await database.db.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, row.id));

    later(site, 4_999);
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
    later(site, 1);
    await expect(verify(site, token)).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("brakes whoever makes it spend bcrypt too often, and lets the key in afterwards", async () => {
    const { token, row } = await aKey();
    const site = freshSite();
    site.brake.allows = false;
    await expect(verify(site, token)).rejects.toMatchObject({ code: "rate_limited" });

    site.brake.allows = true;
    await expect(verify(site, token)).resolves.toMatchObject({ id: row.id });
  });

  it("notes when a key was used, once a minute", async () => {
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

  it("accepts a key seen within five minutes, and no other", async () => {
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

  it("asks Postgres only every five seconds, and notices when it is back", async () => {
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
