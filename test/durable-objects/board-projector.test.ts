import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StoredEvent } from "#domain/board/events";
import type { ProjectionProgress } from "../../durable-objects/board-journal.ts";
import { BoardProjector, backoffMs, flushIntervalMs } from "../../durable-objects/board-projector.ts";
import { everyRow } from "../support/every-row.ts";

const OUTAGE = new Error("no Postgres");
const REFUSAL = new Error("23514");

/** A projector with a log in memory, a Postgres that can fail, and unless told another clock one that moves a second with each read. */
function aWorld(clock?: () => number) {
  const log: StoredEvent[] = [];
  const world = {
    written: [] as number[],
    batches: [] as number[][],
    poisoned: [] as number[],
    healed: [] as number[],
    outages: 0,
    saved: { projectedSeq: 0, failedAttempts: 0, retryAt: null, poisonedSeq: null } as ProjectionProgress,
    clock: 1_000_000,
    down: false,
    refuses: null as number | null,
    record(times = 1) {
      for (let i = 0; i < times; i += 1) {
        const by = { kind: "system" } as const;
        log.push({ seq: log.length + 1, at: "", by, v: 1, type: "board_expired", data: {}, hash: "" });
      }
    },
  };
  const projector = new BoardProjector({
    headSeq: () => log.length,
    since: (seq, limit) => log.slice(seq, seq + limit),
    load: () => world.saved,
    save: (progress) => {
      world.saved = progress;
    },
    write: async (batch) => {
      await Promise.resolve();
      if (world.down) throw OUTAGE;
      if (batch.some(({ seq }) => seq === world.refuses)) throw REFUSAL;
      world.batches.push(batch.map(({ seq }) => seq));
      world.written.push(...batch.map(({ seq }) => seq));
    },
    isOutage: (error) => error === OUTAGE,
    onOutage: () => {
      world.outages += 1;
    },
    onHealed: async (seq) => {
      world.healed.push(seq);
    },
    onPoison: async ({ seq }) => {
      world.poisoned.push(seq);
    },
    now: () => {
      if (clock) return clock();
      world.clock += 1_000; // so that no flush waits for a burst
      return world.clock;
    },
  });
  return { world, projector };
}

let { world, projector } = aWorld();
beforeEach(() => {
  ({ world, projector } = aWorld());
});

afterEach(() => {
  vi.useRealTimers();
});

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

it("the projector writes every event once, in order, in batches of 400", async () => {
  world.record(900);

  await projector.kick();

  expect(world.written).toEqual(upTo(900));
  expect(world.batches.map(({ length }) => length)).toEqual([400, 400, 100]);
  expect(projector.isBehind).toBe(false);
  expect(projector.wakeAt).toBeNull();
});

it("the projector writes events that are recorded during a flush after it", async () => {
  world.record();
  const flushing = projector.kick();
  world.record(2);
  await flushing;

  expect(world.written).toEqual([1, 2, 3]);
});

it("the projector runs one flush at a time, however often it is kicked", async () => {
  world.record(3);

  await Promise.all([projector.kick(), projector.kick(), projector.kick()]);

  expect(world.batches).toEqual([[1, 2, 3]]);
});

it("the projector keeps its position during an outage and waits longer after each failure", async () => {
  world.record(2);
  world.down = true;
  await projector.kick();
  const firstRetry = world.saved.retryAt;
  await projector.retryNow();

  expect(world.saved).toMatchObject({ projectedSeq: 0, failedAttempts: 2, poisonedSeq: null });
  expect(world.outages).toBe(2);
  expect(projector.wakeAt).toBeGreaterThan(Number(firstRetry));

  world.down = false;
  await projector.retryNow();
  expect(world.written).toEqual([1, 2]);
  expect(world.saved).toMatchObject({ failedAttempts: 0, retryAt: null });
});

it("the projector writes nothing before a retry is due", async () => {
  world.record();
  world.saved = { projectedSeq: 0, failedAttempts: 1, retryAt: world.clock + 3_600_000, poisonedSeq: null };
  projector.reload();
  await projector.kick();

  expect(world.written).toEqual([]);
});

it("waitFor returns whether the event has arrived", async () => {
  world.record();
  expect(await projector.waitFor(1)).toBe(true);

  world.record();
  world.down = true;
  expect(await projector.waitFor(2)).toBe(false);

  world.down = false;
  expect(await projector.waitFor(2)).toBe(true);
});

it("the projector isolates the event that Postgres refuses, and writes only the events before it", async () => {
  world.record(10);
  world.refuses = 7;

  await projector.kick();

  expect(world.written).toEqual(upTo(6));
  expect(world.poisoned).toEqual([7]);
  expect(world.saved).toMatchObject({ projectedSeq: 6, poisonedSeq: 7 });
  expect(projector.wakeAt).not.toBeNull();
});

it("the projector continues in order once Postgres accepts the refused event", async () => {
  world.record(10);
  world.refuses = 7;
  await projector.kick();

  world.refuses = null;
  await projector.retryNow();

  expect(world.written).toEqual(upTo(10));
  expect(world.saved.poisonedSeq).toBeNull();
  expect(world.healed).toEqual([10]);
});

it("the projector splits only the refused batch, and writes the rest in large batches", async () => {
  world.record(900);
  world.refuses = 3;
  await projector.kick();
  world.refuses = null;
  await projector.retryNow();

  expect(world.written).toEqual(upTo(900));
  expect(world.batches.slice(-3).map(({ length }) => length)).toEqual([200, 400, 298]);
});

it("the projector writes smaller batches after failures", async () => {
  world.record(400);
  world.down = true;
  await projector.kick();
  await projector.retryNow();
  world.down = false;
  await projector.retryNow();

  expect(world.batches[0]).toHaveLength(100);
  expect(world.written).toEqual(upTo(400));
});

it("rewind never moves the position forward", async () => {
  await everyRow([99_999, 4], async (seq) => {
    const { world, projector } = aWorld();
    world.record(3);
    await projector.kick();
    await projector.rewind(seq);
    world.record();
    await projector.kick();

    expect(world.written).toEqual([1, 2, 3, 4]);
  });
});

it("a stored position beyond the end of the log is replaced by the end of the log", async () => {
  world.record(2);
  world.saved = { projectedSeq: 99, failedAttempts: 0, retryAt: null, poisonedSeq: null };
  projector.reload();
  world.record();
  await projector.kick();

  expect(world.written).toEqual([3]);
});

it("rewind writes everything after its sequence number again", async () => {
  world.record(3);
  await projector.kick();

  await projector.rewind(1);

  expect(world.written).toEqual([1, 2, 3, 2, 3]);
});

it("rewind begins after a running flush has finished", async () => {
  world.record(3);
  const flushing = projector.kick();
  const rewinding = projector.rewind(0);
  await Promise.all([flushing, rewinding]);

  expect(world.written).toEqual([1, 2, 3, 1, 2, 3]);
  expect(world.saved.projectedSeq).toBe(3);
});

it("backoffMs doubles from 1 s to 20 s", () => {
  expect([1, 2, 4, 6, 1_000].map(backoffMs)).toEqual([1_000, 2_000, 8_000, 20_000, 20_000]);
});

const QUICK = { events: 1, tookMs: 20 };

it("a board whose flushes follow each other gathers twice as long each time, up to a second, and one that rested 250 ms", () => {
  const busy = [250];
  for (let flush = 0; flush < 4; flush += 1) {
    busy.push(flushIntervalMs({ intervalMs: busy.at(-1) ?? 0, hadToWait: true, last: QUICK }));
  }

  expect(busy).toEqual([250, 500, 1_000, 1_000, 1_000]);
  expect(flushIntervalMs({ intervalMs: 1_000, hadToWait: false, last: QUICK })).toBe(250);
});

it("a board of a few events a second gathers two and then three seconds, and returns to one when there are fewer or many", () => {
  const after = (intervalMs: number, events: number) =>
    flushIntervalMs({ intervalMs, hadToWait: true, last: { events, tookMs: 20 } });

  expect([3, 4, 24, 25].map((events) => after(1_000, events))).toEqual([1_000, 2_000, 2_000, 1_000]);
  expect([11, 12, 74, 75].map((events) => after(3_000, events))).toEqual([1_000, 3_000, 3_000, 1_000]);
  // Not before it has gathered for a second.
  expect(after(500, 4)).toBe(1_000);
});

it("a busy board whose flushes take long leaves Postgres alone for four times as long, and for three seconds at most", () => {
  const intervals = [100, 250, 400, 2_000].map((tookMs) =>
    flushIntervalMs({ intervalMs: 1_000, hadToWait: true, last: { events: 1, tookMs } }),
  );

  expect(intervals).toEqual([1_000, 1_000, 1_600, 3_000]);
  expect(flushIntervalMs({ intervalMs: 3_000, hadToWait: true, last: QUICK })).toBe(1_000);
});

it("a busy board gathers longer between flushes, and flushes at once after a rest or when a caller waits", async () => {
  vi.useFakeTimers();
  const waits: number[] = [];
  ({ world, projector } = aWorld(() => Date.now()));
  /** One event after the other, each recorded as soon as the one before is written. */
  const busy = async (flushes: number) => {
    for (let flush = 0; flush < flushes; flush += 1) {
      world.record();
      const from = Date.now();
      const flushed = projector.kick();
      await vi.runAllTimersAsync();
      await flushed;
      waits.push(Date.now() - from);
    }
  };

  await busy(5);
  expect(waits).toEqual([0, 250, 500, 1_000, 1_000]);

  vi.advanceTimersByTime(1_000);
  await busy(2);
  expect(waits.slice(5)).toEqual([0, 250]);

  world.record();
  const waiting = projector.waitFor(8);
  await vi.advanceTimersByTimeAsync(0);
  expect(await waiting).toBe(true);
});
