import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { giftCards } from "#database/payout-tables";
import { erasures } from "#database/privacy-tables";
import { contributions, dreamBoards, payouts as payoutsTable } from "#database/schema";
import { boardCode } from "#domain/ids";
import { anonymiseBoards } from "../../src/jobs/anonymise-boards.ts";
import { aHouse, aLiveBoard, DAY, type House, type LiveBoard } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  // The job looks at every board.
  await database.db.update(dreamBoards).set({ payoutEmail: "anonymized@chipin.co.za" });
});

const PERIOD = 90 * DAY;
const LIMITS = { boards: 100, page: 2, concurrency: 2, failures: 50 };
const run = (now: Date, limits = LIMITS) => anonymiseBoards(house.services, now, { limits });
const rowOf = async ({ boardId }: LiveBoard) =>
  (await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, boardId)))[0]!;
const namesOf = (boards: readonly LiveBoard[]) =>
  Promise.all(boards.map(async (board) => (await rowOf(board)).childName));
const cancelled = async () => {
  const board = await aLiveBoard(house);
  await board.execute({ type: "cancel_board" });
  return board;
};

it("boards that ended more than 90 days ago are anonymised with the specified values, and no other changes", async () => {
  const [paidOut, empty, waiting, open] = [
    await aLiveBoard(house),
    await aLiveBoard(house),
    await aLiveBoard(house),
    await aLiveBoard(house),
  ];
  await paidOut.paid();
  await waiting.paid();
  for (const board of [paidOut, empty, waiting]) await board.execute({ type: "close_board", reason: "manual" });
  for (const { id: payoutId } of paidOut.state.payouts.values()) {
    const paid = { externalRef: "order-1", completedAt: null, method: "hand" } as const;
    await paidOut.execute({ type: "complete_payout", payoutId, ...paid });
  }
  const before = await rowOf(paidOut);
  const last = (await rowOf(empty)).updatedAt;
  const now = new Date(Math.max(before.updatedAt.getTime(), last.getTime()) + PERIOD + 1);

  expect(await run(new Date(Math.min(before.updatedAt.getTime(), last.getTime()) + PERIOD))).toMatchObject({
    anonymised: 0,
  });
  expect(await run(now)).toEqual({ anonymised: 2, refused: 0, failed: 0, complete: true });

  expect(await namesOf([paidOut, empty, waiting, open])).toEqual(["Anonymized", "Anonymized", "Maya", "Maya"]);
  expect(await rowOf(paidOut)).toEqual({
    ...before,
    slug: `anonymized-birthday-${boardCode(paidOut.boardId)}`,
    childName: "Anonymized",
    childPhotoUrl: "/images/anonymized.png",
    payoutEmail: "anonymized@chipin.co.za",
    message: null,
    overflowGiftData: { causeId: "food-forward", causeName: "Feed Hungry Children", impactDescription: "" },
  });
  const guests = await database.db.select().from(contributions).where(eq(contributions.dreamBoardId, paidOut.boardId));
  expect(guests).toMatchObject([{ contributorName: "Anonymous", message: null, ipAddress: null, userAgent: null }]);
  const proof = await database.db.select().from(erasures).where(eq(erasures.dreamBoardId, paidOut.boardId));
  expect(proof.map(({ cause, counts }) => ({ cause, counts }))).toContainEqual({
    cause: "board.anonymised",
    counts: { boards: 1, contributions: 1 },
  });
  expect(await run(now)).toEqual({ anonymised: 0, refused: 0, failed: 0, complete: true });
});

it("a board that refuses is counted, holds up no other, and is alerted once it is 30 days overdue", async () => {
  const refusing = await aLiveBoard(house);
  await refusing.paid();
  await refusing.execute({ type: "cancel_board" });
  const others = [await cancelled(), await cancelled(), await cancelled()];
  const ended = house.clock.now.getTime();

  expect(await run(new Date(ended + PERIOD + 1))).toEqual({ anonymised: 3, refused: 1, failed: 0, complete: true });
  expect(house.logged).toEqual([]);
  expect(await namesOf([refusing, ...others])).toEqual(["Maya", "Anonymized", "Anonymized", "Anonymized"]);

  await run(new Date(ended + PERIOD + 30 * DAY + 1));
  const because = "0 payouts, 1 refunds and 0 payments are not done";
  const board = boardCode(refusing.boardId);
  expect(house.logged).toEqual([{ alert: true, event: "anonymisation_overdue", board, because }]);
});

it("a board whose object or Postgres does not answer is done by the next run", async () => {
  const [away, behind, fine] = [await cancelled(), await cancelled(), await cancelled()];
  const now = new Date(house.clock.now.getTime() + PERIOD + 1);
  away.board.outage = new Error("away");
  behind.board.isCutOff = true;

  expect(await run(now)).toEqual({ anonymised: 1, refused: 0, failed: 2, complete: false });
  expect(house.logged.map(({ event }) => event).sort()).toEqual([
    "board_not_anonymised",
    "board_not_anonymised",
    "purge_incomplete",
  ]);
  away.board.outage = null;
  behind.board.isCutOff = false;
  expect(await run(now)).toEqual({ anonymised: 2, refused: 0, failed: 0, complete: true });
  expect(await namesOf([away, behind, fine])).toEqual(["Anonymized", "Anonymized", "Anonymized"]);
});

it("two runs at once anonymise each board once, and a run that reaches its limit says so", async () => {
  const boards = [await cancelled(), await cancelled(), await cancelled(), await cancelled(), await cancelled()];
  const now = new Date(house.clock.now.getTime() + PERIOD + 1);

  expect(await run(now, { ...LIMITS, boards: 2 })).toEqual({ anonymised: 2, refused: 0, failed: 0, complete: false });
  expect(house.logged).toMatchObject([{ alert: true, event: "purge_incomplete", job: "anonymise-boards" }]);
  const both = await Promise.all([run(now), run(now)]);

  expect(both).toMatchObject([{ failed: 0 }, { failed: 0 }]);
  expect(boards.map(({ events }) => events.filter((type) => type === "board_anonymised").length)).toEqual([
    1, 1, 1, 1, 1,
  ]);
});

it("a board waits until its gift card's code is mailed, because the code is as good as cash", async () => {
  const board = await aLiveBoard(house);
  await board.paid();
  await board.execute({ type: "close_board", reason: "manual" });
  const [payout] = await database.db.select().from(payoutsTable).where(eq(payoutsTable.dreamBoardId, board.boardId));
  const payoutId = payout!.id;
  const paid = { externalRef: "order-1", completedAt: null, method: "hand" } as const;
  await board.execute({ type: "complete_payout", payoutId, ...paid });
  await database.db.insert(giftCards).values({ payoutId, externalRef: "order-1", sealed: "a sealed code" });
  const now = new Date(house.clock.now.getTime() + PERIOD + 1);

  expect(await run(now)).toMatchObject({ anonymised: 0, refused: 1 });
  expect(await database.db.select().from(giftCards).where(eq(giftCards.payoutId, payoutId))).toHaveLength(1);
  await database.db.update(giftCards).set({ sealed: null, mailedAt: now }).where(eq(giftCards.payoutId, payoutId));
  expect(await run(now)).toMatchObject({ anonymised: 1, refused: 0 });
});
