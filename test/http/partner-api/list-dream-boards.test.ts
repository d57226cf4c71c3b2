import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dreamBoards, hosts } from "#database/schema";
import type { BoardStatus } from "#domain/board/lifecycle";
import { boardCode, newId, publicId } from "#domain/ids";
import { boardSlug } from "#domain/slug";
import { addDays } from "#domain/time";
import { aBoard, startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { siteWithBoards } from "../board-to-pay-out.ts";
import { type TestSite, testSite } from "../support.ts";
import { NOW, takealotBoard } from "./bodies.ts";
import { aCaller, type Caller, expectRefusal } from "./support.ts";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

type Page = { data: { id: string }[]; pagination: { has_more: boolean; next_cursor: string | null } };

const page = async (caller: Caller, query: string): Promise<Page> => {
  const response = await caller.get(`/v1/dream-boards?${query}`);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as Page;
};
const idsOf = async (caller: Caller, query: string) => (await page(caller, query)).data.map(({ id }) => id);

/** A board's row, opened at `createdAt`. @returns its id as partners see it */
async function boardAt(partnerId: string, createdAt: Date, values: { status?: BoardStatus; hostId?: string } = {}) {
  const id = newId(createdAt);
  const slug = boardSlug("Maya", boardCode(id));
  await aBoard(database.db, { id, slug, partnerId, createdAt, updatedAt: createdAt, ...values });
  return publicId("board", id);
}

describe("GET /v1/dream-boards", () => {
  it("a board in the list is the board that is read by its id", async () => {
    const { site: whole } = siteWithBoards(database);
    const caller = await aCaller(whole);
    const opened = (await (await caller.post("/v1/dream-boards", takealotBoard)).json()) as { data: { id: string } };
    const path = `/v1/dream-boards/${opened.data.id}`;
    const [first] = (await page(caller, "")).data;
    await caller.call("PATCH", path, { message: "Hello" });
    const [updated] = (await page(caller, "")).data;
    await caller.call("PATCH", path, { status: "cancelled" });
    const [cancelled] = (await page(caller, "")).data;

    expect(first).toEqual(opened.data);
    expect(updated).toMatchObject({ message: "Hello" });
    expect(cancelled).toEqual(((await (await caller.get(path)).json()) as { data: object }).data);
  });

  it("boards are listed newest first, and each partner gets only its own", async () => {
    const [mine, other] = [await aCaller(site), await aCaller(site)];
    const ids: string[] = [];
    for (const days of [3, 1, 2]) ids[days - 1] = await boardAt(mine.partnerId, addDays(NOW, -days));
    await boardAt(other.partnerId, NOW);

    expect(await idsOf(mine, "")).toEqual(ids);
  });

  it("boards are chosen by status, time and host, and by all of them together", async () => {
    const caller = await aCaller(site);
    const email = `${unique("parent")}@example.com`;
    const [host] = await database.db.insert(hosts).values({ email }).returning();
    const ofHost = { hostId: host?.id ?? "" };
    const digest = createHash("sha256").update(email).digest("hex");
    const [a, b, c] = [
      await boardAt(caller.partnerId, addDays(NOW, -1), { status: "closed", ...ofHost }),
      await boardAt(caller.partnerId, addDays(NOW, -2), ofHost),
      await boardAt(caller.partnerId, addDays(NOW, -3), { status: "closed" }),
    ];
    const yesterday = addDays(NOW, -1).toISOString();
    const rows: [query: string, ids: (string | undefined)[]][] = [
      ["status=closed", [a, c]],
      ["status=funded", []],
      [`created_after=${yesterday}`, [a]],
      [`created_before=${yesterday}`, [b, c]],
      [`created_after=${addDays(NOW, -2).toISOString()}&created_before=${yesterday}`, [b]],
      [`host_email_digest=${digest}`, [a, b]],
      [`host_email_digest=${digest.toUpperCase()}&status=closed`, [a]],
      [`host_email_digest=${"0".repeat(64)}`, []],
    ];

    const found: typeof rows = [];
    for (const [query] of rows) found.push([query, await idsOf(caller, query)]);
    expect(found).toEqual(rows);
  });

  it("a host is found by the digest of an address with any character", async () => {
    const caller = await aCaller(site);
    for (const email of [
      `${unique("o'neil+1")}@example.com`,
      `${unique("back\\slash")}@example.com`,
      `${unique("zoë")}@example.com`,
    ]) {
      const [host] = await database.db.insert(hosts).values({ email }).returning();
      const id = await boardAt(caller.partnerId, NOW, { hostId: host?.id ?? "" });

      expect(await idsOf(caller, `host_email_digest=${createHash("sha256").update(email).digest("hex")}`)).toEqual([
        id,
      ]);
    }
  });

  it("a cursor is valid for its partner, its list and its filter only", async () => {
    const [caller, other] = [await aCaller(site), await aCaller(site)];
    for (const days of [1, 2]) await boardAt(caller.partnerId, addDays(NOW, -days));
    const { pagination } = await page(caller, "limit=1");
    const cursor = pagination.next_cursor ?? "";

    expect(await idsOf(caller, `limit=5&after=${cursor}`)).toHaveLength(1);
    for (const response of [
      await other.get(`/v1/dream-boards?after=${cursor}`),
      await caller.get(`/v1/dream-boards?status=active&after=${cursor}`),
      await caller.get(`/v1/payouts?after=${cursor}`),
      await caller.get(`/v1/payouts/pending?after=${cursor}`),
    ]) {
      expect((await expectRefusal(response, 400, "validation_error")).details).toMatchObject([{ field: "after" }]);
    }
  });

  it("1,000 boards in pages of 7 are each listed once while 50 are opened and 50 change", {
    timeout: 120_000,
  }, async () => {
    const caller = await aCaller(site);
    const { partnerId } = caller;
    const [host] = await database.db
      .insert(hosts)
      .values({ email: `${unique("parent")}@example.com` })
      .returning();
    const hostId = host?.id ?? "";
    // Many share a millisecond, some only differ in microseconds.
    const rows = Array.from({ length: 1_000 }, (_, index) => {
      const createdAt = new Date(addDays(NOW, -2).getTime() + (index >> 3));
      const id = newId(createdAt);
      return { index, id, slug: boardSlug("Maya", boardCode(id)), createdAt };
    });
    const sample = await aBoard(database.db, { partnerId, hostId, createdAt: addDays(NOW, -3) });
    const { id: _, slug: __, createdAt: ___, ...values } = sample;
    await database.db
      .insert(dreamBoards)
      .values(rows.map(({ id, slug, createdAt }) => ({ ...values, id, slug, createdAt })));
    await database.db.execute(sql`UPDATE dream_boards SET created_at = created_at + interval '1 microsecond'
      WHERE partner_id = ${partnerId}::uuid AND id::text < '8' AND right(id::text, 1) < '8'`);

    const seen: string[] = [];
    let opened = 0;
    for (let query = "limit=7"; query; ) {
      const work: Promise<unknown>[] = [];
      if (opened < 50) {
        opened += 1;
        const id = rows[opened * 19]?.id ?? "";
        work.push(
          boardAt(partnerId, new Date(NOW.getTime() + opened), { hostId }),
          database.db
            .update(dreamBoards)
            .set({ status: "closed", updatedAt: NOW })
            .where(eq(dreamBoards.id, id))
            .execute(),
        );
      }
      const [{ data, pagination }] = await Promise.all([page(caller, query), ...work]);
      seen.push(...data.map(({ id }) => id));
      expect(pagination.has_more).toBe(pagination.next_cursor !== null);
      query = pagination.next_cursor === null ? "" : `limit=7&after=${pagination.next_cursor}`;
    }

    // The first page may have met the first new board, or not.
    const before = [sample.id, ...rows.map(({ id }) => id)].map((id) => publicId("board", id));
    const found = seen.filter((id) => before.includes(id));
    expect(opened).toBe(50);
    expect(seen.length - found.length).toBeLessThanOrEqual(1);
    expect(found).toHaveLength(1_001);
    expect(new Set(found)).toEqual(new Set(before));
    const all = await database.db.$count(dreamBoards, eq(dreamBoards.partnerId, partnerId));
    expect(all).toBe(1_051);
  });
});
