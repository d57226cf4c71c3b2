import { eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { projectionFailures } from "#database/own-tables";
import { erasures } from "#database/privacy-tables";
import { contributions, dreamBoards } from "#database/schema";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { scrubOrigins } from "../../src/jobs/scrub-origins.ts";
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
  await database.db.update(contributions).set({ ipAddress: null, userAgent: null });
  await database.db.delete(erasures);
});

const PERIOD = 30 * DAY;
const NAMED = { name: "Thandi", message: "Happy birthday", ipAddress: "203.0.113.7", userAgent: "Firefox" };

/** Begins a contribution and returns its id. */
async function begun(
  { execute }: LiveBoard,
  profile: Partial<typeof NAMED> | Record<string, null> = {},
): Promise<string> {
  const contributionId = newId(house.pass(1));
  const form = { submission: contributionId, amount: cents(20_000), signals: [], challengePassed: true };
  const profiles = { contributor: { id: contributionId, profile: { ...NAMED, ...profile } } };
  const outcome = await execute({ type: "open_contribution", contributionId, provider: "payfast", ...form }, profiles);
  if ("refused" in outcome) throw new Error(`refused: ${outcome.refused}`);
  return contributionId;
}

async function row(id: string) {
  const [found] = await database.db.select().from(contributions).where(eq(contributions.id, id));
  return found!;
}

/** Address and browser of a contribution in Postgres and in its board's object. */
async function origins({ board }: LiveBoard, id: string) {
  const { ipAddress, userAgent } = await row(id);
  const profile = board.journal.contributorProfile(id);
  return [ipAddress, userAgent, profile?.ipAddress, profile?.userAgent];
}
const GONE = [null, null, null, null];
const KEPT = ["203.0.113.7", "Firefox", "203.0.113.7", "Firefox"];

const recorded = async () =>
  (await database.db.select().from(erasures)).map(({ cause, counts }) => ({ cause, counts }));
const run = (now: Date, limits?: Parameters<typeof scrubOrigins>[2]) => scrubOrigins(house.services, now, limits);
const LIMITS = { contributions: 3, boards: 100, failures: 50, concurrency: 2 };

describe("scrubOrigins", () => {
  it("scrubOrigins erases addresses and browsers older than 30 days in Postgres and in the object, and nothing else", async () => {
    const live = await aLiveBoard(house);
    const ids = [
      await begun(live),
      await begun(live, { userAgent: null }),
      await begun(live, { ipAddress: null }),
      await begun(live, { ipAddress: null, userAgent: null }),
    ];
    const oldest = await Promise.all(ids.map(row));
    const [board] = await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, live.boardId));
    const inside = await begun(live);
    const { createdAt } = await row(inside);

    const first = await run(new Date(createdAt.getTime() + PERIOD));

    expect(first).toEqual({ contributions: 3, object_profiles: 3, boards: 1, failed: 0, complete: true });
    expect(await Promise.all(ids.map((id) => origins(live, id)))).toEqual(ids.map(() => GONE));
    expect(await origins(live, inside)).toEqual(KEPT);
    expect(await Promise.all(ids.map(row))).toEqual(
      oldest.map((before) => ({ ...before, ipAddress: null, userAgent: null })),
    );
    expect(live.board.journal.contributorProfile(ids[0]!)).toEqual({ ...NAMED, ipAddress: null, userAgent: null });
    expect(await database.db.select().from(dreamBoards).where(eq(dreamBoards.id, live.boardId))).toEqual([board]);
    expect(await recorded()).toEqual([{ cause: "scrub-origins", counts: { contributions: 3, object_profiles: 3 } }]);

    const again = await run(new Date(createdAt.getTime() + PERIOD));
    expect(again).toEqual({ contributions: 0, object_profiles: 0, boards: 0, failed: 0, complete: true });
    expect(await recorded()).toHaveLength(1);

    await run(new Date(createdAt.getTime() + PERIOD + 1));
    expect(await origins(live, inside)).toEqual(GONE);
  });

  it("a projection that is repeated after the scrub does not bring an address back, also for a row that was lost", async () => {
    const live = await aLiveBoard(house);
    const [kept, lost] = [await begun(live), await begun(live)];
    await run(new Date(house.clock.now.getTime() + PERIOD + 1));
    await database.postgres.session((session) =>
      session.script(`DELETE FROM payment_requests WHERE contribution_id = '${lost}';
        DELETE FROM contributions WHERE id = '${lost}'`),
    );

    await live.board.projectAgain(0);

    expect([await origins(live, kept), await origins(live, lost)]).toEqual([GONE, GONE]);
  });

  it.each<[string, (board: LiveBoard["board"], isAway: boolean) => unknown]>([
    ["does not answer", (board, isAway) => Object.assign(board, { outage: isAway ? new Error("away") : null })],
    ["is being restored", (board, isRestoring) => Object.assign(board, { isRestoring })],
  ])("a board whose object %s keeps its rows, holds up no other, and is scrubbed by the next run", async (_, set) => {
    const [away, other] = [await aLiveBoard(house), await aLiveBoard(house)];
    const ids: string[] = [];
    for (let each = 0; each < 4; each += 1) ids.push(await begun(away));
    const there = await begun(other);
    const now = new Date(house.clock.now.getTime() + PERIOD + 1);
    set(away.board, true);

    const first = await run(now, LIMITS);

    expect(first).toMatchObject({ contributions: 1, boards: 1, failed: 1, complete: false });
    expect(await Promise.all(ids.map((id) => row(id)))).toMatchObject(ids.map(() => ({ ipAddress: "203.0.113.7" })));
    expect(await origins(other, there)).toEqual(GONE);
    expect(house.logged.map(({ event }) => event)).toEqual(["origins_not_scrubbed", "purge_incomplete"]);

    set(away.board, false);
    expect(await run(now, LIMITS)).toMatchObject({ contributions: 4, object_profiles: 4, complete: true });
    expect(await Promise.all(ids.map((id) => origins(away, id)))).toEqual(ids.map(() => GONE));
  });

  it("two runs at once erase and record every origin once", async () => {
    const boards = [await aLiveBoard(house), await aLiveBoard(house), await aLiveBoard(house)];
    for (const live of boards) for (let each = 0; each < 4; each += 1) await begun(live);
    const now = new Date(house.clock.now.getTime() + PERIOD + 1);

    const both = await Promise.all([run(now, LIMITS), run(now, LIMITS)]);

    const sum = (name: "contributions" | "object_profiles") => both.reduce((total, counts) => total + counts[name], 0);
    expect([sum("contributions"), sum("object_profiles")]).toEqual([12, 12]);
    const counts = (await recorded()).map((erasure) => erasure.counts.contributions ?? 0);
    expect(counts.reduce((total, count) => total + count, 0)).toBe(12);
    expect(await database.db.select().from(contributions).where(isNotNull(contributions.ipAddress))).toEqual([]);
  });

  it("a run that reaches its limit says so, and the next one goes on", async () => {
    const boards = [await aLiveBoard(house), await aLiveBoard(house)];
    for (const live of boards) for (let each = 0; each < 3; each += 1) await begun(live);
    const now = new Date(house.clock.now.getTime() + PERIOD + 1);

    const first = await run(now, { ...LIMITS, boards: 1 });

    expect(first).toEqual({ contributions: 3, object_profiles: 3, boards: 1, failed: 0, complete: false });
    expect(house.logged).toEqual([{ alert: true, event: "purge_incomplete", job: "scrub-origins", failed: 0 }]);
    expect(await run(now)).toMatchObject({ contributions: 3, complete: true });
  });

  it("the object of a board whose log Postgres refuses is scrubbed although Postgres lacks the contribution", async () => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    const id = await begun(live);
    const failed = { eventType: "contribution_opened", message: "refused", firstFailedAt: house.clock.now };
    await database.db
      .insert(projectionFailures)
      .values({ dreamBoardId: live.boardId, seq: 2, lastFailedAt: house.clock.now, ...failed });

    const now = new Date(house.clock.now.getTime() + PERIOD + 1);
    expect(await run(now)).toMatchObject({ contributions: 0, object_profiles: 1, complete: true });

    expect(live.board.journal.contributorProfile(id)).toMatchObject({ ipAddress: null, userAgent: null });
    await database.db.delete(projectionFailures).where(eq(projectionFailures.dreamBoardId, live.boardId));
  });
});
