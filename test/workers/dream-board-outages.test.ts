import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectionFailures } from "#database/own-tables";
import { hosts } from "#database/schema";
import { newId } from "#domain/ids";
import { alarmOf, alertsDuring, inTime, logOf, NO_CHANGE, projected, RECORDED, totals } from "./board-support.ts";
import {
  anOwner,
  database,
  newBoard,
  openBoard,
  paymentReport,
  plugPostgres,
  RemoteBoard,
  unplugPostgres,
} from "./support.ts";

afterEach(plugPostgres);

describe("while Postgres is away", () => {
  it("contributions and payments work without Postgres, and are projected once when it is back", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);

    const reference = await board.contribution(20_000, { name: "Lerato" });
    expect(await board.report(paymentReport(reference, 20_000))).toEqual(RECORDED);
    expect(await board.report(paymentReport(reference, 20_000))).toEqual(NO_CHANGE);
    expect(await board.view()).toMatchObject({ percent: 15 });

    await plugPostgres();
    await inTime(board, async () =>
      expect(await totals(boardId)).toEqual({ status: "active", raised: 19_400, count: 1 }),
    );
    expect((await logOf(boardId)).map(({ type }) => type)).toEqual([
      "board_opened",
      "contribution_opened",
      "payment_completed",
    ]);
  });

  it("a board closes without Postgres and answers that the closing is not projected", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);

    expect(await board.close()).toMatchObject({ outcome: "recorded", projected: false, board: { status: "closed" } });
  });

  it("an object with unprojected events and without an alarm sets one at the next call", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.paid(20_000);
    await board.close();
    await runInDurableObject(board.stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(board.stub);
    await plugPostgres();

    expect(await board.view()).toMatchObject({ phase: "closed" });

    expect(await alarmOf(board)).not.toBeNull();
    await inTime(board, async () => expect(await totals(boardId)).toMatchObject({ status: "closed", raised: 19_400 }));
  });

  it("the alarm aborts its timeout when the projection ends", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.paid(20_000);
    await plugPostgres();
    const wait = vi.spyOn(scheduler, "wait");

    await inTime(board, async () => {
      const { headSeq, projectedSeq } = await board.inspect();
      expect(projectedSeq).toBe(headSeq);
    });

    const signals = wait.mock.calls.map(([, options]) => options?.signal);
    wait.mockRestore();
    expect(signals.length).toBeGreaterThan(0);
    for (const signal of signals) expect(signal?.aborted).toBe(true);
  });
});

describe("poisoned events", () => {
  it("an event that Postgres refuses is recorded as a failure, and projected once the cause is gone", async () => {
    const owner = await anOwner();
    const missingHost = newId(new Date());
    const { command, profile } = newBoard({ ...owner, hostId: missingHost });
    const board = new RemoteBoard(command.boardId);
    const context = { profiles: { board: profile }, waitForProjection: true };

    const alerts = await alertsDuring(board, async () =>
      expect(await board.execute(command, context)).toMatchObject({ projected: false }),
    );
    expect(alerts).toMatchObject([{ event: "projection_poisoned", seq: 1, type: "board_opened" }]);
    expect(await board.inspect()).toMatchObject({ poisonedSeq: 1, projectedSeq: 0 });
    const failures = () =>
      database.select().from(projectionFailures).where(eq(projectionFailures.dreamBoardId, command.boardId));
    expect(await failures()).toMatchObject([
      { seq: 1, eventType: "board_opened", errorCode: "23503", resolvedAt: null },
    ]);

    await database.insert(hosts).values({ id: missingHost, email: `${missingHost}@example.com` });
    expect(await board.object.projectAgain(0)).toMatchObject({ poisonedSeq: null, projectedSeq: 1 });
    expect(await totals(command.boardId)).toMatchObject({ status: "active" });
  });
});

describe("an event of a newer release", () => {
  it("a board with an event of a newer release is read-only until a release can read it", async () => {
    const { boardId, board } = await openBoard();
    const reference = await board.paid(20_000, { name: "Zoë" });
    await projected(board);
    const { headSeq } = await board.inspect();
    const setLast = (type: string) =>
      runInDurableObject(board.stub, (_, { storage }) => {
        storage.sql.exec("UPDATE events SET type = ? WHERE seq = ?", type, headSeq + 1);
      });
    await board.contribution(30_000);
    await projected(board);
    await setLast("confetti_thrown");
    await evictDurableObject(board.stub);

    const alerts = await alertsDuring(board, async () => {
      expect(await board.view()).toMatchObject({ phase: "open", contributors: ["Zoë"], percent: 15 });
      expect(await board.receipt(reference)).toMatchObject({ status: "completed" });
    });

    const unreadable = { seq: headSeq + 1, type: "confetti_thrown", v: 1, problem: "unknown" };
    expect(alerts).toEqual([{ alert: true, event: "board_read_only", board: board.stub.name, ...unreadable }]);
    expect(await board.close()).toEqual({ refused: "newer_release" });
    expect(await board.report(paymentReport(reference, 20_000))).toEqual({ refused: "newer_release" });
    expect(await board.inspect()).toMatchObject({ status: "active", headSeq: headSeq + 1, unreadable });
    expect(await logOf(boardId)).toHaveLength(headSeq + 1);

    await setLast("contribution_opened");
    await evictDurableObject(board.stub);

    expect(await board.inspect()).toMatchObject({ unreadable: null });
    expect(await board.close()).toMatchObject({ outcome: "recorded", projected: true });
  });

  it("an event of a newer release is not projected, and the events before it are", async () => {
    const { boardId, board } = await openBoard();
    await unplugPostgres(boardId);
    await board.contribution(20_000);
    await board.contribution(30_000);
    await runInDurableObject(board.stub, (_, { storage }) => {
      storage.sql.exec("UPDATE events SET v = 99 WHERE seq = 3");
    });
    await evictDurableObject(board.stub);
    await plugPostgres();

    await inTime(board, async () => expect(await logOf(boardId)).toHaveLength(2));

    expect(await board.inspect()).toMatchObject({ headSeq: 3, projectedSeq: 2, poisonedSeq: null });
    expect(await alarmOf(board)).toBeNull();
  });
});
