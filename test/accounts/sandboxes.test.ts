import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { issueApiKey } from "#accounts/issue-api-key";
import { keyHolderOf } from "#accounts/sandboxes";
import { verifyApiKey } from "#accounts/verify-api-key";
import { partnerSandboxes } from "#database/own-tables";
import { partners } from "#database/schema";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import { newId } from "#domain/ids";
import { testSite } from "../http/support.ts";
import { aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const NETWORK = "203.0.113.9";
const WISH = { scopes: ["dreamboards:read"] } as const;

it("a test key is issued to the sandbox of the partner, and a live key to the partner", async () => {
  const { services } = testSite(database);
  const { id: partnerId } = await aPartner(database.db);
  const live = await issueApiKey(services, partnerId, { ...WISH, environment: "live" });
  const test = await issueApiKey(services, partnerId, { ...WISH, environment: "test" });
  const [row] = await database.db.select().from(partnerSandboxes).where(eq(partnerSandboxes.partnerId, partnerId));

  expect(await verifyApiKey(services, live.token, NETWORK)).toMatchObject({ partnerId, sandbox: false });
  expect(await verifyApiKey(services, test.token, NETWORK)).toMatchObject({
    partnerId: row?.sandboxPartnerId,
    sandbox: true,
  });
});

it("the default partner is there after the migrations, and gets no key", async () => {
  const [row] = await database.db.select().from(partners).where(eq(partners.id, DEFAULT_PARTNER.id));
  expect(row).toMatchObject(DEFAULT_PARTNER);

  for (const environment of ["live", "test"] as const) {
    const issued = issueApiKey(testSite(database).services, DEFAULT_PARTNER.id, { ...WISH, environment });
    await expect(issued).rejects.toMatchObject({ code: "conflict" });
  }
});

it("eight concurrent test keys of one partner are issued to one sandbox", async () => {
  const { id: partnerId } = await aPartner(database.db);
  const holders = await Promise.all(Array.from({ length: 8 }, () => keyHolderOf(database.db, partnerId, "test")));
  const [holder] = holders;

  expect(new Set(holders.map(({ id }) => id))).toEqual(new Set([holder?.id]));
  expect(holder?.id).not.toBe(partnerId);
  expect(await keyHolderOf(database.db, holder?.id ?? "", "test")).toEqual(holder);
});

it("a sandbox gets no live key, and an unknown partner no key", async () => {
  const { id: partnerId } = await aPartner(database.db);
  const { id: sandbox } = await keyHolderOf(database.db, partnerId, "test");

  await expect(keyHolderOf(database.db, sandbox, "live")).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(partnerId),
    details: [{ field: "environment", reason: "must be test" }],
  });
  await expect(keyHolderOf(database.db, newId(new Date()), "test")).rejects.toMatchObject({ code: "not_found" });
});
