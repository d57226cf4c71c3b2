import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardNotes } from "#database/own-tables";
import { hosts } from "#database/schema";
import { publicId } from "#domain/ids";
import { BEFORE_DEADLINE, DEADLINE, later } from "../../support/board.ts";
import { aBoard, startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { SiteBoard } from "../site-board.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

let database: TestDatabase;
let site: TestSite;
let board: SiteBoard;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(() => {
  board = new SiteBoard(() => BEFORE_DEADLINE);
  site = testSite(database, {
    board: (code) => (code === board.code ? board.object : new SiteBoard(site.services.now).object),
  });
});

const NOTE = "the family asked for it, ticket 4711";

async function operate(path: string, body?: unknown, method = "POST") {
  const response = await site.request(`/internal/boards/${path}`, {
    method,
    headers: OPERATOR_HEADERS,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
const idOf = ({ boardId }: SiteBoard) => publicId("board", boardId);
const notes = () => database.db.select().from(boardNotes).where(eq(boardNotes.dreamBoardId, board.boardId));
const fieldsOf = ({ status, body }: Awaited<ReturnType<typeof operate>>) => [
  status,
  body.error?.details?.map(({ field }: { field: string }) => field),
];

describe("acts that end a board", () => {
  it.each(["cancel", "close"])(
    "%s without a note or without the board's slug changes nothing and says what to send",
    async (act) => {
      const path = `${idOf(board)}/${act}`;
      const rows: [unknown, string[]][] = [
        [undefined, ["body"]],
        [{}, ["note", "confirm"]],
        [{ note: NOTE }, ["confirm"]],
        [{ confirm: board.slug }, ["note"]],
        [{ note: "no", confirm: board.slug }, ["note"]],
        [{ note: "x".repeat(501), confirm: board.slug }, ["note"]],
        [{ note: NOTE, confirm: idOf(board) }, ["confirm"]],
        [{ note: NOTE, confirm: board.slug.toUpperCase() }, ["confirm"]],
        [{ note: NOTE, confirm: ` ${board.slug}` }, ["confirm"]],
      ];
      const answers: [unknown, unknown][] = [];
      for (const [body] of rows) answers.push([body, fieldsOf(await operate(path, body)).at(1)]);

      expect(answers).toEqual(rows);
      const { status, body } = await operate(path, { note: NOTE, confirm: "yes" });
      expect(status).toBe(400);
      expect(body.error.details).toEqual([{ field: "confirm", reason: `must be the board's slug: ${board.slug}` }]);
      expect(board.commands).toEqual([]);
      expect(await notes()).toEqual([]);
    },
  );

  it.each([
    ["cancel", "cancelled", "board.cancelled"],
    ["close", "closed", "board.closed"],
  ])(
    "a confirmed %s is done by the acting person and leaves one note, also when it is repeated",
    async (act, status, action) => {
      board.paid(20_000);
      const body = { note: `  ${NOTE} `, confirm: board.slug };

      expect(await operate(`${idOf(board)}/${act}`, body)).toMatchObject({
        status: 200,
        body: { status, raised_cents: 19_400 },
      });
      expect(await operate(`${board.slug}/${act}`, body)).toMatchObject({ status: 200, body: { status } });

      const [host] = await database.db.select().from(hosts).where(eq(hosts.email, OPERATOR));
      expect(board.object.commands.map(({ by }) => by)).toEqual(Array(2).fill({ kind: "admin", adminId: host?.id }));
      expect(await notes()).toMatchObject([{ action, note: NOTE, adminId: host?.id, createdAt: site.clock.now }]);
    },
  );

  it("a board that has ended cannot be ended otherwise, and the refusal leaves no note", async () => {
    board.paid(20_000);
    board.close();

    const { status, body } = await operate(`${idOf(board)}/cancel`, { note: NOTE, confirm: board.slug });

    expect([status, body.error.message]).toEqual([409, "A board that is closed cannot be cancelled."]);
    expect(await notes()).toEqual([]);
  });

  it("an unknown board id that ends in a board's code does not end that board", async () => {
    const madeUp = publicId("board", `11111111-1111-7111-8111-${board.boardId.slice(-12)}`);
    for (const named of [madeUp, "nothing"]) {
      for (const act of ["cancel", "close"]) {
        expect((await operate(`${named}/${act}`, { note: NOTE, confirm: board.slug })).status).toBe(404);
      }
    }
    expect(board.state.status).toBe("active");
  });
});

describe("changes of a board", () => {
  it("an operator changes message and deadline with a note", async () => {
    const deadline = later(DEADLINE, 86_400_000).toISOString();

    const changed = await operate(idOf(board), { note: NOTE, message: "Thank you", deadline }, "PATCH");

    expect(changed).toMatchObject({ status: 200, body: { status: "active", message: "Thank you", deadline } });
    expect(board.board.profile?.message).toBe("Thank you");
    expect(await notes()).toMatchObject([{ action: "board.updated", note: NOTE }]);
    expect((await operate(idOf(board), { note: NOTE, deadline: DEADLINE.toISOString() }, "PATCH")).status).toBe(409);
  });

  it("a change that names nothing, something else or no note is answered 400", async () => {
    const rows: [unknown, string[]][] = [
      [{ note: NOTE }, ["body"]],
      [{ message: "Thank you" }, ["note"]],
      [{ note: NOTE, message: "x".repeat(281) }, ["message"]],
      [{ note: NOTE, deadline: "tomorrow" }, ["deadline"]],
      [{ note: NOTE, message: "Hi", status: "cancelled" }, ["body"]],
      [{ note: NOTE, deadline: "2030-01-01T00:00:00Z" }, ["deadline"]],
    ];
    const answers = [];
    for (const [body] of rows) answers.push([body, fieldsOf(await operate(idOf(board), body, "PATCH")).at(1)]);

    expect(answers).toEqual(rows);
    expect(await notes()).toEqual([]);
  });
});

it("project-again and restore need a note", async () => {
  expect(fieldsOf(await operate(`${idOf(board)}/project-again?after=0`, {}))).toEqual([400, ["note"]]);
  expect(fieldsOf(await operate(`${idOf(board)}/restore`, {}))).toEqual([400, ["note"]]);

  expect((await operate(`${idOf(board)}/project-again?after=0`, { note: NOTE })).status).toBe(200);
  expect(await notes()).toMatchObject([{ action: "board.projected_again", note: NOTE }]);
});

describe("rewinding a board's object", () => {
  it.each([
    ["no instant", "", "to"],
    ["a date without a time", "?to=2026-11-24", "to"],
    ["both an instant and a bookmark", "?to=2026-11-24T08:00:00Z&bookmark=b", "to"],
    ["an empty bookmark", "?bookmark=", "to"],
  ])("a rewind with %s is refused and says what to give", async (_, query, field) => {
    const answer = await operate(`${idOf(board)}/rewind${query}`, { note: NOTE, confirm: board.slug });

    expect(fieldsOf(answer)).toEqual([400, [field]]);
  });

  it("a rewind is confirmed with the slug that Postgres has, and passes on why the platform cannot", async () => {
    await aBoard(database.db, { id: board.boardId, slug: board.slug });
    const to: unknown[] = [];
    Object.assign(board.object, {
      rewind: (given: unknown) => {
        to.push(given);
        return { prepared: false, reason: "no history." };
      },
    });
    const path = `${idOf(board)}/rewind?to=2026-11-24T10:00:00%2B02:00`;

    expect(fieldsOf(await operate(path, { note: NOTE, confirm: "yes" }))).toEqual([400, ["confirm"]]);
    expect(to).toEqual([]);
    const { status, body } = await operate(path, { note: NOTE, confirm: board.slug });
    expect([status, body.error.message]).toEqual([409, "Nothing was rewound: no history."]);
    expect(to).toEqual([{ at: "2026-11-24T08:00:00.000Z" }]);
  });
});
