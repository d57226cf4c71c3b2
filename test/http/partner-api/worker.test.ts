import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { dreamBoards, hosts } from "#database/schema";
import { addDays } from "#domain/time";
import type { Contribution } from "../../../sdk/src/index.ts";
import { type Answer, type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { karriBoard, philanthropyBoard, takealotBoard } from "./bodies.ts";

/** The partner API through the real Worker, with real objects, projection and Postgres. */
let api: Api;
let board: WireBoard;

/** Replaces the dates of an example body, which is valid in December 2026 only. The clock here is real. */
function today<Body extends object>(body: Body) {
  const now = new Date();
  const birthday_date = addDays(now, 20).toISOString().slice(0, 10);
  return { ...body, birthday_date, deadline: addDays(now, 19).toISOString() };
}

const create = (body: object, headers: Record<string, string> = {}) => send("POST", "/v1/dream-boards", body, headers);
async function send(method: string, path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await api.request(path, {
    method,
    headers: { authorization: `Bearer ${api.partner.apiKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
});

describe("boards created through the API", () => {
  it("a new board is readable at once through the API, in Postgres and on its page", async () => {
    const email = `parent-${Date.now()}@example.com`;
    const { status, headers, body } = await create(today({ ...takealotBoard, payout_email: email.toUpperCase() }));

    expect(status).toBe(201);
    expect(headers.get("X-Request-Id")).toBe(body.meta.request_id);
    expect(body.data).toMatchObject({
      id: expect.stringMatching(/^db_/),
      slug: expect.stringMatching(/^maya-birthday-[0-9a-z]{10}$/),
      status: "active",
      display_mode: "gift",
      raised_cents: 0,
      overflow_cents: 0,
      contribution_count: 0,
      gift_data: { type: "takealot_product", product_id: "PLID90000001" },
      public_url: `${api.origin}/${body.data.slug}`,
    });
    const read = await api.call("GET", `/v1/dream-boards/${body.data.id}`);
    expect(read.body.data).toEqual(body.data);
    const [row] = await api.db
      .select({ status: dreamBoards.status, email: hosts.email })
      .from(dreamBoards)
      .innerJoin(hosts, eq(hosts.id, dreamBoards.hostId))
      .where(eq(dreamBoards.slug, body.data.slug));
    expect(row).toEqual({ status: "active", email });
    expect((await api.request(`/${body.data.slug}`)).status).toBe(200);
  });

  it("the answer to a new philanthropy or Karri board has no card number and no e-mail address", async () => {
    for (const example of [philanthropyBoard, karriBoard]) {
      const { status, body } = await create(today(example));

      expect(status).toBe(201);
      expect(JSON.stringify(body)).not.toMatch(/5234|Lindiwe|parent@/);
      expect((await api.call("GET", `/v1/dream-boards/${body.data.slug}`)).body.data).toEqual(body.data);
    }
  });

  it("twelve concurrent requests with one idempotency key create one board", async () => {
    const body = today(takealotBoard);
    const headers = { "idempotency-key": `once-${Date.now()}` };

    const answers = await Promise.all(Array.from({ length: 12 }, () => create(body, headers)));
    const last = await create(body, headers);

    const made = [...answers, last].filter(({ status }) => status === 201);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(new Set(made.map(({ body: { data } }) => data.id)).size).toBe(1);
    expect(last.headers.get("Idempotent-Replayed")).toBe("true");
    expect((await create({ ...body, message: "Another" }, headers)).status).toBe(409);
  });

  it("every route of a board answers 404 to another partner's key", async () => {
    for (const name of [board.id, board.slug]) {
      const path = `/v1/dream-boards/${name}`;
      const other = api.otherPartner.apiKey;
      const answers = await Promise.all([
        api.call("GET", path, undefined, other),
        api.call("GET", `${path}/contributions`, undefined, other),
        api.call("POST", `${path}/close`, { reason: "manual" }, other),
        api.call("PATCH", path, { status: "cancelled" }, other),
      ]);
      for (const { status, body } of answers) expect([status, body.error.code]).toEqual([404, "not_found"]);
    }
    expect((await api.call("GET", `/v1/dream-boards/${board.id}`)).body.data.status).toBe("active");
  });
});

describe("contributions of a board", () => {
  it("paid contributions are listed with their fees, page by page", async () => {
    const { slug } = await api.createBoard();
    const forms = [
      await api.contribute(slug, { amount: "200", name: "Sarah M.", message: "Hooray" }),
      await api.contribute(slug, { amount: "50" }),
    ];
    for (const { reference } of forms) {
      expect(await api.simulate(reference, "pay")).toMatchObject([{ status: 200 }]);
    }

    const path = { id: slug };
    const listed = async (query: { status?: "completed"; limit?: number }) => {
      const items: Contribution[] = [];
      for await (const item of api.client.list("/dream-boards/{id}/contributions", { path, query })) items.push(item);
      return items;
    };
    const paid = await eventually(async () => {
      const items = await listed({ status: "completed" });
      return items.length === 2 && items;
    });

    expect(paid).toMatchObject([
      { contributor_name: null, message: null, amount_cents: 5_000, fee_cents: 300, net_cents: 4_700 },
      { contributor_name: "Sarah M.", message: "Hooray", amount_cents: 20_000, fee_cents: 600, net_cents: 19_400 },
    ]);
    expect(await listed({ limit: 1 })).toEqual(paid);
    expect((await api.client.get("/dream-boards/{id}", { path })).data).toMatchObject({
      raised_cents: 24_100,
      contribution_count: 2,
    });
  });
});

describe("closing a board", () => {
  it("closing a board plans the payout, and a repeated request gets the same answer", async () => {
    const { slug } = await api.createBoard();
    const { reference } = await api.contribute(slug, { amount: "200" });
    await api.simulate(reference, "pay");

    const close = () => api.client.post("/dream-boards/{id}/close", { path: { id: slug }, body: { reason: "manual" } });
    const first = await close();
    const again = await close();

    expect(first.data).toMatchObject({
      status: "closed",
      raised_cents: 19_400,
      payouts: [
        { id: expect.stringMatching(/^po_/), type: "takealot_gift_card", status: "pending", net_cents: 19_400 },
      ],
    });
    expect(again.data).toEqual(first.data);
  });

  it("closing a board for a reason that is not true yet is answered 409", async () => {
    for (const reason of ["goal_reached", "deadline_reached"] as const) {
      const refused = api.client.post("/dream-boards/{id}/close", { path: { id: board.slug }, body: { reason } });
      await expect(refused).rejects.toMatchObject({ name: "ChipInError", status: 409, code: "conflict" });
    }
  });
});

describe("partner API without Postgres", () => {
  it("while Postgres is away a cached key reads boards, and lists and new boards are answered 503", async () => {
    await api.call("GET", `/v1/dream-boards/${board.id}`);
    api.gateway.pause();
    try {
      expect((await api.call("GET", `/v1/dream-boards/${board.id}`)).status).toBe(200);
      expect((await api.call("GET", `/v1/dream-boards/${board.id}/contributions`)).status).toBe(503);
      const created = await create(today(takealotBoard));
      expect([created.status, created.body.error.code]).toEqual([503, "unavailable"]);
    } finally {
      api.gateway.resume();
    }
  });
});

it("a body without valid fields is answered 400 with the requirement of each field", async () => {
  const body = { gift_type: "philanthropy", payout_method: "takealot_gift_card" };
  const answer = await api.call("POST", "/v1/dream-boards", body);

  expect(answer.status).toBe(400);
  const reasons = Object.fromEntries(
    answer.body.error.details.map(({ field, reason }: { field: string; reason: string }) => [field, reason]),
  );
  expect(reasons).toMatchObject({
    child_name: "is required",
    birthday_date: "is required",
    deadline: "is required",
    goal_cents: "is required",
    gift_data: "is required",
    payout_method: "must be philanthropy_donation for this gift_type",
  });
});
