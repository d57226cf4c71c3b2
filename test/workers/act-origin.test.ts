import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { and, eq } from "drizzle-orm";
import { afterEach, expect, it, vi } from "vitest";
import { boardEvents } from "#database/own-tables";
import { auditLogs } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { SCHEMA_MIGRATIONS } from "../../durable-objects/board-journal.ts";
import { database, openBoard, paymentReport, plugPostgres, type RemoteBoard, unplugPostgres } from "./support.ts";

afterEach(plugPostgres);

const WAIT = { timeout: 20_000, interval: 50 };
const ADMIN_ID = newId(new Date());
const BY = { kind: "admin", adminId: ADMIN_ID } as const;
const ORIGIN = { email: "nomsa@example.org", ipAddress: "102.65.1.7" };

const originsOf = (board: RemoteBoard) =>
  runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql.exec("SELECT seq, last_seq, json FROM origins").toArray(),
  );

const cancelledRows = (boardId: string) =>
  database
    .select()
    .from(auditLogs)
    .where(and(eq(auditLogs.targetId, publicId("board", boardId)), eq(auditLogs.action, "board.cancelled")));

it("the origin of an operator's command waits beside the log, and is forgotten once the audit row has it", async () => {
  const { boardId, board } = await openBoard();
  await unplugPostgres(boardId);

  await board.execute({ type: "cancel_board" }, { by: BY, profiles: { origin: ORIGIN } });

  expect(await originsOf(board)).toEqual([{ seq: 2, last_seq: 2, json: JSON.stringify(ORIGIN) }]);
  await plugPostgres();
  await vi.waitFor(async () => expect(await board.inspect()).toMatchObject({ projectedSeq: 2 }), WAIT);
  const row = { actorType: "admin", actorId: ADMIN_ID, actorEmail: ORIGIN.email, ipAddress: ORIGIN.ipAddress };
  expect(await cancelledRows(boardId)).toMatchObject([row]);
  expect(await originsOf(board)).toEqual([]);

  await board.object.projectAgain(0);
  expect(await cancelledRows(boardId)).toMatchObject([row]);
  const log = await database
    .select()
    .from(boardEvents)
    .where(eq(boardEvents.dreamBoardId, boardId))
    .orderBy(boardEvents.seq);
  expect(log.map(({ by }) => by)).toEqual([{ kind: "system" }, BY]);
  expect(JSON.stringify(log)).not.toMatch(/nomsa|102\.65/);
});

it("an origin belongs to all events of its command and to no other command's", async () => {
  const { boardId, board } = await openBoard();
  const contribution = paymentReport(await board.contribution(20_000), 20_000);
  await board.report(contribution);
  await unplugPostgres(boardId);

  await board.execute({ type: "cancel_board" }, { by: BY, profiles: { origin: ORIGIN } });
  await board.execute({ type: "update_board", message: "Sorry" }, { by: BY });

  expect(await originsOf(board)).toEqual([{ seq: 4, last_seq: 5, json: JSON.stringify(ORIGIN) }]);
  await plugPostgres();
  await vi.waitFor(async () => {
    const { headSeq, projectedSeq } = await board.inspect();
    expect(projectedSeq).toBe(headSeq);
  }, WAIT);
  const rows = await database.select().from(auditLogs).where(eq(auditLogs.actorId, ADMIN_ID));
  const ofBoard = rows.filter(
    ({ targetId, metadata }) =>
      targetId === publicId("board", boardId) ||
      JSON.stringify(metadata).includes(contribution.providerPaymentId ?? "-"),
  );
  expect(ofBoard.map(({ action, actorEmail }) => [action, actorEmail]).sort()).toEqual([
    ["board.cancelled", ORIGIN.email],
    ["board.updated", null],
    ["refund.requested", ORIGIN.email],
  ]);
});

it("an object that an older release made gets the table of origins when it wakes", async () => {
  const { boardId, board } = await openBoard();
  await runInDurableObject(board.stub, (_, { storage }) => {
    storage.sql.exec("DROP TABLE origins");
    storage.sql.exec("UPDATE meta SET value = '1' WHERE name = 'schema_version'");
  });
  await evictDurableObject(board.stub);

  await board.execute({ type: "cancel_board" }, { by: BY, profiles: { origin: ORIGIN }, waitForProjection: true });

  expect(await cancelledRows(boardId)).toMatchObject([{ actorEmail: ORIGIN.email }]);
  const [version] = await runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql.exec("SELECT value FROM meta WHERE name = 'schema_version'").toArray(),
  );
  expect(version).toEqual({ value: String(SCHEMA_MIGRATIONS.length) });
});
