import { and, eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { boardEvents } from "#database/own-tables";
import { dreamBoards, payouts, webhookEndpoints, webhookEvents } from "#database/schema";
import { DEMO_BOARDS } from "../../../local/demo-boards.ts";
import { type Answer, type Api, startApi, type WireBoard } from "../../support/api.ts";
import { arrived, sendRaw, standing } from "./support.ts";

let api: Api;
let board: WireBoard;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
});

const goodBoard = () => DEMO_BOARDS[0]?.body(api.origin, new Date()) as Record<string, unknown>;
const goodEndpoint = () => ({ url: `${api.console}/receiver`, events: ["pot.closed"], secret: "a-long-secret" });
const counts = async () => {
  const [row] = await api.db.select({ boards: sql<string>`count(*)` }).from(dreamBoards);
  const [endpoints] = await api.db.select({ endpoints: sql<string>`count(*)` }).from(webhookEndpoints);
  return { ...row, ...endpoints };
};

async function post(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Omit<Answer, "headers">> {
  const sent = { "content-type": "application/json", authorization: `Bearer ${api.partner.apiKey}`, ...headers };
  const answer = await api.request(path, { method: "POST", headers: sent, body: body as BodyInit });
  return { status: answer.status, body: await answer.json() };
}

/** Text that has broken somebody's software before. */
const NASTY = {
  "a zero byte": "Maya\u0000",
  "half a character": "Maya\ud83d",
  "a line break and a header": "Maya\r\nBcc: everyone@example.com",
  "an escape sequence": "\u001b[31mMaya",
  "text that runs backwards": "\u202eayaM",
  SQL: "'; DROP TABLE dream_boards; --",
  HTML: "<script>alert(1)</script>",
  "a family of emoji": "👨‍👩‍👧‍👦",
  "thirty thousand characters": "x".repeat(30_000),
  "nothing but blanks": " \t\n ",
  "a property of every object": "__proto__",
};
const TEXT_FIELDS = [
  "child_name",
  "message",
  "payout_email",
  "birthday_date",
  "deadline",
  "gift_type",
  "payout_method",
];
const GIFT_FIELDS = ["product_url", "product_name"];

describe("POST /v1/dream-boards", () => {
  const cases = Object.keys(NASTY).flatMap((what) => [...TEXT_FIELDS, ...GIFT_FIELDS].map((field) => [what, field]));

  it.each(cases)(
    "makes of %s in %s a refusal that names the field, or a whole board",
    async (what = "", field = "") => {
      const text = NASTY[what as keyof typeof NASTY];
      const good = goodBoard();
      const body = GIFT_FIELDS.includes(field)
        ? { ...good, gift_data: { ...(good.gift_data as object), [field]: text } }
        : { ...good, [field]: text };
      const answer = await post("/v1/dream-boards", JSON.stringify(body));
      if (answer.status === 201) return void (await arrived(api, answer.body.data));
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "validation_error" } } });
      expect(JSON.stringify(answer.body.error.details)).toContain(field);
    },
  );

  it.each([
    ["1e400", 400],
    ["-0", 400],
    ["249900.5", 400],
    ["2147483648", 400],
    ['"249900"', 400],
    ["NaN", 400],
    ["2.499e5", 201],
  ])("reads a goal of %s as %i", async (goal, status) => {
    const body = JSON.stringify({ ...goodBoard(), goal_cents: "GOAL" }).replace('"GOAL"', goal);
    expect((await post("/v1/dream-boards", body)).status).toBe(status);
  });

  it.each([
    ["9999-12-31T23:59:59Z"],
    ["2027-02-30T00:00:00Z"],
    ["2026-12-31T23:59:60Z"],
    ["2026-12-31T12:00:00+99:99"],
    ["2026-12-31T12:00:00"],
    ["-000001-01-01T00:00:00Z"],
    ["1e400"],
  ])("has no deadline %s", async (deadline) => {
    const { status, body } = await post("/v1/dream-boards", JSON.stringify({ ...goodBoard(), deadline }));
    expect({ status, fields: body.error.details.map(({ field }: { field: string }) => field) }).toEqual({
      status: 400,
      fields: ["deadline"],
    });
  });

  it.each([
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["a list thirty thousand deep", "[".repeat(30_000)],
    ["an object ten thousand deep", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["bytes that are no text", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x7d])],
    ["UTF-16", Buffer.from("\ufeff{}", "utf16le")],
  ])("refuses a body that is %s", async (_what, body) => {
    expect(await post("/v1/dream-boards", body)).toMatchObject({
      status: 400,
      body: { error: { code: "validation_error" } },
    });
  });

  it("takes nothing over from a prototype", async () => {
    const body = JSON.stringify(goodBoard()).replace(/}$/, ',"__proto__":{"status":"funded","raised_cents":1}}');
    const answer = await post("/v1/dream-boards", body);
    expect(answer).toMatchObject({ status: 201, body: { data: { status: "active", raised_cents: 0 } } });
    const alone = `{"__proto__":${JSON.stringify(goodBoard())}}`;
    expect((await post("/v1/dream-boards", alone)).status).toBe(400);
  });

  it("makes one board of fifty requests that share a key", { timeout: 60_000 }, async () => {
    const body = JSON.stringify(goodBoard());
    const key = { "idempotency-key": crypto.randomUUID() };
    const before = await counts();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post("/v1/dream-boards", body, key)));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(answers.map(({ status }) => status)).difference(new Set([201, 409]))).toEqual(new Set());
    expect(new Set(made.map(({ body }) => body.data.id)).size).toBe(1);
    const after = await counts();
    expect(Number(after.boards) - Number(before.boards)).toBe(1);
  });
});

describe("mutated bodies", () => {
  const routes: [string, () => unknown][] = [
    ["/v1/dream-boards", goodBoard],
    ["/v1/webhooks", goodEndpoint],
  ];

  it.each(routes)(
    "POST %s answers with an envelope, never 5xx, and what it takes is whole",
    { timeout: 90_000 },
    async (path, good) => {
      const bytes = Buffer.from(JSON.stringify(good()));
      const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const changed = Buffer.from(bytes);
          for (const { at, byte } of changes) changed[at] = byte;
          const { status, body } = await post(path, changed);
          expect([201, 400]).toContain(status);
          expect(body.meta.request_id).toMatch(/^req_/);
          if (status === 201 && path === "/v1/dream-boards") await arrived(api, body.data);
        }),
        { numRuns: 150 },
      );
    },
  );

  it("POST /close closes nothing that was not asked for", { timeout: 60_000 }, async () => {
    const before = await standing(api, board);
    const mutated = fc.oneof(fc.json(), fc.string(), fc.constantFrom('{"reason":"MANUAL"}', '{"reason":["manual"]}'));
    await fc.assert(
      fc.asyncProperty(mutated, async (body) => {
        expect((await post(`/v1/dream-boards/${board.id}/close`, body)).status).toBe(400);
      }),
      { numRuns: 100 },
    );
    expect(await standing(api, board)).toEqual(before);
  });
});

describe("keys", () => {
  it.each([
    ["no word", "Bearer"],
    ["another scheme", "Basic cpk_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
    ["nobody's key", `Bearer cpk_live_${"a".repeat(32)}`],
    ["ten thousand characters", `Bearer ${"x".repeat(10_000)}`],
    ["SQL", "Bearer ' OR 1=1 --"],
  ])("a request with %s is refused before anything is read", async (_what, authorization) => {
    const answer = await post("/v1/dream-boards", "{", { authorization });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
  });

  it.each([
    ["GET", ""],
    ["GET", "/contributions"],
    ["POST", "/close"],
  ])("%s of another partner's board%s finds nothing, by id or by slug", async (method, rest) => {
    const before = await standing(api, board);
    for (const name of [board.id, board.slug]) {
      const body = method === "POST" ? { reason: "manual" } : undefined;
      const { status } = await api.call(method, `/v1/dream-boards/${name}${rest}`, body, api.otherPartner.apiKey);
      expect(status).toBe(404);
    }
    expect(await standing(api, board)).toEqual(before);
  });
});

describe("cursors", () => {
  it("are good for the list they came from, and no other", async () => {
    const listed = await api.createBoard();
    for (const name of ["Ann", "Ben", "Cas"]) await api.contribute(listed.slug, { amount: "50", name });
    await arrived(api, listed);
    const first = await api.call("GET", `/v1/dream-boards/${listed.id}/contributions?limit=2`);
    const cursor: string = first.body.pagination.next_cursor;
    const statusOf = async (path: string) => (await api.call("GET", `/v1/dream-boards/${path}`)).status;
    expect(await statusOf(`${listed.slug}/contributions?after=${cursor}`)).toBe(200);
    expect(await statusOf(`${board.id}/contributions?after=${cursor}`)).toBe(400);
    expect(await statusOf(`${listed.id}/contributions?status=pending&after=${cursor}`)).toBe(400);

    const [position = "", mac = ""] = cursor.split(".");
    const earlier = Buffer.from(position, "base64url")
      .toString()
      .replace(/^\d{4}/, "2020");
    const forged = [Buffer.from(earlier).toString("base64url"), mac].join(".");
    for (const wrong of [forged, position, `.${mac}`, `${position}.`, "a.b", "%00", "'", cursor.slice(1)]) {
      expect(await statusOf(`${listed.id}/contributions?after=${wrong}`)).toBe(400);
    }
  });
});

describe("POST /v1/dream-boards/{id}/close", () => {
  it("closes once when ten ask at once: one announcement, one payout", async () => {
    await post("/v1/webhooks", JSON.stringify({ ...goodEndpoint(), events: ["pot.closed", "payout.ready"] }));
    const closing = await api.createBoard();
    const { reference } = await api.contribute(closing.slug, { amount: "200" });
    await api.simulate(reference, "pay");
    const names = Array.from({ length: 10 }, (_, index) => (index % 2 ? closing.id : closing.slug));
    const answers = await Promise.all(
      names.map((name) => api.call("POST", `/v1/dream-boards/${name}/close`, { reason: "manual" })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);

    await arrived(api, closing);
    const [row] = await api.db.select().from(dreamBoards).where(eq(dreamBoards.slug, closing.slug));
    const boardId = row?.id ?? "";
    const closings = and(eq(boardEvents.dreamBoardId, boardId), eq(boardEvents.type, "board_closed"));
    expect(await api.db.select().from(boardEvents).where(closings)).toHaveLength(1);
    expect(await api.db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId))).toHaveLength(1);
    const told = await api.db
      .select({ type: webhookEvents.eventType, payload: webhookEvents.payload })
      .from(webhookEvents);
    const ours = told.filter(({ payload }) => JSON.stringify(payload).includes(closing.id));
    expect(ours.map(({ type }) => type).sort()).toEqual(["payout.ready", "pot.closed"]);
  });
});

describe("POST /v1/webhooks", () => {
  it.each([
    ["http://hooks.example.com/"],
    ["https://10.0.0.1/"],
    ["https://0xa000001/"],
    ["https://167772161/"],
    ["https://10。0。0。1/"],
    ["https://①⑩.0.0.1/"],
    ["https://[::1]/"],
    ["https://[::ffff:a00:1]/"],
    ["https://169.254.169.254/latest/meta-data"],
    ["https://metadata.google.internal/"],
    ["https://printer.localdomain/"],
    ["https://a.localhost/"],
    ["https://user:word@hooks.example.com/"],
    ["https://hooks.example.com:22/"],
    ["https://hooks.example.com/\u0000"],
    ["https://hooks.example.com/\r\nX-Header: 1"],
    ["https://api.chipin.co.za./"],
    ["ftp://hooks.example.com/"],
    ["javascript:alert(1)"],
    [`https://hooks.example.com/${"x".repeat(2_048)}`],
  ])("does not promise to call %s", async (url) => {
    const before = await counts();
    const answer = await post("/v1/webhooks", JSON.stringify({ ...goodEndpoint(), url }));
    expect(answer).toMatchObject({ status: 400, body: { error: { details: [{ field: "url" }] } } });
    expect(await counts()).toEqual(before);
  });
});

describe("a body of 100 KB that does not say how long it is", () => {
  it.each([
    ["/v1/dream-boards", () => goodBoard()],
    ["/v1/webhooks", () => goodEndpoint()],
    [() => `/v1/dream-boards/${board.id}/close`, () => ({ reason: "manual" })],
  ])("is refused by %s and does nothing", async (path, good) => {
    const where = typeof path === "string" ? path : path();
    const before = await counts();
    const body = JSON.stringify({ ...(good() as object), padding: "x".repeat(100_000) });
    const chunks = (body.match(/.{1,16000}/gs) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const head = [
      `POST ${where} HTTP/1.1`,
      ...["Host: chipin", "Connection: close", "Content-Type: application/json", "Transfer-Encoding: chunked"],
      `Authorization: Bearer ${api.partner.apiKey}`,
    ];
    const answer = await sendRaw(api, `${head.join("\r\n")}\r\n\r\n${chunks.join("")}0\r\n\r\n`);
    expect(answer.status).toBe(413);
    expect(answer.text).toContain("payload_too_large");
    expect(await counts()).toEqual(before);
  });
});
