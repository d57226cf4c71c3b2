import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { contributions } from "#database/schema";
import type { PaymentStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { newId, parsePublicId, publicId } from "#domain/ids";
import { startTestDatabase, type TestDatabase, unique } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";
import { NOW } from "./bodies.ts";
import { aBoardOf, aCaller, type Caller, describeBoardRoute, expectRefusal, objectOf } from "./support.ts";

type Page = {
  data: { id: string; payment_status: string; amount_cents: number }[];
  pagination: { has_more: boolean; next_cursor: string | null };
};

let database: TestDatabase;
let site: TestSite;
let caller: Caller;
let board: BoardSnapshot;
let shown: BoardSnapshot | null;
/** The ids of the board's contributions by instant, newest first. */
let newestFirst: string[][];

beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database, { board: objectOf(() => shown) });
  caller = await aCaller(site);
  board = await aBoardOf(database, caller.partnerId);
  // Rows of the same instant must appear exactly once across pages: twelve within two microseconds, and one earlier.
  const six = Array<PaymentStatus>(6).fill("completed");
  const older = await contribute(board, six, "2026-11-30T10:00:00.000001Z");
  const newest = await contribute(board, six, "2026-11-30T10:00:00.000002Z");
  newestFirst = [newest, older, await contribute(board, ["pending"], "2026-11-30T09:00:00Z")];
  // A row of another partner with this board id must not be listed.
  const foreignBoard = await aBoardOf(database, (await aCaller(site)).partnerId);
  await contribute({ ...foreignBoard, id: board.id }, ["completed"], "2026-11-30T10:00:00.000003Z");
});
afterAll(() => database.stop());
afterEach(() => {
  shown = board;
});

async function contribute({ id, partnerId }: BoardSnapshot, statuses: PaymentStatus[], createdAt: string) {
  const rows = statuses.map((paymentStatus) => ({
    id: newId(NOW),
    partnerId,
    dreamBoardId: id,
    contributorName: "Sarah M.",
    message: "Hooray",
    amountCents: 20_000,
    feeCents: 600,
    paymentProvider: "payfast" as const,
    paymentRef: unique("ref"),
    paymentStatus,
    createdAt: sql`${createdAt}::timestamptz`,
    ipAddress: "203.0.113.9",
    userAgent: "secret-agent",
  }));
  await database.db.insert(contributions).values(rows);
  return rows.map((row) => publicId("contribution", row.id)).sort();
}

const path = (query = "") => `/v1/dream-boards/${board.slug}/contributions${query}`;
const page = async (query = "") => (await (await caller.get(path(query))).json()) as Page;

describe("GET /v1/dream-boards/{id}/contributions", () => {
  const list = (idOrSlug: string) => ({ method: "GET", path: `/v1/dream-boards/${idOrSlug}/contributions` });
  describeBoardRoute(
    () => caller,
    list,
    () => {
      shown = { ...board, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" };
      return board.slug;
    },
  );

  it("the contribution list has name, message and amounts, and no address, browser or reference", async () => {
    shown = board;
    const response = await caller.get(path("?limit=1"));
    const body = await response.text();

    expect(response.status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      data: [
        {
          id: expect.stringMatching(/^con_/),
          dream_board_id: expect.stringMatching(/^db_/),
          contributor_name: "Sarah M.",
          message: "Hooray",
          amount_cents: 20_000,
          fee_cents: 600,
          net_cents: 19_400,
          payment_status: "completed",
        },
      ],
      pagination: { has_more: true, next_cursor: expect.any(String) },
    });
    expect(body).not.toMatch(/203\.0\.113|secret-agent|payment_ref|payfast/);
  });

  it("every contribution is listed once, newest first, and in the same order at every page size", async () => {
    const whole = (await page("?limit=100")).data.map(({ id }) => id);
    // The order of contributions of one instant is not specified.
    expect([whole.slice(0, 6).sort(), whole.slice(6, 12).sort(), whole.slice(12)]).toEqual(newestFirst);
    for (const limit of [1, 5, 6, 7, 12, 13]) {
      const ids: string[] = [];
      const input = { path: { id: board.slug }, query: { limit } };
      for await (const { id } of caller.client.list("/dream-boards/{id}/contributions", input)) ids.push(id);
      expect(ids, `${limit} a page`).toEqual(whole);
    }
  });

  it("a page says that there are more exactly when it has a cursor", async () => {
    for (const limit of [12, 13]) {
      const { has_more, next_cursor } = (await page(`?limit=${limit}`)).pagination;
      expect([limit, has_more, next_cursor !== null]).toEqual([limit, limit < 13, limit < 13]);
    }
  });

  it("the contribution list has every status, or the requested status", async () => {
    expect((await page()).data).toHaveLength(13);
    expect((await page("?status=pending")).data).toMatchObject([{ payment_status: "pending" }]);
    expect(await page("?status=refunded")).toMatchObject({
      data: [],
      pagination: { has_more: false, next_cursor: null },
    });
  });

  it("a cursor is refused under another filter, for another board and from another partner", async () => {
    const { next_cursor } = (await page("?limit=1")).pagination;
    const after = `after=${encodeURIComponent(next_cursor ?? "")}`;
    const refused = async (response: Response) => {
      const { details } = await expectRefusal(response, 400, "validation_error");
      expect(details).toEqual([{ field: "after", reason: "is not a cursor of this list" }]);
    };

    await refused(await caller.get(path(`?status=completed&${after}`)));

    shown = await aBoardOf(database, caller.partnerId);
    await refused(await caller.get(`/v1/dream-boards/${shown.slug}/contributions?${after}`));

    const other = await aCaller(site);
    shown = { ...board, partnerId: other.partnerId };
    await refused(await other.get(path(`?${after}`)));
  });

  it("a wrong query parameter of the contribution list is answered 400 with its name", async () => {
    const rows = [
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["limit=5&limit=6", "limit"],
      ["after=nonsense", "after"],
      [`after=${"x".repeat(501)}`, "after"],
      ["status=lost", "status"],
      ["status=", "status"],
    ];
    for (const [query, field] of rows) {
      const error = await expectRefusal(await caller.get(path(`?${query}`)), 400, "validation_error");
      expect(error.details).toMatchObject([{ field }]);
    }
  });

  it("the contribution list is answered 503 while Postgres is away", async () => {
    await page();
    database.gateway.pause();
    const response = await caller.get(path());
    database.gateway.resume();

    await expectRefusal(response, 503, "unavailable");
  });
});

describe("GET /v1/contributions/{id}", () => {
  it("a contribution is the one in its board's list, by prefixed id and by bare UUID", async () => {
    const [listed] = (await page()).data;
    const id = listed?.id ?? "";

    for (const name of [id, parsePublicId("contribution", id)]) {
      const response = await caller.get(`/v1/contributions/${name}`);
      expect([response.status, ((await response.json()) as { data: unknown }).data]).toEqual([200, listed]);
    }
  });

  it("an unknown contribution and another partner's are both answered 404", async () => {
    const [listed] = (await page()).data;
    const stranger = await aCaller(site);

    for (const response of [
      await stranger.get(`/v1/contributions/${listed?.id}`),
      await caller.get(`/v1/contributions/${publicId("contribution", newId(NOW))}`),
    ]) {
      expect((await expectRefusal(response, 404, "not_found")).message).toBe("There is no such contribution.");
    }
  });
});
