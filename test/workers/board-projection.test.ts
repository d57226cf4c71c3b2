import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import { newId } from "#domain/ids";
import { BoardJournal } from "../../durable-objects/board-journal.ts";
import { boardProjector } from "../../durable-objects/projector-wiring.ts";
import { newBoard, RemoteBoard } from "./support.ts";

/** The log lines of `act`, including alerts. */
async function linesDuring(act: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const spies = (["log", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(String(line))),
  );
  try {
    await act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines.map((line) => JSON.parse(line));
}

it("unreadable settings delay a projection like an outage, and are reported at the 5th and every 30th failure", async () => {
  const now = new Date();
  const { command, profile } = newBoard({ partnerId: newId(now), hostId: newId(now) });
  const stub = new RemoteBoard(command.boardId).stub;

  const { lines, progress } = await runInDurableObject(stub, async (_, { storage }) => {
    const journal = new BoardJournal(storage);
    const board = new Board(journal);
    board.execute(command, { at: now, by: SYSTEM, profiles: { board: profile } });
    const projector = boardProjector({
      journal,
      board: () => board,
      code: "a-code",
      env: Object.assign({}, env, { PUBLIC_ORIGIN: "no address" }),
      waitUntil: () => {},
    });
    const written = await linesDuring(async () => {
      for (let attempt = 1; attempt <= 60; attempt += 1) await projector.waitFor(1);
    });
    return { lines: written, progress: journal.progress() };
  });

  expect(progress).toMatchObject({ projectedSeq: 0, failedAttempts: 60, poisonedSeq: null });
  expect(progress.retryAt).toBeGreaterThan(Date.now());
  const named = (event: string) => lines.filter((line) => line.event === event);
  expect(named("projection_waits")).toHaveLength(60);
  expect(named("projection_waits")[0]).toMatchObject({
    board: "a-code",
    error: expect.stringMatching(/PUBLIC_ORIGIN/),
  });
  expect(named("projection_waits_long").map(({ alert, repeated, attempts }) => [alert ?? repeated, attempts])).toEqual([
    [true, 5],
    [1, 30],
    [2, 60],
  ]);
  expect(named("projection_poisoned")).toEqual([]);
});
