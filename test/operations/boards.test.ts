import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardEvents, projectionFailures } from "#database/own-tables";
import { recordProjectionFailure } from "#database/projection-failures";
import { Board } from "#domain/board/board";
import { projectAgain, restoreBoard, rewindBoard } from "#operations/boards";
import type { Restored, RestorePiece, RewindTo, Rewound } from "#platform/objects";
import { aKarriCard, aPlayedBoard } from "../projection/support.ts";
import { contributionRow } from "../reconciliation/support.ts";
import { MemoryBoardObject, MemoryJournal } from "../support/board.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { anOperator } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

describe("projectAgain", () => {
  it("projectAgain writes what Postgres lacks and resolves the projection failures of these events", async () => {
    const { live, services, house } = await anOperator(database);
    live.board.isCutOff = true;
    const reference = await live.paid();
    await recordProjectionFailure(database.db, live.boardId, { seq: 2, type: "x" }, new Error("no"), house.clock.now);
    expect(await contributionRow(database, reference)).toBeUndefined();

    live.board.isCutOff = false;
    expect(await projectAgain(services, live.boardId, 1)).toMatchObject({ headSeq: 3, projectedSeq: 3 });

    expect(await contributionRow(database, reference)).toMatchObject({ paymentStatus: "completed" });
    const failures = await database.db
      .select()
      .from(projectionFailures)
      .where(eq(projectionFailures.dreamBoardId, live.boardId));
    expect(failures).toMatchObject([{ seq: 2, resolvedAt: house.clock.now }]);
  });

  it("projectAgain changes no row when Postgres has all events of the board", async () => {
    const { live, services } = await anOperator(database);
    const reference = await live.paid();
    const row = await contributionRow(database, reference);

    await projectAgain(services, live.boardId, 0);

    expect(await contributionRow(database, reference)).toEqual(row);
  });

  it("projectAgain answers not_found for a board that does not exist", async () => {
    const { services } = await anOperator(database);

    await expect(projectAgain(services, randomUUID(), 0)).rejects.toMatchObject({ code: "not_found" });
  });
});

/** An object that keeps the pieces of its restore. */
class LostObject extends MemoryBoardObject {
  readonly pieces: RestorePiece[] = [];
  answer: Restored = { restored: true };

  override restore(piece: RestorePiece): Restored {
    this.pieces.push(piece);
    return this.answer;
  }
}

async function aLostObject() {
  const { live, services, house } = await anOperator(database);
  const [paid] = [await live.paid(), await live.begin()];
  await live.requestRefund(paid);
  await live.execute({
    type: "update_board",
    message: "See you there",
    photo: "/pictures/maya.jpg",
    giftPicture: "/pictures/treehouse.jpg",
    contributors: [{ contributionId: live.of(paid).id, name: "hidden" }],
  });
  const object = new LostObject({ now: () => house.clock.now });
  return { live, object, services: { ...services, objects: { ...services.objects, board: () => object } } };
}

describe("restoreBoard", () => {
  it("restoreBoard sends the log and the profiles in Postgres, which fold to the same board", async () => {
    const { live, object, services } = await aLostObject();

    expect(await restoreBoard(services, live.boardId)).toEqual({ restored: live.events.length });

    expect(object.pieces.map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    const journal = new MemoryJournal();
    journal.profile = object.pieces[0]?.profile ?? null;
    for (const { events, contributors } of object.pieces) {
      journal.events.push(...events);
      for (const { id, profile } of contributors) journal.contributors.set(id, profile);
    }
    const board = new Board(journal);
    expect(board.state).toEqual(live.state);
    expect(board.profile).toEqual(live.board.board.profile);
    expect(board.books()).toEqual(live.board.board.books());
    expect(journal.contributors).toEqual(live.board.journal.contributors);
  });

  it("restoreBoard sends the encrypted number and cardholder's name of a Karri card, with the instant of its verification", async () => {
    const { object, services } = await aLostObject();
    const board = await aPlayedBoard(database, { payoutMethod: "karri_card_topup" }, await aKarriCard());
    await board.write();

    await restoreBoard(services, board.boardId);

    expect(object.pieces[0]?.profile).toEqual(board.board.profile);
  });

  it("restoreBoard answers conflict with the reason of the object when the object refuses", async () => {
    const { live, object, services } = await aLostObject();
    object.answer = { restored: false, reason: "the board has a log" };

    await expect(restoreBoard(services, live.boardId)).rejects.toMatchObject({
      code: "conflict",
      message: "Nothing was restored: the board has a log.",
    });
  });

  it("restoreBoard answers not_found for an unknown board and for a board without a log", async () => {
    const { live, object, services } = await aLostObject();
    await database.db.delete(boardEvents).where(eq(boardEvents.dreamBoardId, live.boardId));

    for (const boardId of [randomUUID(), live.boardId]) {
      await expect(restoreBoard(services, boardId)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(object.pieces).toEqual([]);
  });
});

/** An object whose platform kept its storage as it was after each event. */
class ObjectWithHistory extends LostObject {
  readonly asked: RewindTo[] = [];
  rewound: Rewound = { prepared: true, undo: "bookmark-of-now" };
  #board: Board;
  readonly #earlier: Board;

  constructor({ now, live, earlier }: { now(): Date; live: Board; earlier: Board }) {
    super({ now });
    this.#board = live;
    this.#earlier = earlier;
  }

  override inspect() {
    return { ...this.#board.books(), projectedSeq: 0, poisonedSeq: null };
  }

  override rewind(to: RewindTo): Rewound {
    this.asked.push(to);
    return this.rewound;
  }

  /** As of the real object, the call ends with the instance. */
  override restart(): never {
    this.#board = this.#earlier;
    throw Object.assign(new Error("restarted by an operator"), { durableObjectReset: true });
  }
}

describe("rewindBoard", () => {
  const AT = { at: "2026-11-24T08:00:00.000Z" };

  /** Three events in Postgres, and an object whose log at `AT` is `seq` events long. */
  async function aBoardWithHistory({ seq, other = false }: { seq: number; other?: boolean }) {
    const { live, services, house } = await anOperator(database);
    await live.paid();
    const journal = new MemoryJournal();
    journal.profile = live.board.journal.profile;
    journal.events.push(...live.board.journal.events.slice(0, seq));
    const last = journal.events.at(-1);
    if (other && last) journal.events.splice(-1, 1, { ...last, hash: "f".repeat(64) });
    const [now, earlier] = [() => house.clock.now, new Board(journal)];
    const object = new ObjectWithHistory({ now, live: live.board.board, earlier });
    return { live, object, services: { ...services, objects: { ...services.objects, board: () => object } } };
  }

  it("a rewound object gets the events that Postgres has since, and its names", async () => {
    const { live, object, services } = await aBoardWithHistory({ seq: 1 });

    const rewound = await rewindBoard(services, live.boardId, AT);

    expect(rewound).toEqual({ from: 3, to: 1, restored: 2, undo: "bookmark-of-now" });
    expect(object.asked).toEqual([AT]);
    expect(object.pieces.flatMap(({ events }) => events.map((event) => event.seq))).toEqual([2, 3]);
    expect(object.pieces.flatMap(({ contributors }) => contributors)).toHaveLength(1);
    expect(object.pieces.at(-1)).toMatchObject({ last: true });
  });

  it.each([
    ["the whole log", { seq: 3 }, "Nothing was restored: Postgres has no later event."],
    [
      "another log than Postgres",
      { seq: 2, other: true },
      "Nothing was restored: this board has a log of its own, and its event 2 is not the one that Postgres has.",
    ],
  ])("a rewind to %s sends nothing, and says why", async (_, history, reason) => {
    const { live, object, services } = await aBoardWithHistory(history);

    expect(await rewindBoard(services, live.boardId, AT)).toMatchObject({ to: history.seq, restored: reason });
    expect(object.pieces).toEqual([]);
  });

  it("a platform without the history changes nothing", async () => {
    const { live, object, services } = await aBoardWithHistory({ seq: 1 });
    object.rewound = { prepared: false, reason: "it keeps 30 days." };

    await expect(rewindBoard(services, live.boardId, AT)).rejects.toMatchObject({
      code: "conflict",
      message: "Nothing was rewound: it keeps 30 days.",
    });
    expect([object.inspect().headSeq, object.pieces]).toEqual([3, []]);
  });

  it("an object whose last event Postgres does not have is left alone", async () => {
    const { live, object, services } = await aBoardWithHistory({ seq: 1 });
    await database.db
      .delete(boardEvents)
      .where(and(eq(boardEvents.dreamBoardId, live.boardId), eq(boardEvents.seq, 3)));

    await expect(restoreBoard(services, live.boardId)).rejects.toThrow("Postgres does not have its event 3");
    expect(object.pieces).toEqual([]);
  });
});
