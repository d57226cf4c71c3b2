import { describe, expect, it } from "vitest";
import { ADMIN } from "#domain/board/actor";
import type { UpdateBoard, VisibilityChange } from "#domain/board/commands";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE, boardProfile, DEADLINE, later, TestBoard } from "../../support/board.ts";

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

describe("the pictures of a board", () => {
  it.each(["is active", "has money", "is closed", "is cancelled", "has expired"] as const)(
    "the photo and the gift's picture of a board that %s are changed, and a repeated change records nothing",
    (state) => {
      const board = boardThat(state);
      const pictures = { photo: "/pictures/maya.jpg", giftPicture: "/pictures/treehouse.jpg" };

      expect(board.outcome(update(pictures))).toEqual(["board_updated"]);
      expect(board.outcome(update(pictures))).toEqual([]);
      expect(board.journal.profile).toMatchObject({
        childPhotoUrl: "/pictures/maya.jpg",
        gift: { productName: "LEGO Friends Treehouse", productImage: "/pictures/treehouse.jpg" },
      });
      expect(board.board.snapshot(ADMIN)).toMatchObject({ childPhotoUrl: "/pictures/maya.jpg" });
      expect(board.board.view(BEFORE_DEADLINE)?.photoUrl).toBe("/pictures/maya.jpg");
    },
  );

  it("the picture of a cause is changed where the gift is a cause", () => {
    const cause = { causeId: "greenpop", causeName: "Plant Trees", causeDescription: "Trees", impactDescription: "3" };
    const terms = { giftType: "philanthropy", payoutMethod: "philanthropy_donation" } as const;
    const board = new TestBoard(terms, {
      gift: { type: "philanthropy", causeImage: "/causes/greenpop.jpg", ...cause },
    });

    board.play(update({ giftPicture: "/pictures/trees.jpg" }));

    expect(board.board.view(BEFORE_DEADLINE)?.gift).toMatchObject({
      name: "Plant Trees",
      image: "/pictures/trees.jpg",
    });
  });

  it("the log names the pictures that changed and never holds their addresses", () => {
    const board = new TestBoard();

    board.play(update({ photo: "/secret/maya.jpg" }));
    board.play(update({ giftPicture: "/secret/treehouse.jpg" }));

    expect(board.log.slice(1).map(({ v, data }) => [v, data.fields])).toEqual([
      [2, ["photo"]],
      [2, ["gift_picture"]],
    ]);
    expect(JSON.stringify(board.log)).not.toContain("secret");
  });
});

describe("the names and messages of contributors", () => {
  const hide = (contributionId: string, parts: Omit<VisibilityChange, "contributionId">) =>
    update({ contributors: [{ contributionId, ...parts }] });

  it("a hidden name is anonymous to guests in every status, is kept, and can be shown again", () => {
    for (const state of ["is active", "is closed"] as const) {
      const board = new TestBoard();
      const sarah = board.paid(20_000, BEFORE_DEADLINE, { name: "Sarah Mokoena" });
      board.paid(20_000, BEFORE_DEADLINE, { name: "Thandi" });
      if (state === "is closed") board.close();
      const { id } = board.of(sarah);
      const names = () => board.board.view(BEFORE_DEADLINE)?.contributors;

      expect(board.outcome(hide(id, { name: "hidden" }))).toEqual(["board_updated"]);
      expect(board.outcome(hide(id, { name: "hidden" }))).toEqual([]);
      expect(names()).toEqual(["Thandi", null]);
      expect(board.journal.contributorProfile(id)?.name).toBe("Sarah Mokoena");
      expect(board.board.receipt(sarah)?.contributorName).toBe("Sarah");

      expect(board.outcome(hide(id, { name: "shown" }))).toEqual(["board_updated"]);
      expect(names()).toEqual(["Thandi", "Sarah"]);
    }
  });

  it("name and message are hidden each by itself, and the log holds ids and what is hidden only", () => {
    const board = new TestBoard();
    const { id: contributionId } = board.of(board.paid(20_000, BEFORE_DEADLINE, { name: "Sarah", message: "Hug!" }));
    const rows = [
      { parts: { message: "hidden" }, after: { nameHidden: false, messageHidden: true } },
      { parts: { name: "hidden" }, after: { nameHidden: true, messageHidden: true } },
      { parts: { name: "hidden", message: "shown" }, after: { nameHidden: true, messageHidden: false } },
      { parts: { name: "shown" }, after: { nameHidden: false, messageHidden: false } },
    ] as const;

    for (const { parts, after } of rows) {
      board.play(hide(contributionId, parts));
      expect(board.log.at(-1)?.data).toMatchObject({
        fields: ["contributors"],
        contributors: [{ contributionId, ...after }],
        announced: true,
      });
    }
    expect(board.state.hidden.size).toBe(0);
    expect(JSON.stringify(board.log)).not.toMatch(/Sarah|Hug/);
  });

  it("of several changes to one contribution in one command the last one counts", () => {
    const board = new TestBoard();
    const { id: contributionId } = board.of(board.paid(20_000));
    const change = (name: "hidden" | "shown") => ({ contributionId, name });

    expect(board.outcome(update({ contributors: [change("hidden"), change("shown")] }))).toEqual([]);
    expect(board.outcome(update({ contributors: [change("shown"), change("hidden")] }))).toEqual(["board_updated"]);
  });

  it("a hidden name stays hidden when its payment expires and arrives after all", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { contributor: { name: "Sarah" } });
    board.play(hide(board.of(reference).id, { name: "hidden" }));
    board.expire(reference, later(BEFORE_DEADLINE, DAY_MS + 1));

    board.report(reference, { amount: cents(20_000) }, later(BEFORE_DEADLINE, 3 * DAY_MS));

    expect(board.board.view(later(BEFORE_DEADLINE, 3 * DAY_MS))?.contributors).toEqual([null]);
  });
});

describe("who may change what a board shows", () => {
  it("host, partner and admin may, and other owners find no such board", () => {
    const { hostId, partnerId } = new TestBoard().opening;
    const other = "0199b3c4-1234-7abc-8def-0123456789ab";
    const rows = [
      { by: { kind: "host", hostId }, outcome: ["board_updated"] },
      { by: { kind: "partner", partnerId, apiKeyId: "key" }, outcome: ["board_updated"] },
      { by: ADMIN, outcome: ["board_updated"] },
      { by: { kind: "host", hostId: other }, outcome: ["refused: unknown_board"] },
      { by: { kind: "partner", partnerId: other, apiKeyId: "key" }, outcome: ["refused: unknown_board"] },
    ] as const;

    const found = rows.map(({ by }) => {
      const board = new TestBoard({ hostId, partnerId });
      return { by, outcome: board.outcome(update({ photo: "/pictures/maya.jpg" }), BEFORE_DEADLINE, { by }) };
    });

    expect(found).toEqual(rows);
  });

  it("nothing is written about an anonymised family again", () => {
    const board = new TestBoard();
    const reference = board.paid(20_000);
    const { id: contributionId } = board.of(reference);
    board.cancel();
    board.reportRefund(reference, "completed");
    board.anonymise();
    const rows: Omit<UpdateBoard, "type">[] = [
      { message: "Hello" },
      { photo: "/pictures/maya.jpg" },
      { giftPicture: "/pictures/maya.jpg" },
      { contributors: [{ contributionId, name: "hidden" }] },
    ];

    expect(rows.map((changes) => board.outcome(update(changes)))).toEqual(rows.map(() => ["refused: anonymised"]));
    expect(board.outcome(update({ message: null, photo: "/images/anonymized.png" }))).toEqual([]);
  });
});

describe("several changes at once", () => {
  it("a change that is refused changes nothing of the others", () => {
    const rows: [changes: Omit<UpdateBoard, "type">, refused: string][] = [
      [{ message: "Good day", deadline: later(DEADLINE, -1) }, "deadline_not_later"],
      [{ message: "Good day", end: "expired" }, "has_money"],
      [{ message: "Good day", deadline: daysFromNow(91), end: "cancelled" }, "deadline_out_of_range"],
      [{ photo: "/other.jpg", giftPicture: "/other.jpg", end: "expired" }, "has_money"],
      [{ message: "Good day", contributors: [{ contributionId: "unknown", name: "hidden" }] }, "unknown_payment"],
    ];

    for (const [changes, refused] of rows) {
      const board = boardThat("has money");
      expect(board.outcome(update(changes))).toEqual([`refused: ${refused}`]);
      expect(board.state.status).toBe("active");
      expect(board.board.profile).toEqual(boardProfile(board.boardId, { message: "Hello" }));
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
