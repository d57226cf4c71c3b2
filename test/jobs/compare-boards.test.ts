import { and, desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareBoard } from "#boards/compare-board";
import { boardDifferences } from "#database/monitoring-tables";
import { boardEvents, boardPots } from "#database/own-tables";
import { payoutHolds } from "#database/payout-tables";
import { contributions, dreamBoards, payouts } from "#database/schema";
import { chainHash } from "#domain/board/chain";
import { boardCode } from "#domain/ids";
import { compareBoards, queueComparison } from "../../src/jobs/compare-boards.ts";
import {
  aHouse,
  aLiveBoard,
  contributionRow,
  DAY,
  HOUR,
  type House,
  type LiveBoard,
} from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
  house = aHouse(database);
});
afterAll(() => database.stop());

/** The difference and the alerts of the job about this board. The job compares the other boards of this file too. */
async function compare({ boardId }: LiveBoard): Promise<{ difference: string | null; alerts: number }> {
  house.logged.length = 0;
  const { differences } = await compareBoards(house.services, house.clock.now);
  const alerts = house.logged.filter(
    ({ alert, event, board }) => alert && event === "board_difference" && board === boardCode(boardId),
  );
  return {
    difference: differences.find((found) => found.boardId === boardId)?.difference ?? null,
    alerts: alerts.length,
  };
}

const NOTHING = { difference: null, alerts: 0 };
const found = (difference: RegExp) => ({ difference: expect.stringMatching(difference), alerts: 1 });

async function lastEvent({ boardId }: LiveBoard) {
  const [row] = await database.db
    .select()
    .from(boardEvents)
    .where(eq(boardEvents.dreamBoardId, boardId))
    .orderBy(desc(boardEvents.seq))
    .limit(1);
  return row!;
}

/** Appends an event to the log in Postgres, with an intact chain. The event need not be valid. */
async function appendToLog(live: LiveBoard, event: { type: string; v: number; data: Record<string, unknown> }) {
  const last = await lastEvent(live);
  const unchained = { seq: last.seq + 1, at: last.at.toISOString(), by: last.by, ...event };
  const hash = chainHash(last.hash, unchained);
  await database.db.insert(boardEvents).values({ ...unchained, dreamBoardId: live.boardId, at: last.at, hash });
  return unchained.seq;
}

/** A board that is paid out. */
async function aPaidBoard(): Promise<LiveBoard> {
  const live = await aLiveBoard(house);
  await live.paid();
  await live.close();
  const method = "hand";
  for (const { id: payoutId } of live.state.payouts.values()) {
    await live.execute({ type: "complete_payout", payoutId, method, externalRef: "order-1", completedAt: null });
  }
  return live;
}

/** A closed board whose payouts a person holds. */
async function aHeldBoard(): Promise<LiveBoard> {
  const live = await aLiveBoard(house);
  await live.paid();
  await live.execute({ type: "place_hold" });
  await live.close();
  return live;
}

describe("compareBoards", () => {
  it("compareBoards finds no difference on a board with paid, refunded and withdrawn money", async () => {
    const live = await aLiveBoard(house);
    const [returned, kept] = [await live.paid(), await live.paid()];
    await live.begin();
    for (const reference of [returned, kept]) await live.requestRefund(reference);
    await live.reportRefund(returned, "completed");
    await live.withdrawRefund(kept);
    const returning = await live.paid();
    await live.requestRefund(returning);

    expect(await compare(live)).toEqual(NOTHING);
    await live.close();
    expect(await compare(live)).toEqual(NOTHING);
  });

  it("compareBoards finds no difference on a board that is paid out and on one that is held", async () => {
    const [paid, held] = [await aPaidBoard(), await aHeldBoard()];

    expect([paid.state.status, held.state.holds.size]).toEqual(["paid_out", 1]);
    expect([await compare(paid), await compare(held)]).toEqual([NOTHING, NOTHING]);
  });

  it.each<[string, Partial<typeof payouts.$inferInsert>, RegExp]>([
    ["another gross", { grossCents: 19_401 }, /^payouts \S+ gross_cents: expected 19400, found 19401$/],
    ["another status", { status: "failed" }, /^payouts \S+ status: expected completed, found failed$/],
    [
      "another order",
      { externalRef: "order-2" },
      /^payouts \S+ external_ref: expected the one of the log, found another$/,
    ],
  ])("compareBoards alerts about a payout with %s", async (_, values, says) => {
    const live = await aPaidBoard();
    await database.db.update(payouts).set(values).where(eq(payouts.dreamBoardId, live.boardId));

    expect(await compare(live)).toEqual(found(says));
  });

  it("compareBoards alerts about a hold that Postgres lacks", async () => {
    const live = await aHeldBoard();
    await database.db.delete(payoutHolds).where(eq(payoutHolds.dreamBoardId, live.boardId));

    expect(await compare(live)).toEqual(found(/^payout_holds \d+: expected reason person, .*, found no row$/));
  });

  it("compareBoards projects events that Postgres lacks, and reports no difference", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    const reference = await live.paid();
    live.board.isCutOff = false;
    expect(await contributionRow(database, reference)).toBeUndefined();

    expect(await compare(live)).toEqual(NOTHING);

    expect(await contributionRow(database, reference)).toMatchObject({ paymentStatus: "completed" });
    const [pot] = await database.db.select().from(boardPots).where(eq(boardPots.dreamBoardId, live.boardId));
    expect(pot).toMatchObject({ countedCents: 19_400, contributionCount: 1 });
  });

  it("compareBoards alerts when events of a board's object do not reach Postgres", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    await live.paid();

    expect(await compare(live)).toEqual(found(/^2 events of the object do not reach Postgres$/));

    live.board.isCutOff = false;
    expect(await compare(live)).toEqual(NOTHING);
  });

  it.each([
    {
      why: "its type is unknown",
      type: "board_renamed",
      v: 1,
      data: { name: "Zoe" },
      says: /\(board_renamed v1\): expected an event of this release, found one that is unknown$/,
    },
    {
      why: "its version is unknown",
      type: "payment_expired",
      v: 99,
      data: {},
      says: /\(payment_expired v99\): .*, found one that is unknown$/,
    },
    {
      why: "its data are damaged",
      type: "payment_expired",
      v: 1,
      data: { contributionId: 7 },
      says: /v1\): .*, found one that is malformed$/,
    },
  ])("compareBoards alerts about an unreadable event in Postgres: $why", async ({ says, type, v, data }) => {
    const live = await aLiveBoard(house);
    const seq = await appendToLog(live, { type, v, data });

    const { difference, alerts } = await compare(live);

    expect(difference).toMatch(new RegExp(`^event ${seq} `));
    expect({ difference, alerts }).toEqual(found(says));
  });

  it("compareBoards alerts about a log in Postgres in which an event was changed", async () => {
    const live = await aLiveBoard(house);
    await live.paid();
    const { seq } = await lastEvent(live);
    await database.db
      .update(boardEvents)
      .set({ by: { kind: "admin" } })
      .where(and(eq(boardEvents.dreamBoardId, live.boardId), eq(boardEvents.seq, seq - 1)));

    expect(await compare(live)).toEqual(
      found(new RegExp(`^event ${seq - 1} .*: expected a hash that follows from event ${seq - 2}, found another$`)),
    );
  });

  it.each<[string, (live: LiveBoard) => Promise<unknown>, RegExp]>([
    [
      "a contribution with another status",
      ({ boardId }) =>
        database.db
          .update(contributions)
          .set({ paymentStatus: "pending" })
          .where(eq(contributions.dreamBoardId, boardId)),
      /^contributions \S+ payment_status: expected completed, found pending$/,
    ],
    [
      "a row with another status",
      ({ boardId }) => database.db.update(dreamBoards).set({ status: "funded" }).where(eq(dreamBoards.id, boardId)),
      /^dream_boards \S+ status: expected active, found funded$/,
    ],
    [
      "a row with another pot",
      ({ boardId }) =>
        database.db.update(boardPots).set({ returningCents: 1 }).where(eq(boardPots.dreamBoardId, boardId)),
      /^board_pots \S+ returning_cents: expected 0, found 1$/,
    ],
    [
      "an object that cannot be reached",
      async ({ board }) => {
        board.outage = new Error("the object is away");
      },
      /^not comparable: Error: the object is away$/,
    ],
    [
      "an event that the object does not have",
      (live) => {
        const data = {
          flag: "new_host",
          contributionId: null,
          provider: null,
          providerPaymentId: null,
          received: null,
        };
        return appendToLog(live, { type: "flag_opened", v: 1, data });
      },
      /^events of the object: expected 4, found 3$/,
    ],
  ])("compareBoards alerts about %s", async (_, damage, says) => {
    const live = await aLiveBoard(house);
    await live.paid();
    await damage(live);

    expect(await compare(live)).toEqual(found(says));
  });

  it("compareBoards alerts about a board whose object has lost its log", async () => {
    const live = await aLiveBoard(aHouse(database));

    expect(await compare(live)).toEqual(found(/^events of the object: expected 1, found 0$/));
  });

  it("compareBoards skips an ended board whose log has not changed for three days, and no open one", async () => {
    const live = await aLiveBoard(aHouse(database));

    expect((await compare(live)).alerts).toBe(1);
    house.pass(3 * DAY);
    expect((await compare(live)).alerts).toBe(1);
    await database.db.update(dreamBoards).set({ status: "expired" }).where(eq(dreamBoards.id, live.boardId));
    expect(await compare(live)).toEqual(NOTHING);
  });

  it("a difference is kept until the board agrees again, with the instant it was first found", async () => {
    const live = await aLiveBoard(house);
    const kept = () =>
      database.db.select().from(boardDifferences).where(eq(boardDifferences.dreamBoardId, live.boardId));
    live.board.isCutOff = true;
    await live.paid();
    await compare(live);
    const foundAt = house.clock.now;
    const difference = "2 events of the object do not reach Postgres";
    expect(await kept()).toMatchObject([{ difference, foundAt, seenAt: foundAt }]);

    house.pass(DAY);
    await compare(live);
    expect(await kept()).toMatchObject([{ difference, foundAt, seenAt: house.clock.now }]);

    live.board.isCutOff = false;
    house.pass(1_000);
    await compare(live);
    expect(await kept()).toEqual([]);
  });
});

describe("queueComparison", () => {
  const queued = () => house.queues.comparison.flatMap(({ body }) => (body as { boardIds: string[] }).boardIds);
  /** The boards that a run as of this instant queues, after all boards of this file were compared before. */
  async function queue(now: Date): Promise<string[]> {
    house.queues.comparison.length = 0;
    await queueComparison(house.services, now).catch((error: Error) =>
      expect(error.message).toMatch(/not been compared/),
    );
    return queued();
  }
  const nextNight = () => {
    const night = new Date(house.clock.now.getTime() + DAY);
    night.setUTCHours(0, 10, 0, 0);
    return night;
  };

  it("every night all open boards and those that moved are queued, each once, in messages of 25", async () => {
    const boards: string[] = [];
    for (let count = 0; count < 27; count += 1) boards.push((await aLiveBoard(house)).boardId);
    house.clock.now = nextNight();

    const ids = await queue(house.clock.now);

    expect(boards.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    const sizes = house.queues.comparison.map(({ body }) => (body as { boardIds: string[] }).boardIds.length);
    expect(sizes.slice(0, -1).every((size) => size === 25)).toBe(true);
    expect(house.queues.comparison.length).toBe(Math.ceil(ids.length / 25));
  });

  it("a later run of the night queues only what was not compared, whatever became of its message", async () => {
    const [compared, lost] = [await aLiveBoard(house), await aLiveBoard(house)];
    house.clock.now = nextNight();
    await queue(house.clock.now);
    for (const id of queued()) if (id !== lost.boardId) await compareBoard(house.services, id);

    house.pass(3_600_000);
    expect(await queue(house.clock.now)).toEqual([lost.boardId]);
    await compareBoard(house.services, lost.boardId);
    house.pass(3_600_000);
    expect(await queue(house.clock.now)).toEqual([]);

    expect(await queue(nextNight())).toContain(compared.boardId);
  });

  it("a run fails, once all are queued, while an open board has missed a night, but not for a finished board", async () => {
    const [open, finished] = [await aLiveBoard(house), await aPaidBoard()];
    await compareBoards(house.services, house.clock.now);
    const comparedAt = house.clock.now;
    house.pass(26 * HOUR);
    await finished.execute({ type: "place_hold" });
    house.queues.comparison.length = 0;
    await queueComparison(house.services, house.clock.now);
    expect(queued()).toContain(open.boardId);

    house.queues.comparison.length = 0;
    const late = new Date(comparedAt.getTime() + 28 * HOUR);
    await expect(queueComparison(house.services, late)).rejects.toThrow(/^\d+ open boards have not been compared/);
    expect(queued()).toContain(open.boardId);

    for (const id of queued()) if (id !== finished.boardId) await compareBoard(house.services, id);
    await database.db.update(boardPots).set({ comparedAt }).where(eq(boardPots.dreamBoardId, finished.boardId));
    house.queues.comparison.length = 0;
    await queueComparison(house.services, new Date(late.getTime() + 4 * HOUR));
    expect(queued()).toContain(finished.boardId);
  });

  it("an open board whose object alone has its newest events is projected by the comparison, however long it was silent", async () => {
    const live = await aLiveBoard(house);
    house.pass(5 * DAY);
    live.board.isCutOff = true;
    const reference = await live.paid();
    live.board.isCutOff = false;
    expect(await contributionRow(database, reference)).toBeUndefined();
    house.clock.now = nextNight();

    for (const id of await queue(house.clock.now)) await compareBoard(house.services, id);

    expect(await contributionRow(database, reference)).toMatchObject({ paymentStatus: "completed" });
  });
});
