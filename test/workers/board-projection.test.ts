import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { mailMessages } from "#database/own-tables";
import { type ActOrigin, ADMIN, SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import { newId } from "#domain/ids";
import { BoardJournal } from "../../durable-objects/board-journal.ts";
import { boardProjector } from "../../durable-objects/projector-wiring.ts";
import { inTime, logOf, projected } from "./board-support.ts";
import { database, newBoard, openBoard, paymentReport, RemoteBoard } from "./support.ts";

/** What Postgres has of the board: its log, and what was announced to its host. */
const written = async (boardId: string) => ({
  log: await logOf(boardId),
  mails: await database
    .select()
    .from(mailMessages)
    .where(eq(mailMessages.dreamBoardId, boardId))
    .orderBy(mailMessages.id),
});

/** As far as the object would know after a crash. */
const storedProgress = (board: RemoteBoard) =>
  runInDurableObject(board.stub, (_, { storage }) => {
    const [row] = storage.sql.exec<{ json: string }>("SELECT json FROM projection").toArray();
    return row ? (JSON.parse(row.json) as { projectedSeq: number }).projectedSeq : 0;
  });

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

it("how far a flush came is stored with the next events, or when it is kept, and anything else at once", async () => {
  const now = new Date();
  const { command, profile } = newBoard({ partnerId: newId(now), hostId: newId(now) });
  const stub = new RemoteBoard(command.boardId).stub;

  const found = await runInDurableObject(stub, (_, { storage }) => {
    const journal = new BoardJournal(storage);
    const board = new Board(journal);
    const plain = { failedAttempts: 0, retryAt: null, poisonedSeq: null };
    const note = (projectedSeq: number, rest = {}) => journal.noteProgress({ ...plain, projectedSeq, ...rest });
    const update = (message: string, origin?: ActOrigin) =>
      board.execute({ type: "update_board", message }, { at: now, by: ADMIN, profiles: origin ? { origin } : {} });
    const stored: unknown[] = [];
    /** What the object would know if it ended here. */
    const look = (what: string) => {
      const { projectedSeq, failedAttempts } = new BoardJournal(storage).progress();
      stored.push([what, projectedSeq, failedAttempts, journal.progress().projectedSeq]);
    };

    board.execute(command, { at: now, by: SYSTEM, profiles: { board: profile } });
    note(1);
    look("noted");
    update("one");
    look("recorded the next event");
    note(2);
    journal.keepProgress();
    look("kept");
    note(1);
    look("went back");
    note(1, { failedAttempts: 1 });
    look("failed");
    note(2);
    look("healed");
    update("two", { email: "nomsa@example.org", ipAddress: null });
    note(3);
    look("forgot an origin");
    update("three");
    note(4);
    look("noted again");
    return stored;
  });

  expect(found).toEqual([
    ["noted", 0, 0, 1],
    ["recorded the next event", 1, 0, 1],
    ["kept", 2, 0, 2],
    ["went back", 1, 0, 1],
    ["failed", 1, 1, 1],
    ["healed", 2, 0, 2],
    ["forgot an origin", 3, 0, 3],
    ["noted again", 3, 0, 4],
  ]);
});

it("what the journal hands the projection from memory is what is stored", async () => {
  const now = new Date();
  const { command, profile } = newBoard({ partnerId: newId(now), hostId: newId(now) });
  const stub = new RemoteBoard(command.boardId).stub;

  const { differences, compared } = await runInDurableObject(stub, (_, { storage }) => {
    const journal = new BoardJournal(storage);
    const board = new Board(journal);
    const differences: unknown[] = [];
    let compared = 0;
    /** A journal that is made anew has nothing in memory. */
    const compare = (when: string) => {
      const stored = new BoardJournal(storage);
      for (const seq of [0, 1, 40, 99, 100, 101, 149, 150, 249, board.headSeq - 1, board.headSeq]) {
        for (const limit of [1, 60, 400]) {
          const [handed, expected] = [[...journal.readSome(seq, limit)], [...stored.readSome(seq, limit)]];
          compared += expected.length;
          if (JSON.stringify(handed) !== JSON.stringify(expected)) differences.push([when, seq, limit]);
        }
      }
    };
    const recordUpTo = (head: number) => {
      while (board.headSeq < head) {
        const update = { type: "update_board", message: `thanks ${board.headSeq}` } as const;
        board.execute(update, { at: now, by: ADMIN });
      }
    };
    const project = (projectedSeq: number) =>
      journal.noteProgress({ projectedSeq, failedAttempts: 0, retryAt: null, poisonedSeq: null });

    board.execute(command, { at: now, by: SYSTEM, profiles: { board: profile } });
    recordUpTo(150);
    compare("nothing is projected");
    recordUpTo(250);
    compare("there are more than fit");
    project(200);
    compare("some are projected");
    project(100);
    compare("the projection goes back");
    recordUpTo(251);
    project(251);
    compare("all are projected");
    recordUpTo(252);
    compare("one is new");
    return { differences, compared };
  });

  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(1_000);
});

it("the alarm stores how far a flush came", async () => {
  const { board } = await openBoard();
  await projected(board);
  await inTime(board, async () => expect(await storedProgress(board)).toBe(1));
});

it("an object that ended before it stored how far a flush came writes the stretch again, and nothing twice", async () => {
  const { boardId, board } = await openBoard();
  await board.report(paymentReport(await board.contribution(20_000), 20_000));
  await projected(board);
  const before = await written(boardId);

  await runInDurableObject(board.stub, (_, { storage }) => storage.sql.exec("DELETE FROM projection").toArray());
  await evictDurableObject(board.stub);
  await inTime(board, async () => expect(await storedProgress(board)).toBe(3));

  expect(await written(boardId)).toEqual(before);
});
