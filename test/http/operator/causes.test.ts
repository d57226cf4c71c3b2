import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { activeCauses, listCauses } from "#boards/causes";
import { causes } from "#database/cause-tables";
import { auditLogs } from "#database/schema";
import { FIRST_CAUSES } from "#domain/causes";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { expectRefusal } from "../partner-api/support.ts";
import { OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

const NOTE = "signed with the organisation";
const READING = {
  name: "Teach Children to Read",
  organisation: "Read Aloud SA",
  npo_number: "123-456 NPO",
  category: "education",
  description: "Read Aloud SA brings books to schools.",
  image: "/causes/read-aloud.jpg",
  impacts: [
    { goal_cents: 20_000, impact: "Give 2 children a book" },
    { goal_cents: 50_000, impact: "Give 5 children a book" },
  ],
  sort: 3,
};

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

const post = (path: string, body: unknown) =>
  site.request(`/internal/causes${path}`, { method: "POST", headers: OPERATOR_HEADERS, body: JSON.stringify(body) });
const active = async (at: TestSite) => (await activeCauses(at.services)).map(({ id }) => id);

describe("the list of causes", () => {
  it("begins with the two causes of the first boards, in the same words", async () => {
    const rows = await listCauses(site.services);
    const words = rows.map(({ id, name, organisation, description, image, impacts }) => ({
      id,
      name,
      organisation,
      description,
      image,
      impacts,
    }));
    expect(words).toEqual(FIRST_CAUSES);
  });

  it("an operator adds a cause, changes its words and retires it, and each act is in the audit log with its note", async () => {
    expect((await post("/read-aloud/put", { ...READING, note: NOTE })).status).toBe(200);
    expect(await active(site)).toEqual(["food-forward", "greenpop", "read-aloud"]);

    const renamed = { ...READING, name: "Books for Children", sort: 0, note: NOTE };
    expect((await post("/read-aloud/put", renamed)).status).toBe(200);
    const answer = await site.request("/internal/causes", { headers: OPERATOR_HEADERS });
    const { causes: shown } = (await answer.json()) as { causes: Record<string, unknown>[] };
    const { note: _, ...words } = renamed;
    expect(shown[0]).toEqual({ ...words, id: "read-aloud", active: true, ...timesOf(shown[0]) });

    for (let times = 0; times < 2; times += 1) {
      expect((await post("/read-aloud/retire", { note: NOTE })).status).toBe(200);
    }
    expect(await active(site)).toEqual(["food-forward", "greenpop"]);
    const audited = await database.db.select().from(auditLogs).where(eq(auditLogs.targetId, "read-aloud"));
    expect(audited.map(({ action, metadata }) => [action, metadata])).toEqual([
      ["cause.put", { reason: NOTE }],
      ["cause.put", { reason: NOTE }],
      ["cause.retired", { reason: NOTE }],
      ["cause.retired", { reason: NOTE }],
    ]);
  });

  it("a change reaches other isolates within 30 seconds", async () => {
    const other = testSite(database);
    await active(other);
    await post("/animals-first/put", { ...READING, category: "animals", note: NOTE });

    expect(await active(other)).not.toContain("animals-first");
    other.clock.now = new Date(other.clock.now.getTime() + 30_000);
    expect(await active(other)).toContain("animals-first");
    await database.db.delete(causes).where(eq(causes.id, "animals-first"));
  });

  it("a cause with a wrong field is refused by the name of the field, and an unknown one cannot be retired", async () => {
    const rows: [change: object, field: string][] = [
      [{ name: "" }, "name"],
      [{ organisation: undefined }, "organisation"],
      [{ category: "sports" }, "category"],
      [{ description: "x".repeat(1_001) }, "description"],
      [{ image: "https://elsewhere.example/x.jpg" }, "image"],
      [{ impacts: [] }, "impacts"],
      [{ impacts: [...READING.impacts].reverse() }, "impacts"],
      [{ impacts: [{ goal_cents: 1_999, impact: "Too little" }] }, "impacts.0.goal_cents"],
      [{ impacts: [{ goal_cents: 20_000.5, impact: "Half a cent" }] }, "impacts.0.goal_cents"],
      [{ sort: -1 }, "sort"],
      [{ note: "" }, "note"],
    ];
    const found = await Promise.all(
      rows.map(async ([change]) => {
        const response = await post("/wrong/put", { ...READING, note: NOTE, ...change });
        const { details } = await expectRefusal(response, 400, "validation_error");
        return [change, details?.map(({ field }) => field).join()];
      }),
    );
    expect(found).toEqual(rows);
    await expectRefusal(await post("/Wrong_Id/put", { ...READING, note: NOTE }), 400, "validation_error");
    await expectRefusal(await post("/no-such-cause/retire", { note: NOTE }), 404, "not_found");
  });
});

function timesOf(cause: Record<string, unknown> | undefined) {
  return { created_at: cause?.created_at, updated_at: cause?.updated_at };
}
