import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { boardEvents } from "#database/own-tables";
import { dreamBoards, payouts, webhookEndpoints } from "#database/schema";
import { DEMO_BOARDS } from "../../../local/demo-boards.ts";
import { type Answer, type Api, startApi, type WireBoard } from "../../support/api.ts";
import { boardStates, sendRaw, waitForProjection } from "./support.ts";

/** The partner API on the whole platform. The rules of each field are tested in test/http/partner-api. */
let api: Api;
let board: WireBoard;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
  // Before other tests have registered as many endpoints as a key may have.
  const closings = {
    ...goodEndpoint(),
    url: `${api.console}/receiver/closings`,
    events: ["pot.closed", "payout.ready"],
  };
  expect((await post("/v1/webhooks", JSON.stringify(closings))).status).toBe(201);
});

const goodBoard = () => DEMO_BOARDS[0]?.body(api.origin, new Date()) as Record<string, unknown>;
const goodEndpoint = () => ({ url: `${api.console}/receiver`, events: ["pot.closed"], secret: "a-long-secret" });
const counts = async () => ({
  boards: await api.db.$count(dreamBoards),
  endpoints: await api.db.$count(webhookEndpoints),
});

async function post(path: string, body: string | Uint8Array): Promise<Omit<Answer, "headers">> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${api.partner.apiKey}` };
  const answer = await api.request(path, { method: "POST", headers, body: body as BodyInit });
  return { status: answer.status, body: await answer.json() };
}

it("unusual text in a message is refused, or its board reaches Postgres", async () => {
  const rows = [
    ["Maya\u0000", 400],
    ["Maya\ud83d", 400],
    ["\u001b[31mMaya", 400],
    [" \t\n ", 400],
    ["x".repeat(30_000), 400],
    ["Maya\r\nBcc: everyone@example.com", 201],
    ["\u202eayaM", 201],
    ["'; DROP TABLE dream_boards; --", 201],
    ["<script>alert(1)</script>", 201],
    ["👨‍👩‍👧‍👦", 201],
    ["__proto__", 201],
  ] as const;
  for (const [message, status] of rows) {
    const answer = await post("/v1/dream-boards", JSON.stringify({ ...goodBoard(), message }));

    expect([message, answer.status]).toEqual([message, status]);
    if (status === 400) expect(answer.body.error.details).toMatchObject([{ field: "message" }]);
    else await waitForProjection(api, answer.body.data);
  }
});

it("a malformed body is answered 400 by every route that takes a body", async () => {
  const bodies = [
    "[".repeat(30_000),
    "[".repeat(30_000) + "]".repeat(30_000),
    `${'{"gift_data":'.repeat(4_000)}1${"}".repeat(4_000)}`,
    new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x7d]),
    Buffer.from("\ufeff{}", "utf16le"),
    '{"__proto__":{"gift_type":"takealot_product"}}',
    '{"gift_type":"__proto__","reason":"constructor"}',
    '"\\ud800"',
    '{"goal_cents":1e999}',
    "\u0000",
  ];
  for (const path of ["/v1/dream-boards", "/v1/webhooks", `/v1/dream-boards/${board.slug}/close`]) {
    for (const body of bodies) {
      expect(await post(path, body)).toMatchObject({ status: 400, body: { error: { code: "validation_error" } } });
    }
  }
});

it("a __proto__ field in a body does not change the new board", async () => {
  const body = JSON.stringify(goodBoard()).replace(/}$/, ',"__proto__":{"status":"funded","raised_cents":1}}');

  expect(await post("/v1/dream-boards", body)).toMatchObject({
    status: 201,
    body: { data: { status: "active", raised_cents: 0 } },
  });
});

it.each<[string, () => unknown]>([
  ["/v1/dream-boards", goodBoard],
  ["/v1/webhooks", goodEndpoint],
])(
  "POST %s with changed bytes is accepted, refused or one endpoint too many, and an accepted board is projected",
  { timeout: 90_000 },
  async (path, good) => {
    const bytes = Buffer.from(JSON.stringify(good()));
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, byte } of changes) changed[at] = byte;
        const { status, body } = await post(path, changed);
        expect(path === "/v1/webhooks" ? [201, 400, 409] : [201, 400]).toContain(status);
        expect(body.meta.request_id).toMatch(/^req_/);
        if (status === 201 && path === "/v1/dream-boards") await waitForProjection(api, body.data);
      }),
      { numRuns: 100 },
    );
  },
);

it("POST close with a random body answers 400 and leaves the board as it was", { timeout: 60_000 }, async () => {
  const before = await boardStates(api, board);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
      expect((await post(`/v1/dream-boards/${board.id}/close`, body)).status).toBe(400);
    }),
    { numRuns: 60 },
  );
  expect(await boardStates(api, board)).toEqual(before);
});

it("forty concurrent first requests with one valid key are not limited as guesses of a key", async () => {
  const get = () => api.call("GET", `/v1/dream-boards/${board.id}`, undefined, api.otherPartner.apiKey);
  const answers = await Promise.all(Array.from({ length: 40 }, get));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
});

it("the answer to an endpoint with 15,000 invalid events is shorter than 64 KB", async () => {
  const endpoint = { url: "https://hooks.example.com/", events: Array(15_000).fill("x"), secret: "12345678" };
  const { status, body } = await api.call("POST", "/v1/webhooks", endpoint);
  expect(status).toBe(400);
  expect(JSON.stringify(body).length).toBeLessThan(64 * 1024);
});

it("ten concurrent close requests make one closing, one payout and one webhook event of each type", async () => {
  const closing = await api.createBoard();
  const { reference } = await api.contribute(closing.slug, { amount: "200" });
  await api.simulate(reference, "pay");
  const names = Array.from({ length: 10 }, (_, index) => (index % 2 ? closing.id : closing.slug));
  const answers = await Promise.all(
    names.map((name) => api.call("POST", `/v1/dream-boards/${name}/close`, { reason: "manual" })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);

  await waitForProjection(api, closing);
  const [row] = await api.db.select().from(dreamBoards).where(eq(dreamBoards.slug, closing.slug));
  const boardId = row?.id ?? "";
  const closings = and(eq(boardEvents.dreamBoardId, boardId), eq(boardEvents.type, "board_closed"));
  expect(await api.db.$count(boardEvents, closings)).toBe(1);
  expect(await api.db.$count(payouts, eq(payouts.dreamBoardId, boardId))).toBe(1);
  const emitted = await api.db
    .select({ type: partnerEvents.type })
    .from(partnerEvents)
    .where(eq(partnerEvents.dreamBoardId, boardId));
  expect(emitted.map(({ type }) => type).sort()).toEqual([
    "contribution.received",
    "dreamboard.created",
    "payout.ready",
    "pot.closed",
  ]);
});

it("a chunked body of 100 KB is answered 413 by every route that takes a body, and changes nothing", async () => {
  const before = await counts();
  for (const [path, good] of [
    ["/v1/dream-boards", goodBoard()],
    ["/v1/webhooks", goodEndpoint()],
    [`/v1/dream-boards/${board.id}/close`, { reason: "manual" }],
  ] as const) {
    const body = JSON.stringify({ ...good, padding: "x".repeat(100_000) });
    const chunks = (body.match(/.{1,16000}/gs) ?? []).map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const head = [
      `POST ${path} HTTP/1.1`,
      "Host: chipin",
      "Connection: close",
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
      `Authorization: Bearer ${api.partner.apiKey}`,
    ];
    const answer = await sendRaw(api, `${head.join("\r\n")}\r\n\r\n${chunks.join("")}0\r\n\r\n`);

    expect(answer.status).toBe(413);
    expect(answer.text).toContain("payload_too_large");
  }
  expect(await counts()).toEqual(before);
});
