import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "#domain/board/actor";
import type { Refusal, UpdateBoard } from "#domain/board/commands";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type TestSite, testSite } from "../support.ts";
import { aBoardOf, aCaller, type Caller, describeBoardRoute, expectRefusal, objectOf } from "./support.ts";

let database: TestDatabase;
let site: TestSite;
let caller: Caller;
let someBoard: BoardSnapshot;
let board: BoardSnapshot;
let updates: { command: UpdateBoard; by: Actor }[];
let projected: boolean;
let refusal: Refusal | null;

beforeAll(async () => {
  database = await startTestDatabase();
  const object = objectOf(
    () => board,
    (command, { by }) => {
      if (command.type !== "update_board") throw new Error(`this test expects no ${command.type}`);
      updates.push({ command, by });
      if (refusal) return refusal;
      const { message = board.message, deadline, end = board.status } = command;
      board = { ...board, message, deadline: deadline?.toISOString() ?? board.deadline, status: end };
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
  updates = [];
  projected = true;
  refusal = null;
});
afterEach(() => database.gateway.resume());

const CANCEL = { status: "cancelled" };
const patch = (body: unknown = CANCEL, headers: Record<string, string> = {}) =>
  caller.call("PATCH", `/v1/dream-boards/${someBoard.slug}`, body, headers);
const request = (idOrSlug: string) => ({ method: "PATCH", path: `/v1/dream-boards/${idOrSlug}`, body: CANCEL });

describe("PATCH /v1/dream-boards/{id}", () => {
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
    expect(updates).toEqual([{ command: { type: "update_board", end: "cancelled" }, by }]);
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

  it("a repeated idempotency key makes the change again, and is refused for another path", async () => {
    const headers = { "Idempotency-Key": "cancel-1" };
    await patch(CANCEL, headers);
    const again = await patch(CANCEL, headers);
    await expectRefusal(
      await caller.call("PATCH", `/v1/dream-boards/${someBoard.id}`, CANCEL, headers),
      409,
      "conflict",
    );

    expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([200, null]);
    expect(updates).toHaveLength(2);
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

  it("message, deadline and status change together in one command", async () => {
    const deadline = addDays(new Date(board.deadline), 5).toISOString();

    const response = await patch({ message: " See you there ", deadline, status: "expired" });

    expect(response.status).toBe(200);
    const { data } = (await response.json()) as { data: unknown };
    expect(data).toMatchObject({ message: "See you there", deadline, status: "expired" });
    const command = { type: "update_board", message: "See you there", deadline: new Date(deadline), end: "expired" };
    expect(updates).toMatchObject([{ command }]);
  });

  it("a null message deletes the message, and fields that are left out stay", async () => {
    expect((await patch({ message: null })).status).toBe(200);

    expect(updates).toMatchObject([{ command: { type: "update_board", message: null } }]);
    expect(Object.keys(updates[0]?.command ?? {})).toEqual(["type", "message"]);
  });

  it("an invalid PATCH body is answered 400 naming the field, and changes nothing", async () => {
    const unknownField = /^cannot be changed; only message, deadline and status can$/;
    const rows: [body: object, field: string, reason: RegExp][] = [
      [{ status: "cancelled", child_name: "Liam" }, "child_name", unknownField],
      [{ message: "Hello", goal_cents: 1 }, "goal_cents", unknownField],
      [{ status: "paid_out" }, "status", /can only become cancelled or expired/],
      [{ status: "CANCELLED" }, "status", /can only become cancelled or expired/],
      [{ status: null }, "status", /can only become cancelled or expired/],
      [{ status: ["cancelled"] }, "status", /can only become cancelled or expired/],
      [{ message: "" }, "message", /must be 1 to 280 characters long/],
      [{ message: "x".repeat(281) }, "message", /must be 1 to 280 characters long/],
      [{ message: 7 }, "message", /must be a string/],
      [{ deadline: "tomorrow" }, "deadline", /./],
      [{ deadline: null }, "deadline", /./],
      [{}, "body", /must name message, deadline or status/],
      [[], "body", /must be an object/],
    ];
    for (const [body, field, reason] of rows) {
      const error = await expectRefusal(await patch(body), 400, "validation_error");

      expect(error.details).toEqual([{ field, reason: expect.stringMatching(reason) }]);
    }
    expect(updates).toEqual([]);
  });

  it("a change that the board refuses is answered with what to do instead", async () => {
    const rows: [refused: Refusal, status: 400 | 409, message: RegExp][] = [
      [{ refused: "cannot_expire", status: "closed" }, 409, /A board that is closed cannot expire\./],
      [{ refused: "has_money" }, 409, /Close the board, or cancel it to refund them\./],
      [{ refused: "cannot_move_deadline", status: "closed" }, 409, /deadline of a board that is closed cannot move/],
      [{ refused: "deadline_not_later", deadline: "2027-01-01T00:00:00.000Z" }, 409, /later than 2027-01-01T00:00:00/],
      [{ refused: "deadline_out_of_range" }, 400, /Some fields are invalid/],
    ];
    for (const [refused, status, message] of rows) {
      refusal = refused;
      const code = status === 409 ? "conflict" : "validation_error";

      expect((await expectRefusal(await patch({ message: "Hello" }), status, code)).message).toMatch(message);
    }
  });

  it("a change of a board with an event of a newer release is answered 503", async () => {
    refusal = { refused: "newer_release" };

    expect((await expectRefusal(await patch({ message: "Hello" }), 503, "unavailable")).message).toMatch(
      /being updated/,
    );
  });

  it("a PATCH to the status closed is answered 409 with the way to reach it", async () => {
    const error = await expectRefusal(await patch({ status: "closed" }), 409, "conflict");

    expect(error.message).toBe("A board is closed with POST /v1/dream-boards/{id}/close.");
    expect(updates).toEqual([]);
  });

  it("a PATCH of another partner's board to closed is answered 404", async () => {
    board = { ...someBoard, partnerId: "0199b3c4-1234-7abc-8def-0123456789ab" };

    await expectRefusal(await patch({ status: "closed" }), 404, "not_found");
  });

  it("a PATCH body that is not declared as JSON is answered 400 and cancels nothing", async () => {
    const response = await patch('{"status":"cancelled"}', { "Content-Type": "text/plain" });

    await expectRefusal(response, 400, "validation_error");
    expect(updates).toEqual([]);
  });
});
