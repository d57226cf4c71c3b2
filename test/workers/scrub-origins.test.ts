import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import type { ContributorProfile } from "#domain/board/profile";
import { contributionsOf, logOf, projected, putAway } from "./board-support.ts";
import { openBoard, RemoteBoard } from "./support.ts";

const ORIGIN = { name: "Thandi", message: "Happy birthday", ipAddress: "203.0.113.7", userAgent: "Firefox" };

/** The stored profiles in the order in which the contributions were begun. */
const profilesOf = (board: RemoteBoard) =>
  runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql
      .exec<{ json: string }>(
        `SELECT json FROM contributors JOIN events ON data ->> '$.contributionId' = id
         WHERE type = 'contribution_opened' ORDER BY seq`,
      )
      .toArray()
      .map(({ json }): ContributorProfile => JSON.parse(json)),
  );

it("scrubOrigins erases address and browser of contributions begun before an instant, once, and keeps log and names", async () => {
  const { boardId, board } = await openBoard();
  await board.paid(20_000, ORIGIN);
  await board.contribution(20_000, { ...ORIGIN, ipAddress: null });
  await board.contribution(20_000, { ...ORIGIN, userAgent: null });
  await board.contribution(20_000, { name: "Zoë" });
  const begunBefore = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(begunBefore));
  await board.contribution(20_000, ORIGIN);
  await projected(board);
  const opened = (await logOf(boardId)).filter(({ type }) => type === "contribution_opened");
  const before = opened[4]!.at.toISOString();
  const [inspection, view] = [await board.inspect(), await board.view()];

  expect(await board.object.scrubOrigins(opened[0]!.at.toISOString())).toEqual({ scrubbed: 0 });
  expect(await board.object.scrubOrigins(before)).toEqual({ scrubbed: 3 });
  expect(await board.object.scrubOrigins(before)).toEqual({ scrubbed: 0 });

  const scrubbed = { ...ORIGIN, ipAddress: null, userAgent: null };
  expect(await profilesOf(board)).toEqual([
    scrubbed,
    scrubbed,
    scrubbed,
    { name: "Zoë", message: null, ipAddress: null, userAgent: null },
    ORIGIN,
  ]);
  await putAway(board);
  expect([await board.inspect(), await board.view()]).toEqual([inspection, view]);
  expect(await contributionsOf(boardId)).toHaveLength(5);
});

it("scrubOrigins of a board that does not exist erases nothing and leaves no database behind", async () => {
  const board = new RemoteBoard("01a206ea-c0d7-734a-80f9-ea00133f3c7a");

  expect(await board.object.scrubOrigins(new Date().toISOString())).toEqual({ scrubbed: 0 });

  const tables = await runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('meta', 'contributors')").toArray(),
  );
  expect(tables).toEqual([]);
});

it("scrubOrigins does nothing in the middle of a restore", async () => {
  const { boardId, profile, board } = await openBoard();
  await board.contribution(20_000, ORIGIN);
  await projected(board);
  const log = (await logOf(boardId)).map(({ dreamBoardId: _, at, ...event }) => ({ ...event, at: at.toISOString() }));
  const contributors = (await contributionsOf(boardId)).map(({ id }) => ({ id, profile: ORIGIN }));
  await runInDurableObject(board.stub, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(board.stub);
  await board.object.restore({ first: true, last: false, events: log, profile, contributors });

  expect(await board.object.scrubOrigins("2100-01-01T00:00:00.000Z")).toEqual({ scrubbed: null });

  expect(await profilesOf(board)).toEqual([ORIGIN]);
  await board.object.restore({ first: false, last: true, events: [], contributors: [] });
  expect(await board.object.scrubOrigins("2100-01-01T00:00:00.000Z")).toEqual({ scrubbed: 1 });
});
