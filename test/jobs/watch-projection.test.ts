import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boardLags } from "#database/monitoring-tables";
import { watchProjection } from "../../src/jobs/watch-projection.ts";
import {
  aHouse,
  aLiveBoard,
  contributionRow,
  HOUR,
  type House,
  type LiveBoard,
  MINUTE,
} from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  house = aHouse(database);
  await database.postgres.session((session) =>
    session.script("DELETE FROM board_lags; UPDATE board_events SET at = '2020-01-01T00:00:00Z'"),
  );
});

const watch = () => watchProjection(house.services, house.clock.now);
const lagOf = async ({ boardId }: LiveBoard) =>
  (await database.db.select().from(boardLags).where(eq(boardLags.dreamBoardId, boardId)))[0] ?? null;

describe("watchProjection", () => {
  it("a board that Postgres has whole is not behind", async () => {
    const live = await aLiveBoard(house);

    expect(await watch()).toEqual({ watched: 1, behind: 0 });
    expect(await lagOf(live)).toBeNull();
  });

  it("a board that stands still behind its log is behind since the first look, and projected again at the second", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    const reference = await live.paid();
    const behindSince = house.clock.now;
    expect(await watch()).toEqual({ watched: 1, behind: 1 });
    expect(await lagOf(live)).toMatchObject({ projectedSeq: 1, behindSince });

    house.pass(5 * MINUTE);
    expect(await watch()).toMatchObject({ behind: 1 });
    expect(await lagOf(live)).toMatchObject({ projectedSeq: 1, behindSince, seenAt: house.clock.now });

    live.board.isCutOff = false;
    house.pass(5 * MINUTE);
    expect(await watch()).toMatchObject({ behind: 0 });
    expect(await lagOf(live)).toBeNull();
    expect(await contributionRow(database, reference)).toMatchObject({ paymentStatus: "completed" });
  });

  it("a busy board that gets on is behind since its last progress only", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    await live.paid();
    await watch();
    live.board.isCutOff = false;
    await live.begin();
    live.board.isCutOff = true;
    await live.paid();
    house.pass(5 * MINUTE);

    await watch();

    expect(await lagOf(live)).toMatchObject({ behindSince: house.clock.now });
  });

  it("a board that moved more than an hour ago is watched only while it is known to be behind", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    await live.paid();
    await watch();
    house.pass(2 * HOUR);
    expect(await watch()).toEqual({ watched: 1, behind: 1 });

    live.board.isCutOff = false;
    await watch();
    expect(await watch()).toEqual({ watched: 0, behind: 0 });
  });

  it("a board whose object does not answer is left for the next run, and the others are watched", async () => {
    const [away, live] = [await aLiveBoard(house), await aLiveBoard(house)];
    away.board.outage = new Error("the object is away");
    live.board.isCutOff = true;
    await live.paid();

    expect(await watch()).toEqual({ watched: 2, behind: 1 });

    expect(await lagOf(live)).not.toBeNull();
    expect(house.logged.map(({ event }) => event)).toContain("projection_not_watched");
  });
});
