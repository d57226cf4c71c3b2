import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardEvents, projectionFailures } from "#database/own-tables";
import { recordProjectionFailure } from "#database/projection-failures";
import { Board } from "#domain/board/board";
import { projectAgain, restoreBoard } from "#operations/boards";
import type { Restored, RestorePiece } from "#platform/objects";
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
