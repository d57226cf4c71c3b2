import { beforeEach, expect, it } from "vitest";
import type { StoredEvent } from "#domain/board/events";
import type { ProjectionProgress } from "../../durable-objects/board-journal.ts";
import { BoardProjector, backoffMs } from "../../durable-objects/board-projector.ts";
import { everyRow } from "../support/every-row.ts";

const OUTAGE = new Error("no Postgres");
const REFUSAL = new Error("23514");

/** A log, a Postgres that can be made to fail, and a clock that moves a second with each look. */
function aWorld() {
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
    happen(times = 1) {
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
      world.clock += 1_000; // no flush waits for a burst to gather
      return world.clock;
    },
  });
  return { world, projector };
}

let { world, projector } = aWorld();
beforeEach(() => {
  ({ world, projector } = aWorld());
});

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

it("the projector writes every event once, in order, in batches of 400", async () => {
  world.happen(900);

  await projector.kick();

  expect(world.written).toEqual(upTo(900));
  expect(world.batches.map(({ length }) => length)).toEqual([400, 400, 100]);
  expect(projector.isBehind).toBe(false);
  expect(projector.wakeAt).toBeNull();
});

it("the projector writes what is recorded during a flush after it", async () => {
  world.happen();
  const flushing = projector.kick();
  world.happen(2);
  await flushing;

  expect(world.written).toEqual([1, 2, 3]);
});

it("the projector runs one flush at a time, however often it is kicked", async () => {
  world.happen(3);

  await Promise.all([projector.kick(), projector.kick(), projector.kick()]);

  expect(world.batches).toEqual([[1, 2, 3]]);
});

it("the projector keeps its place through an outage and waits longer after each failure", async () => {
  world.happen(2);
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
  world.happen();
  world.saved = { projectedSeq: 0, failedAttempts: 1, retryAt: world.clock + 3_600_000, poisonedSeq: null };
  projector.reload();
  await projector.kick();

  expect(world.written).toEqual([]);
});

it("waitFor returns whether the event has arrived", async () => {
  world.happen();
  expect(await projector.waitFor(1)).toBe(true);

  world.happen();
  world.down = true;
  expect(await projector.waitFor(2)).toBe(false);

  world.down = false;
  expect(await projector.waitFor(2)).toBe(true);
});

it("the projector finds the event Postgres refuses, writes all before it and nothing after it", async () => {
  world.happen(10);
  world.refuses = 7;

  await projector.kick();

  expect(world.written).toEqual(upTo(6));
  expect(world.poisoned).toEqual([7]);
  expect(world.saved).toMatchObject({ projectedSeq: 6, poisonedSeq: 7 });
  expect(projector.wakeAt).not.toBeNull();
});

it("the projector goes on in order once the refused event goes through", async () => {
  world.happen(10);
  world.refuses = 7;
  await projector.kick();

  world.refuses = null;
  await projector.retryNow();

  expect(world.written).toEqual(upTo(10));
  expect(world.saved.poisonedSeq).toBeNull();
  expect(world.healed).toEqual([10]);
});

it("the projector writes one by one only the refused batch, and the rest in large batches", async () => {
  world.happen(900);
  world.refuses = 3;
  await projector.kick();
  world.refuses = null;
  await projector.retryNow();

  expect(world.written).toEqual(upTo(900));
  expect(world.batches.slice(-3).map(({ length }) => length)).toEqual([200, 400, 298]);
});

it("the projector writes smaller batches after failures", async () => {
  world.happen(400);
  world.down = true;
  await projector.kick();
  await projector.retryNow();
  world.down = false;
  await projector.retryNow();

  expect(world.batches[0]).toHaveLength(100);
  expect(world.written).toEqual(upTo(400));
});

it("rewind never goes forward past what was written", async () => {
  await everyRow([99_999, 4], async (seq) => {
    const { world, projector } = aWorld();
    world.happen(3);
    await projector.kick();
    await projector.rewind(seq);
    world.happen();
    await projector.kick();

    expect(world.written).toEqual([1, 2, 3, 4]);
  });
});

it("progress beyond the end of the log is not believed", async () => {
  world.happen(2);
  world.saved = { projectedSeq: 99, failedAttempts: 0, retryAt: null, poisonedSeq: null };
  projector.reload();
  world.happen();
  await projector.kick();

  expect(world.written).toEqual([3]);
});

it("rewind writes everything after its sequence number again", async () => {
  world.happen(3);
  await projector.kick();

  await projector.rewind(1);

  expect(world.written).toEqual([1, 2, 3, 2, 3]);
});

it("rewind lets a flush finish before it begins", async () => {
  world.happen(3);
  const flushing = projector.kick();
  const rewinding = projector.rewind(0);
  await Promise.all([flushing, rewinding]);

  expect(world.written).toEqual([1, 2, 3, 1, 2, 3]);
  expect(world.saved.projectedSeq).toBe(3);
});

it("backoffMs doubles from 1 s to 20 s", () => {
  expect([1, 2, 4, 6, 1_000].map(backoffMs)).toEqual([1_000, 2_000, 8_000, 20_000, 20_000]);
});
