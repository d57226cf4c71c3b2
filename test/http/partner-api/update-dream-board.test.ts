import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "#domain/board/actor";
import type { CancelBoard, Refusal } from "#domain/board/commands";
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
let cancelled: { command: CancelBoard; by: Actor }[];
let projected: boolean;
let refusal: Refusal | null;

beforeAll(async () => {
  database = await startTestDatabase();
  const object = objectOf(
    () => board,
    (command, { by }) => {
      if (command.type !== "cancel_board") throw new Error(`this test expects no ${command.type}`);
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

  describeBoardRoute(
    () => caller,
    request,
    () => {
      board = { ...someBoard, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" };
      return someBoard.slug;
    },
  );

  it("a PATCH to cancelled cancels the board as the partner and returns it", async () => {
    const response = await patch();

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      data: { id: expect.stringMatching(/^db_/), slug: someBoard.slug, status: "cancelled", raised_cents: 19_400 },
      meta: { request_id: expect.stringMatching(/^req_/) },
    });
    const by = { kind: "partner", partnerId: caller.partnerId, apiKeyId: caller.apiKeyId };
    expect(cancelled).toEqual([{ command: { type: "cancel_board" }, by }]);
  });

  it("a repeated cancel request gets the same answer", async () => {
    const first = (await (await patch()).json()) as { data: unknown };
    const again = await patch();

    expect([again.status, ((await again.json()) as { data: unknown }).data]).toEqual([200, first.data]);
  });

  it("a cancelled board that is not projected yet is answered 202", async () => {
    projected = false;
    expect((await patch()).status).toBe(202);
  });

  it("a repeated idempotency key replays the answer, and is refused for another path", async () => {
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

  it("a cancel request with an idempotency key is answered 202 while Postgres is away", async () => {
    await patch();
    database.gateway.pause();
    projected = false;

    expect((await patch(CANCEL, { "Idempotency-Key": "cancel-2" })).status).toBe(202);
  });

  it("a board that cannot be cancelled is answered 409 naming its status", async () => {
    refusal = { refused: "cannot_cancel", status: "paid_out" };

    const error = await expectRefusal(await patch(), 409, "conflict");

    expect(error.message).toBe("A board that is paid_out cannot be cancelled.");
  });

  it("an invalid PATCH body is answered 400 naming the field, and cancels nothing", async () => {
    const unknownField = /cannot be changed: .+; only status can/;
    const rows: [body: object, field: string, reason: RegExp][] = [
      [{ status: "cancelled", message: "Hello" }, "body", unknownField],
      [{ status: "cancelled", goal_cents: 1 }, "body", unknownField],
      [{ status: "closed", goal_cents: 1 }, "body", unknownField],
      [{ status: "paid_out" }, "status", /can only become cancelled/],
      [{ status: "CANCELLED" }, "status", /can only become cancelled/],
      [{ status: null }, "status", /can only become cancelled/],
      [{ status: ["cancelled"] }, "status", /can only become cancelled/],
      [{}, "status", /./],
      [[], "body", /must be an object/],
    ];
    for (const [body, field, reason] of rows) {
      const error = await expectRefusal(await patch(body), 400, "validation_error");

      expect(error.details).toEqual([{ field, reason: expect.stringMatching(reason) }]);
    }
    expect(cancelled).toEqual([]);
  });

  it.each([
    ["closed", "A board is closed with POST /v1/dream-boards/{id}/close."],
    ["expired", "A board expires by itself at its deadline when nobody has chipped in."],
  ])("a PATCH to the status %s is answered 409 with the way to reach it", async (status, remedy) => {
    const error = await expectRefusal(await patch({ status }), 409, "conflict");

    expect(error.message).toBe(remedy);
    expect(cancelled).toEqual([]);
  });

  it("a PATCH of another partner's board to closed is answered 404", async () => {
    board = { ...someBoard, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" };

    await expectRefusal(await patch({ status: "closed" }), 404, "not_found");
  });

  it("a PATCH body that is not declared as JSON is answered 400 and cancels nothing", async () => {
    const response = await patch('{"status":"cancelled"}', { "Content-Type": "text/plain" });

    await expectRefusal(response, 400, "validation_error");
    expect(cancelled).toEqual([]);
  });
});
