import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyHolderOf } from "#accounts/sandboxes";
import { partnerContacts } from "#database/endpoint-tables";
import { auditLogs } from "#database/schema";
import { aPartner, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { expectRefusal } from "../partner-api/support.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

const NOTE = "their integration team, ticket 4711";
const EMAIL = "dev@toytown.example";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

const operate = (method: "GET" | "POST", path: string, body?: unknown) =>
  site.request(`/internal/partners${path}`, {
    method,
    headers: OPERATOR_HEADERS,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const contactOf = async (partnerId: string) => {
  const response = await operate("GET", `/${partnerId}/contact`);
  return ((await response.json()) as { contact: unknown }).contact;
};

describe("the contact of a partner", () => {
  it("an operator sets, replaces and removes the contact, which is stored encrypted and audited without the address", async () => {
    const { id } = await aPartner(database.db);
    expect(await contactOf(id)).toBeNull();

    for (const email of ["first@toytown.example", ` ${EMAIL} `]) {
      expect((await operate("POST", `/${id}/contact`, { email, note: NOTE })).status).toBe(200);
    }

    expect(await contactOf(id)).toEqual({ email: EMAIL, updated_at: site.clock.now.toISOString() });
    const stored = await database.db.select().from(partnerContacts).where(eq(partnerContacts.partnerId, id));
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain("toytown");
    for (let times = 0; times < 2; times += 1) {
      expect((await operate("POST", `/${id}/contact/remove`, { note: NOTE })).status).toBe(200);
    }
    expect(await contactOf(id)).toBeNull();
    expect(await database.db.$count(partnerContacts, eq(partnerContacts.partnerId, id))).toBe(0);
    const audited = await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetId, id), eq(auditLogs.actorEmail, OPERATOR)))
      .orderBy(auditLogs.createdAt, auditLogs.action);
    expect(audited.map(({ action }) => action).sort()).toEqual([
      "partner.contact_removed",
      "partner.contact_removed",
      "partner.contact_set",
      "partner.contact_set",
    ]);
    expect(JSON.stringify([audited.map(({ metadata }) => metadata), site.logged])).not.toContain("toytown");
  });

  it("a sandbox shows the contact of its live partner, and takes none of its own", async () => {
    const { id } = await aPartner(database.db);
    const sandbox = await keyHolderOf(database.db, id, "test");
    await operate("POST", `/${id}/contact`, { email: EMAIL, note: NOTE });

    expect(await contactOf(sandbox.id)).toMatchObject({ email: EMAIL });
    const refused = await operate("POST", `/${sandbox.id}/contact`, { email: EMAIL, note: NOTE });
    expect((await expectRefusal(refused, 409, "conflict")).message).toContain(id);
  });

  it("a contact that is no e-mail address, a missing note and an unknown partner are refused", async () => {
    const { id } = await aPartner(database.db);
    const rows: [body: unknown, fields: string[]][] = [
      [{ email: "not an address", note: NOTE }, ["email"]],
      [{ email: `${"x".repeat(250)}@toytown.example`, note: NOTE }, ["email"]],
      [{ email: EMAIL }, ["note"]],
      [{}, ["email", "note"]],
    ];
    for (const [body, fields] of rows) {
      const error = await expectRefusal(await operate("POST", `/${id}/contact`, body), 400, "validation_error");
      expect(error.details?.map(({ field }) => field).sort()).toEqual(fields);
    }
    const unknown = "0199b3c4-1234-7abc-8def-0123456789ab";
    await expectRefusal(await operate("GET", `/${unknown}/contact`), 404, "not_found");
    await expectRefusal(await operate("POST", `/${unknown}/contact`, { email: EMAIL, note: NOTE }), 404, "not_found");
    expect(await contactOf(id)).toBeNull();
  });
});
