import { describe, expect, it, vi } from "vitest";
import { ADMIN, SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import type { BoardCommand } from "#domain/board/commands";
import { CATALOGUE, type EventCatalogue } from "#domain/board/read-event";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import {
  AFTER_DEADLINE,
  BEFORE_DEADLINE,
  boardProfile,
  later,
  MemoryJournal,
  NO_CONTRIBUTOR,
  OPENED_AT,
  openCommand,
  TestBoard,
  words,
} from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

describe("logs of a newer release", () => {
  const { goal_reached: _, ...olderSchemas } = CATALOGUE.schemas();
  /** The catalogue of a release without `goal_reached`. */
  const older: EventCatalogue = { ...CATALOGUE, schemas: () => olderSchemas };

  /** A board that has reached its goal. For the older release its log ends before `goal_reached`. */
  function rolledBack() {
    const board = new TestBoard({ goal: cents(30_000) });
    board.paid(20_000);
    const funding = board.paid(20_000);
    board.paid(10_000);
    return { board, funding, old: new Board(board.journal, { catalogue: older }) };
  }

  it("after a rollback the board is shown as far as the older release can read its log", () => {
    const { board, old } = rolledBack();
    const seq = board.log.find(({ type }) => type === "goal_reached")?.seq;

    expect(old.unreadable).toEqual({ seq, type: "goal_reached", v: 1, problem: "unknown" });
    expect(old.view(BEFORE_DEADLINE)).toMatchObject({ childName: "Maya", contributionCount: 2 });
    expect(old.snapshot(ADMIN)).toMatchObject({ raised: 38_800, contributionCount: 2 });
    expect(old.books()).toMatchObject({ headSeq: board.log.length, headHash: board.log.at(-1)?.hash });
  });

  it("after a rollback every command is refused and nothing is recorded", async () => {
    const { board, funding, old } = rolledBack();
    const recorded = board.log.length;
    const { id: contributionId } = board.of(funding);
    await everyRow<BoardCommand>(
      [
        board.opening,
        board.paymentReport(funding),
        { type: "request_refund", contributionId, providerPaymentId: null },
        { type: "close_board", reason: "manual" },
        { type: "cancel_board" },
        { type: "pass_deadline", providersLookedUp: true },
      ],
      (command) => {
        const execution = old.execute(command, { at: AFTER_DEADLINE, by: SYSTEM });
        expect(execution).toEqual({ refusal: { refused: "newer_release" }, events: [], result: {} });
      },
    );
    expect(board.log).toHaveLength(recorded);
  });

  it("the newer release reads the whole log after a rollback and accepts commands", () => {
    const { board } = rolledBack();
    const back = new Board(board.journal);

    expect(back.state).toEqual(board.state);
    expect(back.books()).toMatchObject({ unreadable: null, status: "funded", pot: { payable: 48_500 } });
    const closed = back.execute({ type: "close_board", reason: "manual" }, { at: BEFORE_DEADLINE, by: SYSTEM });
    expect(words(closed)).toEqual(["board_closed"]);
  });

  it("the newer release reads events that an older release recorded", () => {
    const journal = new MemoryJournal();
    const opening = openCommand();
    const old = new Board(journal, { catalogue: older });
    old.execute(opening, { at: OPENED_AT, by: SYSTEM, profiles: { board: boardProfile(opening.boardId) } });
    old.execute({ type: "close_board", reason: "manual" }, { at: BEFORE_DEADLINE, by: SYSTEM });

    expect(new Board(journal).state).toEqual(old.state);
  });
});

describe("the addressee of a command", () => {
  it("a command with the id of another board is refused as unknown_board", () => {
    const board = new TestBoard();
    const close = { type: "close_board", reason: "manual" } as const;

    expect(board.outcome(close, undefined, { boardId: newId(OPENED_AT) })).toEqual(["refused: unknown_board"]);
    expect(board.state.status).toBe("active");
    expect(board.outcome(close, undefined, { boardId: board.boardId })).toEqual(["board_closed"]);
  });

  it("a board is shown to its own partner, its own host and an admin, and to no other owner", () => {
    const { board, opening } = new TestBoard();
    const { partnerId, hostId } = opening;

    expect(board.snapshot({ kind: "partner", partnerId })?.id).toBe(opening.boardId);
    expect(board.snapshot({ kind: "host", hostId })?.id).toBe(opening.boardId);
    expect(board.snapshot(ADMIN)?.id).toBe(opening.boardId);
    expect(board.snapshot({ kind: "partner", partnerId: hostId })).toBeNull();
    expect(board.snapshot({ kind: "host", hostId: partnerId })).toBeNull();
  });

  it("a board that was never opened has no view, no snapshot and empty books", () => {
    const board = new Board(new MemoryJournal());

    expect(board.view(BEFORE_DEADLINE)).toBeNull();
    expect(board.snapshot(ADMIN)).toBeNull();
    expect(board.lastAt).toBeNull();
    expect(board.books()).toMatchObject({ partnerId: null, headSeq: 0, pot: { counted: 0 } });
  });
});

describe("time in the log", () => {
  it("an event is never recorded earlier than the event before it", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { at: BEFORE_DEADLINE });
    board.report(reference, {}, later(BEFORE_DEADLINE, -60_000));
    board.contribution(20_000, { at: OPENED_AT });

    expect(board.log.map(({ at }) => at)).toEqual([
      OPENED_AT.toISOString(),
      ...Array.from({ length: 3 }, () => BEFORE_DEADLINE.toISOString()),
    ]);
    expect(board.board.lastAt).toEqual(BEFORE_DEADLINE);
  });

  it("a command that is judged as of another instant is recorded at the current instant", () => {
    const board = new TestBoard();
    const pass = { type: "pass_deadline", providersLookedUp: true } as const;

    expect(board.outcome(pass, AFTER_DEADLINE, { judgedAt: BEFORE_DEADLINE })).toEqual([
      "refused: deadline_not_reached",
    ]);
    expect(board.outcome(pass, BEFORE_DEADLINE, { judgedAt: AFTER_DEADLINE })).toEqual(["board_expired"]);
    expect(board.log.at(-1)?.at).toBe(BEFORE_DEADLINE.toISOString());
  });
});

describe("profiles", () => {
  it("a contributor's profile is kept with a new contribution only", () => {
    const board = new TestBoard();
    const first = board.contribution(20_000, { submission: "a form", contributor: { name: "Thandi" } });
    const contributionId = newId(OPENED_AT);
    const { amount, provider } = board.of(first);
    const again = { submission: "a form", provider, amount, signals: [], challengePassed: false };
    const profiles = { contributor: { id: contributionId, profile: { ...NO_CONTRIBUTOR, name: "Sarah" } } };
    const repeated = { type: "open_contribution", contributionId, ...again } as const;
    expect(board.outcome(repeated, undefined, { profiles })).toEqual([]);
    expect(board.outcome({ ...repeated, submission: "b", amount: cents(1) }, undefined, { profiles })).toEqual([
      "refused: amount_out_of_range",
    ]);
    board.report(first, {});

    expect([...board.journal.contributors.values()].map(({ name }) => name)).toEqual(["Thandi"]);
  });

  it("the names that a view shows are read once, also when it is shown again", () => {
    const board = new TestBoard();
    for (const name of ["Thandi", "Sarah"]) board.report(board.contribution(20_000, { contributor: { name } }), {});
    const woken = new Board(board.journal);
    const read = vi.spyOn(board.journal, "contributorProfile");
    const names = () => woken.view(BEFORE_DEADLINE)?.contributors;

    expect([names(), names()]).toEqual([
      ["Sarah", "Thandi"],
      ["Sarah", "Thandi"],
    ]);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("a command stores the board profile that comes with it", () => {
    const board = new TestBoard();
    const changed = boardProfile(board.boardId, { childName: "Leo" });
    board.play({ type: "close_board", reason: "manual" }, undefined, { profiles: { board: changed } });

    expect(board.board.profile?.childName).toBe("Leo");
    expect(board.journal.profile?.childName).toBe("Leo");
  });
});

describe("storage", () => {
  it("a failing journal leaves the board unchanged", () => {
    class FullJournal extends MemoryJournal {
      isFull = false;
      override append(...args: Parameters<MemoryJournal["append"]>): void {
        if (this.isFull) throw new Error("the disk is full");
        super.append(...args);
      }
    }
    const journal = new FullJournal();
    const board = new Board(journal);
    const opening = openCommand();
    board.execute(opening, { at: OPENED_AT, by: SYSTEM, profiles: { board: boardProfile(opening.boardId) } });
    journal.isFull = true;
    const close = () => board.execute({ type: "close_board", reason: "manual" }, { at: BEFORE_DEADLINE, by: SYSTEM });

    expect(close).toThrow("the disk is full");
    expect(board.state.status).toBe("active");
    expect(board.headSeq).toBe(1);
    journal.isFull = false;
    expect(words(close())).toEqual(["board_closed"]);
  });

  it("no personal data reaches the log", () => {
    const board = new TestBoard();
    board.paid(20_000, BEFORE_DEADLINE, { name: "Thandi", message: "Happy birthday", ipAddress: "192.0.2.1" });

    expect(JSON.stringify(board.log)).not.toMatch(/Thandi|Happy birthday|192\.0\.2\.1|Maya|parent@example/);
  });
});
