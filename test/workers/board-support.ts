import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { expect, vi } from "vitest";
import { boardEvents } from "#database/own-tables";
import { refunds } from "#database/payment-tables";
import { contributions, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { database, type RemoteBoard } from "./support.ts";

export const MINUTE_MS = 60_000;
export const WAIT_OPTIONS = { timeout: 20_000, interval: 50 };
export const RECORDED = { outcome: "recorded", projected: false, board: null };
export const NO_CHANGE = { outcome: "no_change", projected: false, board: null };
export const WAIT = { waitForProjection: true };

export async function totals(boardId: string) {
  const [row] = await database.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  return row && { status: row.status, raised: Number(row.raisedCents), count: Number(row.contributionCount) };
}

export const logOf = async (boardId: string) =>
  await database.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, boardId)).orderBy(boardEvents.seq);
export const refundsOf = async (boardId: string) =>
  await database.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)).orderBy(refunds.createdAt);
export const contributionsOf = async (boardId: string) =>
  await database.select().from(contributions).where(eq(contributions.dreamBoardId, boardId));
export const payoutsOf = async (boardId: string) =>
  await database.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)).orderBy(payouts.grossCents);

/** Waits until Postgres has every event of the log. */
export async function projected(board: RemoteBoard): Promise<void> {
  await vi.waitFor(async () => {
    const { headSeq, projectedSeq } = await board.inspect();
    expect(projectedSeq).toBe(headSeq);
  }, WAIT_OPTIONS);
}

/** As after a while without events: the alarm has stored how far the projection came, and the object is put away. */
export async function putAway(board: RemoteBoard): Promise<void> {
  await runDurableObjectAlarm(board.stub);
  await evictDurableObject(board.stub);
}

/** Fires the alarm of the board until `check` passes. */
export async function inTime(board: RemoteBoard, check: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(board.stub);
    await check();
  }, WAIT_OPTIONS);
}

/** The alerts about this board while `act` runs. One that repeats another of the same minute counts too. */
export async function alertsDuring(board: RemoteBoard, act: () => Promise<unknown>): Promise<{ event: string }[]> {
  const lines: string[] = [];
  const spies = (["log", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(String(line))),
  );
  try {
    await act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const { name } = board.stub;
  return lines
    .map((line) => JSON.parse(line))
    .filter((line) => (line.alert === true || line.repeated > 0) && line.board === name)
    .map(({ times: _, repeated: __, ...line }) => ({ ...line, alert: true }));
}

/** When the alarm of the board is set to fire, in milliseconds since 1970; null without one. */
export const alarmOf = (board: RemoteBoard) => runInDurableObject(board.stub, (_, { storage }) => storage.getAlarm());
