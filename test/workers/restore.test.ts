import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { asc, eq } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { readLog } from "#boards/read-log";
import { boardEvents } from "#database/own-tables";
import { contributions } from "#database/schema";
import type { StoredEvent } from "#domain/board/events";
import { restoreBoard } from "../../src/operations/boards.ts";
import { servicesOf } from "../../src/platform/wiring.ts";
import { NO_CONTRIBUTOR } from "../support/board.ts";
import { database, openBoard, paymentReport, type RemoteBoard } from "./support.ts";

const services = () => servicesOf(env, createExecutionContext(), "req_test");

/** A board with a payment and an unpaid attempt, projected completely. */
async function aProjectedBoard() {
  const { boardId, board, profile } = await openBoard();
  await board.paid(20_000, { name: "Ayanda" });
  const open = await board.contribution(30_000, { name: "Zoë" });
  await vi.waitFor(
    async () => {
      const { headSeq, projectedSeq } = await board.inspect();
      expect(projectedSeq).toBe(headSeq);
    },
    { timeout: 20_000, interval: 50 },
  );
  const before = { inspection: await board.inspect(), view: await board.view() };
  const log: StoredEvent[] = [];
  for await (const events of readLog(database, boardId)) log.push(...events);
  return { boardId, board, profile, open, before, log };
}

/** The same, whose object has then lost its storage. */
async function aLostBoard() {
  const made = await aProjectedBoard();
  await loseStorage(made.board);
  return made;
}

async function loseStorage(board: RemoteBoard): Promise<void> {
  await runInDurableObject(board.stub, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(board.stub);
}

it("a lost object is restored from Postgres with its chain, its names and its unpaid attempts", async () => {
  const { boardId, board, open, before, log } = await aLostBoard();
  expect(await board.view()).toBeNull();

  expect(await restoreBoard(services(), boardId)).toEqual({ restored: log.length });

  expect(await board.inspect()).toEqual(before.inspection);
  expect(await board.view()).toEqual(before.view);
  expect(await board.report(paymentReport(open, 30_000))).toMatchObject({ outcome: "recorded" });
  expect(await board.view()).toMatchObject({ contributors: ["Zoë", "Ayanda"] });
});

it("a restored board is the same after an eviction", async () => {
  const { boardId, board, before } = await aLostBoard();
  await restoreBoard(services(), boardId);

  await evictDurableObject(board.stub);

  expect(await board.inspect()).toEqual(before.inspection);
  expect(await board.view()).toEqual(before.view);
});

it("a board may be restored in several pieces, and a piece that does not follow is refused", async () => {
  const { board, profile, before, log } = await aLostBoard();
  const rows = await database
    .select({ id: contributions.id, name: contributions.contributorName })
    .from(contributions)
    .where(eq(contributions.dreamBoardId, board.boardId))
    .orderBy(asc(contributions.id));
  const contributors = rows.map(({ id, name }) => ({ id, profile: { ...NO_CONTRIBUTOR, name } }));
  const piece = { first: false, last: false, contributors: [] };
  const { object } = board;

  expect(await object.restore({ ...piece, events: log.slice(0, 2) })).toEqual({
    restored: false,
    reason: "the restore did not begin with its first piece",
  });
  const start = { ...piece, first: true, events: log.slice(0, 2), profile };
  expect(await object.restore(start)).toEqual({ restored: true });
  expect(await object.restore({ ...piece, events: log.slice(3) })).toEqual({
    restored: false,
    reason: "the log's chain breaks at event 4",
  });
  expect(await object.restore({ ...piece, events: log.slice(2) })).toEqual({ restored: true });
  expect(await object.restore({ ...piece, last: true, events: [], contributors })).toEqual({ restored: true });

  expect(await board.inspect()).toEqual(before.inspection);
  expect(await board.view()).toEqual(before.view);
});

it("each piece of a restore may be repeated, as the runtime does when an answer is lost", async () => {
  const { board, profile, before, log } = await aLostBoard();
  const middle = { first: false, last: false, contributors: [] };
  const pieces = [
    { ...middle, first: true, events: log.slice(0, 2), profile },
    { ...middle, events: log.slice(2) },
    { ...middle, last: true, events: [] },
  ];

  for (const piece of pieces) {
    expect(await board.object.restore(piece)).toEqual({ restored: true });
    expect(await board.object.restore(piece)).toEqual({ restored: true });
  }

  expect(await board.inspect()).toEqual(before.inspection);
});

it("a board is unusable after an interrupted restore, also after an eviction, and can be restored again", async () => {
  const { boardId, board, profile, before, log } = await aLostBoard();
  const first = { first: true, last: false, events: log.slice(0, 2), profile, contributors: [] };
  await board.object.restore(first);

  for (const isEvicted of [false, true]) {
    if (isEvicted) await evictDurableObject(board.stub);
    expect(await board.view()).toBeNull();
    expect(await board.close()).toEqual({ refused: "newer_release" });
    const live = await board.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });
    expect(live.status).toBe(404);
    const alarmAt = await runInDurableObject(board.stub, (_, { storage }) => storage.getAlarm());
    expect(alarmAt).toBeNull();
  }

  expect(await restoreBoard(services(), boardId)).toEqual({ restored: log.length });
  expect(await board.inspect()).toEqual(before.inspection);
});

it("a restore from a forged log is refused and writes nothing", async () => {
  const { board, profile, log } = await aLostBoard();
  const forged = log.map((event) => (event.seq === 2 ? { ...event, at: new Date(0).toISOString() } : event));

  const answer = await board.object.restore({ first: true, last: true, events: forged, profile, contributors: [] });

  expect(answer).toEqual({ restored: false, reason: "the log's chain breaks at event 2" });
  expect(await board.inspect()).toMatchObject({ headSeq: 0 });
});

it("a restore of a board whose object has all that Postgres has is refused, also when the log is one event long", async () => {
  const { boardId, board } = await openBoard();

  await vi.waitFor(async () => expect((await board.inspect()).projectedSeq).toBe(1), { timeout: 20_000 });

  await expect(restoreBoard(services(), boardId)).rejects.toThrow("Nothing was restored: Postgres has no later event.");

  expect(await board.inspect()).toMatchObject({ headSeq: 1 });
});

/** Leaves the object as an earlier state of its storage had it: `seq` events, and what came later unknown. */
async function goBackTo(board: RemoteBoard, seq: number): Promise<void> {
  await runInDurableObject(board.stub, async (_, { storage }) => {
    storage.sql.exec("DELETE FROM events WHERE seq > ?", seq);
    storage.sql.exec("DELETE FROM contributors");
    storage.sql.exec("UPDATE projection SET json = json_set(json, '$.projectedSeq', ?)", seq);
  });
  await evictDurableObject(board.stub);
}

it("an object whose log ends too early gets the later events and names from Postgres, and goes on", async () => {
  const { boardId, board, open, before, log } = await aProjectedBoard();
  await goBackTo(board, 2);
  expect(await board.inspect()).toMatchObject({ headSeq: 2 });

  expect(await restoreBoard(services(), boardId)).toEqual({ restored: log.length - 2 });

  expect(await board.inspect()).toEqual(before.inspection);
  expect(await board.view()).toEqual(before.view);
  await evictDurableObject(board.stub);
  expect(await board.inspect()).toEqual(before.inspection);
  expect(await board.report(paymentReport(open, 30_000))).toMatchObject({ outcome: "recorded" });
});

it("the first piece that continues a log may be repeated, and one that leaves a gap is refused", async () => {
  const { board, profile, before, log } = await aProjectedBoard();
  await goBackTo(board, 2);
  const piece = { first: true, last: false, profile, contributors: [] };

  expect(await board.object.restore({ ...piece, events: log.slice(3) })).toEqual({
    restored: false,
    reason: "the log's chain breaks at event 4",
  });
  for (let time = 0; time < 2; time += 1) {
    expect(await board.object.restore({ ...piece, events: log.slice(2) })).toEqual({ restored: true });
    expect(await board.inspect()).toMatchObject({ headSeq: log.length, restoring: true });
  }
  await board.object.restore({ ...piece, first: false, last: true, events: [] });

  expect(await board.inspect()).toEqual(before.inspection);
});

it("an object that took another event than Postgres has keeps it, and nothing is restored", async () => {
  const { boardId, board } = await aProjectedBoard();
  await goBackTo(board, 2);
  await board.paid(50_000, { name: "Thandi" });
  const forked = await board.inspect();

  await expect(restoreBoard(services(), boardId)).rejects.toThrow("is not the one that Postgres has");

  expect(await board.inspect()).toMatchObject({ headSeq: forked.headSeq, headHash: forked.headHash });
});

it("the local runtime keeps no history to rewind to: the board says so and takes payments as before", async () => {
  const { board, open } = await aProjectedBoard();

  const rewound = await board.object.rewind({ at: "2026-11-24T08:00:00.000Z" });

  expect(rewound).toEqual({ prepared: false, reason: expect.stringMatching(/.+/) });
  expect(await board.report(paymentReport(open, 30_000))).toMatchObject({ outcome: "recorded" });
});

it("a board without a log in Postgres cannot be restored", async () => {
  const { boardId, board } = await aLostBoard();
  await database.delete(boardEvents).where(eq(boardEvents.dreamBoardId, boardId));

  await expect(restoreBoard(services(), boardId)).rejects.toThrow("There is no such dream board.");

  expect(await board.view()).toBeNull();
});
