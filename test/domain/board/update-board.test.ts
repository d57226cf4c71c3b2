import { describe, expect, it } from "vitest";
import { ADMIN } from "#domain/board/actor";
import type { UpdateBoard } from "#domain/board/commands";
import { AFTER_DEADLINE, BEFORE_DEADLINE, DEADLINE, later, TestBoard } from "../../support/board.ts";

const DAY_MS = 86_400_000;
const LATER = later(DEADLINE, 7 * DAY_MS);

const update = (changes: Omit<UpdateBoard, "type">): UpdateBoard => ({ type: "update_board", ...changes });
const daysFromNow = (days: number) => later(BEFORE_DEADLINE, days * DAY_MS);

function boardThat(state: "is active" | "has money" | "is closed" | "is cancelled" | "has expired"): TestBoard {
  const board = new TestBoard({}, { message: "Hello" });
  if (state !== "is active" && state !== "has expired") board.paid(20_000);
  if (state === "is closed") board.close();
  if (state === "is cancelled") board.cancel();
  if (state === "has expired") board.passDeadline();
  return board;
}

describe("the deadline of a board", () => {
  it("a deadline moves only to a later day within 90 days, and only while guests may contribute", () => {
    const rows = [
      { on: "is active", to: LATER, at: BEFORE_DEADLINE, outcome: ["board_updated"] },
      { on: "has money", to: LATER, at: BEFORE_DEADLINE, outcome: ["board_updated"] },
      { on: "is active", to: DEADLINE, at: BEFORE_DEADLINE, outcome: [] },
      { on: "is active", to: later(DEADLINE, -1), at: BEFORE_DEADLINE, outcome: ["refused: deadline_not_later"] },
      { on: "is active", to: daysFromNow(90), at: BEFORE_DEADLINE, outcome: ["board_updated"] },
      { on: "is active", to: daysFromNow(91), at: BEFORE_DEADLINE, outcome: ["refused: deadline_out_of_range"] },
      { on: "is active", to: LATER, at: AFTER_DEADLINE, outcome: ["refused: cannot_move_deadline"] },
      { on: "is closed", to: LATER, at: BEFORE_DEADLINE, outcome: ["refused: cannot_move_deadline"] },
      { on: "is cancelled", to: LATER, at: BEFORE_DEADLINE, outcome: ["refused: cannot_move_deadline"] },
    ] as const;

    const found = rows.map((row) => ({
      ...row,
      outcome: boardThat(row.on).outcome(update({ deadline: row.to }), row.at),
    }));

    expect(found).toEqual(rows);
  });

  it("an hour before the deadline a new one must be a day ahead", () => {
    const soon = later(DEADLINE, -3_600_000);

    expect(new TestBoard().outcome(update({ deadline: later(DEADLINE, 3_600_000) }), soon)).toEqual([
      "refused: deadline_out_of_range",
    ]);
  });

  it("a moved deadline is the one that closes the board and limits contributions", () => {
    const board = boardThat("has money");
    board.play(update({ deadline: LATER }));

    expect(board.passDeadline(AFTER_DEADLINE).refusal).toEqual({ refused: "deadline_not_reached" });
    board.paid(10_000, AFTER_DEADLINE);
    board.passDeadline(later(LATER, 1));

    expect(board.state).toMatchObject({ status: "closed", counted: 29_100, deadline: LATER });
  });
});

describe("the message of a board", () => {
  it.each(["is active", "has money", "is closed", "is cancelled", "has expired"] as const)(
    "the message of a board that %s is changed and deleted, and a repeated change records nothing",
    (state) => {
      const board = boardThat(state);
      const messageAfter = (message: string | null) => {
        const outcome = board.outcome(update({ message }));
        return [outcome, board.board.profile?.message, board.journal.profile?.message];
      };

      expect(messageAfter("Hello")).toEqual([[], "Hello", "Hello"]);
      expect(messageAfter("Good day")).toEqual([["board_updated"], "Good day", "Good day"]);
      expect(messageAfter("Good day")).toEqual([[], "Good day", "Good day"]);
      expect(messageAfter(null)).toEqual([["board_updated"], null, null]);
    },
  );

  it("the log says that the message changed and never holds its text", () => {
    const board = new TestBoard();

    board.play(update({ message: "A secret wish" }));

    expect(board.log.at(-1)?.data).toMatchObject({ fields: ["message"], announced: true });
    expect(JSON.stringify(board.log)).not.toContain("secret");
  });

  it("an edit moves updated_at of an open board and not that of an ended one", () => {
    const changedAt = later(BEFORE_DEADLINE, 60_000);
    const updatedAt = (state: Parameters<typeof boardThat>[0]) => {
      const board = boardThat(state);
      const before = board.state.updatedAt;
      board.play(update({ message: "Good day" }), changedAt);
      return board.state.updatedAt === before ? "as before" : board.state.updatedAt;
    };

    expect(updatedAt("is active")).toBe(changedAt.toISOString());
    expect(updatedAt("is cancelled")).toBe("as before");
  });
});

describe("several changes at once", () => {
  it("a change that is refused changes nothing of the others", () => {
    const rows: [changes: Omit<UpdateBoard, "type">, refused: string][] = [
      [{ message: "Good day", deadline: later(DEADLINE, -1) }, "deadline_not_later"],
      [{ message: "Good day", end: "expired" }, "has_money"],
      [{ message: "Good day", deadline: daysFromNow(91), end: "cancelled" }, "deadline_out_of_range"],
    ];

    for (const [changes, refused] of rows) {
      const board = boardThat("has money");
      expect(board.outcome(update(changes))).toEqual([`refused: ${refused}`]);
      expect([board.state.status, board.board.profile?.message]).toEqual(["active", "Hello"]);
    }
  });

  it("message, deadline and cancellation happen together, and the cancellation alone is announced", () => {
    const board = boardThat("has money");

    const { events } = board.play(update({ message: null, deadline: LATER, end: "cancelled" }), BEFORE_DEADLINE, {
      by: ADMIN,
    });

    expect(events.map(({ event }) => event)).toMatchObject([
      { type: "board_updated", fields: ["message", "deadline"], announced: false },
      { type: "board_cancelled", after: { status: "cancelled", deadline: LATER.toISOString() } },
      { type: "refund_requested", cause: "board_cancelled" },
    ]);
    expect(board.outcome(update({ message: null, deadline: LATER, end: "cancelled" }))).toEqual([]);
  });
});

describe("a board that its owner lets expire", () => {
  it("only an active board without money expires by its owner, once", () => {
    const rows = [
      { on: "is active", outcome: ["board_expired"] },
      { on: "has expired", outcome: [] },
      { on: "has money", outcome: ["refused: has_money"] },
      { on: "is closed", outcome: ["refused: cannot_expire"] },
      { on: "is cancelled", outcome: ["refused: cannot_expire"] },
    ] as const;

    expect(rows.map(({ on }) => ({ on, outcome: boardThat(on).outcome(update({ end: "expired" })) }))).toEqual(rows);
  });
});
