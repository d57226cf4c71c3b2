import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "#domain/board/actor";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { BoardStatus } from "#domain/board/lifecycle";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { cents } from "#domain/money";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";
import {
  aBoardOf,
  aCaller,
  type Caller,
  describeBoardRoute,
  describePartnerRoute,
  expectRefusal,
  objectOf,
} from "./support.ts";

let database: TestDatabase;
let site: TestSite;
let caller: Caller;
let someBoard: BoardSnapshot;
let board: BoardSnapshot;
let cancelled: { command: BoardCommand; by: Actor }[];
let projected: boolean;
let refusal: Refusal | null;

beforeAll(async () => {
  database = await startTestDatabase();
  const object = objectOf(
    () => board,
    (command, { by }) => {
      cancelled.push({ command, by });
      if (refusal) return refusal;
      board = { ...board, status: "cancelled" };
      return { projected, board };
    },
  );
  site = testSite(database, { board: object });
  caller = await aCaller(site);
  someBoard = await aBoardOf(database, caller.partnerId, { raised: cents(19_400), contributionCount: 1 });
});
afterAll(() => database.stop());
beforeEach(() => {
  board = someBoard;
  cancelled = [];
  projected = true;
  refusal = null;
});
afterEach(() => database.gateway.resume());

const CANCEL = { status: "cancelled" };
const patch = (body: unknown = CANCEL, headers: Record<string, string> = {}) =>
  caller.call("PATCH", `/v1/dream-boards/${someBoard.slug}`, body, headers);
const request = (idOrSlug: string) => ({ method: "PATCH", path: `/v1/dream-boards/${idOrSlug}`, body: CANCEL });

describe("PATCH /v1/dream-boards/{id}", () => {
  describePartnerRoute(
    "dreamboards:write",
    () => site,
    () => request("x"),
  );

  describe("unknown boards", () => {
    describeBoardRoute(
      () => caller,
      request,
      () => {
        board = { ...someBoard, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" };
        return someBoard.slug;
      },
    );
  });

  it("cancels in the partner's name and shows the board", async () => {
    const response = await patch();

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: { id: expect.stringMatching(/^db_/), slug: someBoard.slug, status: "cancelled", raised_cents: 19_400 },
      meta: { request_id: expect.stringMatching(/^req_/) },
    });
    const by = { kind: "partner", partnerId: caller.partnerId, apiKeyId: caller.apiKeyId };
    expect(cancelled).toEqual([{ command: { type: "cancel_board" }, by }]);
  });

  it("answers the same when it is asked again", async () => {
    const first = (await (await patch()).json()) as { data: unknown };
    const again = await patch();

    expect([again.status, ((await again.json()) as { data: unknown }).data]).toEqual([200, first.data]);
  });

  it("answers 202 while Postgres does not know yet", async () => {
    projected = false;
    expect((await patch()).status).toBe(202);
  });

  it("gives the first answer again under the same key, and another request none", async () => {
    const headers = { "Idempotency-Key": "cancel-1" };
    await patch(CANCEL, headers);
    const again = await patch(CANCEL, headers);
    await expectRefusal(
      await caller.call("PATCH", `/v1/dream-boards/${someBoard.id}`, CANCEL, headers),
      409,
      "conflict",
    );

    expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
    expect(cancelled).toHaveLength(1);
  });

  it("cancels while Postgres is away, with an idempotency key too", async () => {
    await patch();
    database.gateway.pause();
    projected = false;

    expect((await patch(CANCEL, { "Idempotency-Key": "cancel-2" })).status).toBe(202);
  });

  it.each<BoardStatus>(["closed", "paid_out", "expired"])("answers 409 for a board that is %s", async (status) => {
    refusal = { refused: "cannot_cancel", status };

    const error = await expectRefusal(await patch(), 409, "conflict");

    expect(error.message).toContain(status);
  });

  it.each([
    {
      body: { status: "cancelled", message: "Hello" },
      field: "body",
      reason: /cannot be changed: message; only status can/,
    },
    {
      body: { status: "cancelled", goal_cents: 1 },
      field: "body",
      reason: /cannot be changed: goal_cents; only status can/,
    },
    { body: { status: "closed" }, field: "status", reason: /can only become cancelled/ },
    { body: { status: "CANCELLED" }, field: "status", reason: /can only become cancelled/ },
    { body: { status: null }, field: "status", reason: /can only become cancelled/ },
    { body: { status: ["cancelled"] }, field: "status", reason: /can only become cancelled/ },
    { body: {}, field: "status", reason: /./ },
  ])("names what is wrong with $body, and cancels nothing", async ({ body, field, reason }) => {
    const error = await expectRefusal(await patch(body), 400, "validation_error");

    expect(error.details).toEqual([{ field, reason: expect.stringMatching(reason) }]);
    expect(cancelled).toEqual([]);
  });

  it.each<[why: string, body: string, contentType: string]>([
    ["nothing", "", "application/json"],
    ["no object", "[]", "application/json"],
    ["null", "null", "application/json"],
    ["no JSON", "{", "application/json"],
    ["a form", "status=cancelled", "application/x-www-form-urlencoded"],
    ["text that looks right", '{"status":"cancelled"}', "text/plain"],
  ])("cancels nothing for %s", async (_, body, contentType) => {
    await expectRefusal(await patch(body, { "Content-Type": contentType }), 400, "validation_error");
    expect(cancelled).toEqual([]);
  });
});
