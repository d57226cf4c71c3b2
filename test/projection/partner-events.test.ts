import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdPositions } from "#database/event-positions";
import { partnerEvents } from "#database/event-tables";
import { webhookDeliveries } from "#database/own-tables";
import { newId, publicId } from "#domain/ids";
import { listEvents } from "#webhooks/list-events";
import { aHost, aPartner, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { testServices } from "../webhooks/support.ts";
import { anEndpoint, PlayedBoard, rowsOf } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const EVERYTHING = { type: null, boardId: null, after: null, limit: 100 };

async function boardsOfOnePartner(count: number) {
  const { id: partnerId } = await aPartner(database.db);
  const boards = await Promise.all(
    Array.from({ length: count }, async () => {
      const { id: hostId } = await aHost(database.db);
      return new PlayedBoard(database, { partnerId, hostId });
    }),
  );
  return { partnerId, boards };
}

/** Reads on from the last position until `isDone` was true before a page that came back empty. */
async function readAll(partnerId: string, limit: number, isDone: () => boolean): Promise<string[]> {
  const { services } = testServices(database);
  const ids: string[] = [];
  for (let after: number | null = null; ; ) {
    const mayEnd = isDone();
    const page = await listEvents(services, partnerId, { ...EVERYTHING, after, limit });
    ids.push(...page.map(({ id }) => id));
    after = page.at(-1)?.position ?? after;
    if (mayEnd && page.length === 0) return ids;
  }
}

describe("partner events", () => {
  it("a partner without an endpoint has one event for each announcement, with the place of its cause in the log", async () => {
    const { boards } = await boardsOfOnePartner(1);
    const [board] = boards;
    if (!board) throw new Error("no board");
    board.paid(50_000);
    board.close();

    expect((await board.write()).deliveryIds).toEqual([]);

    const { events, log, deliveries, records } = await rowsOf(database, board);
    const causes = new Map(log.map(({ seq, type }) => [seq, type]));
    expect(events.map(({ type, sequence }) => [type, causes.get(sequence ?? 0)]).toSorted()).toEqual([
      ["contribution.received", "payment_completed"],
      ["dreamboard.created", "board_opened"],
      ["payout.ready", "board_closed"],
      ["pot.closed", "board_closed"],
    ]);
    expect(events.map(({ apiVersion }) => apiVersion)).toEqual(Array(4).fill("2026-12-01"));
    expect([deliveries, records]).toEqual([[], []]);
  });

  it("a contribution that has gone back is announced once, as refunded, with the board without it", async () => {
    const { boards } = await boardsOfOnePartner(1);
    const [board] = boards;
    if (!board) throw new Error("no board");
    const refunded = board.paid(20_000);
    board.requestRefund(refunded);
    board.reportRefund(refunded, "processing");
    await board.write();
    expect((await rowsOf(database, board)).events.map(({ type }) => type)).not.toContain("contribution.refunded");

    board.reportRefund(refunded, "completed");
    board.reportRefund(refunded, "completed");
    await board.write();

    const { events } = await rowsOf(database, board);
    const { id } = board.of(refunded);
    expect(events.filter(({ type }) => type === "contribution.refunded").map(({ data }) => data)).toMatchObject([
      {
        contribution: { id: publicId("contribution", id), payment_status: "refunded", net_cents: 19_400 },
        dream_board: { raised_cents: 0, contribution_count: 0 },
      },
    ]);
  });

  it("the endpoints of two keys hear of one fact under one id", async () => {
    const { partnerId, boards } = await boardsOfOnePartner(1);
    const endpoints = [await anEndpoint(database, partnerId), await anEndpoint(database, partnerId)];

    await boards[0]?.write();

    const heard = await Promise.all(
      endpoints.map(({ endpoint }) =>
        database.db.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookEndpointId, endpoint.id)),
      ),
    );
    expect(heard.map(({ length }) => length)).toEqual([1, 1]);
    expect(new Set(heard.flat().map(({ partnerEventId }) => partnerEventId)).size).toBe(1);
  });

  it("a log that is written again keeps every event and its position", async () => {
    const { partnerId, boards } = await boardsOfOnePartner(1);
    boards[0]?.paid(50_000);
    await boards[0]?.write();
    const before = await database.db.select().from(partnerEvents).where(eq(partnerEvents.partnerId, partnerId));

    await boards[0]?.write();

    expect(await database.db.select().from(partnerEvents).where(eq(partnerEvents.partnerId, partnerId))).toEqual(
      before,
    );
    expect(before).toHaveLength(2);
  });

  it("a reader by position gets every event exactly once while forty boards project", async () => {
    const { partnerId, boards } = await boardsOfOnePartner(40);
    for (const board of boards) for (let nth = 0; nth < 3; nth += 1) board.paid(20_000);
    let isDone = false;

    const reading = readAll(partnerId, 7, () => isDone);
    await Promise.all(boards.map((board) => board.write()));
    isDone = true;
    const ids = await reading;

    const rows = await database.db.select().from(partnerEvents).where(eq(partnerEvents.partnerId, partnerId));
    expect(ids.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    expect(rows).toHaveLength(160);
  });

  it("a reader waits for a writer that has drawn a lower position and commits later", async ({ skip }) => {
    skip(!database.isRealPostgres, "the embedded Postgres has one connection");
    const { partnerId } = await boardsOfOnePartner(1);
    const { services } = testServices(database);
    const told = { partnerId, type: "pot.funded", apiVersion: "2026-12-01", data: {} };
    const ids = [newId(new Date()), newId(new Date())] as const;
    const hold = database.db.execute(sql`SELECT ${holdPositions(partnerId)}`);

    const reading = await database.postgres.session(async (session) => {
      await session.script("BEGIN");
      await session.script(`
        SELECT pg_advisory_xact_lock_shared(hashtextextended('partner_events/' || '${partnerId}', 0));
        INSERT INTO partner_events (id, partner_id, type, api_version, data)
          VALUES ('${ids[0]}', '${partnerId}', 'pot.funded', '2026-12-01', '{}')`);
      // Another writer is not held up, and is done first.
      await database.db.batch([hold, database.db.insert(partnerEvents).values({ id: ids[1], ...told })]);
      const page = listEvents(services, partnerId, EVERYTHING);
      await untilOneWaits();
      await session.script("COMMIT");
      return page;
    });

    expect((await reading).map(({ id }) => id)).toEqual(ids);
  });
});

async function untilOneWaits(): Promise<void> {
  for (;;) {
    const { rows } = await database.db.execute(sql`
      SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    if (rows.length > 0) return;
  }
}
