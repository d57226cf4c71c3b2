import { beforeEach, describe, expect, it } from "vitest";
import type { RecordedEvent } from "#domain/board/events";
import type { ProjectionProgress } from "../../durable-objects/board-log.ts";
import { BoardProjector } from "../../durable-objects/board-projector.ts";
import { backoffMs } from "../../src/projection/backoff.ts";

const OUTAGE = new Error("no Postgres");
const REFUSAL = new Error("23514");

/** A log, a Postgres that can be broken, and a clock that only the test moves. */
function aWorld() {
  const log: RecordedEvent[] = [];
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
        log.push({ seq: log.length + 1, at: "", event: { type: "board_expired" } as never, hash: "" });
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
      world.clock += 1_000; // far apart, so that nothing has to gather
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

describe("BoardProjector", () => {
  it("writes everything once, in order, as few batches as it can", async () => {
    world.happen(900);

    await projector.kick();

    expect(world.written).toEqual(upTo(900));
    expect(world.batches.map(({ length }) => length)).toEqual([400, 400, 100]);
    expect(projector.isBehind).toBe(false);
    expect(projector.wakeAt).toBeNull();
  });

  it("takes along what happens while a flush is on its way", async () => {
    world.happen();
    const flushing = projector.kick();
    world.happen(2);
    await flushing;

    expect(world.written).toEqual([1, 2, 3]);
  });

  it("runs one flush at a time, however often it is kicked", async () => {
    world.happen(3);

    await Promise.all([projector.kick(), projector.kick(), projector.kick()]);

    expect(world.batches).toEqual([[1, 2, 3]]);
  });

  it("keeps its place through an outage and waits longer each time", async () => {
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

  it("does nothing before a retry is due", async () => {
    world.happen();
    world.saved = { projectedSeq: 0, failedAttempts: 1, retryAt: world.clock + 3_600_000, poisonedSeq: null };
    projector.reload();
    await projector.kick();

    expect(world.written).toEqual([]);
  });

  it("tells who waits whether their event arrived", async () => {
    world.happen();
    expect(await projector.waitFor(1)).toBe(true);

    world.happen();
    world.down = true;
    expect(await projector.waitFor(2)).toBe(false);

    world.down = false;
    expect(await projector.waitFor(2)).toBe(true);
  });

  it("finds the one event Postgres refuses, writes all before it, and holds everything after it", async () => {
    world.happen(10);
    world.refuses = 7;

    await projector.kick();

    expect(world.written).toEqual(upTo(6));
    expect(world.poisoned).toEqual([7]);
    expect(world.saved).toMatchObject({ projectedSeq: 6, poisonedSeq: 7 });
    expect(projector.wakeAt).not.toBeNull();
  });

  it("goes on in order once the refused event is mended", async () => {
    world.happen(10);
    world.refuses = 7;
    await projector.kick();

    world.refuses = null;
    await projector.retryNow();

    expect(world.written).toEqual(upTo(10));
    expect(world.saved.poisonedSeq).toBeNull();
    expect(world.healed).toEqual([10]);
  });

  it("sends one by one only what was refused, and the rest in large batches again", async () => {
    world.happen(900);
    world.refuses = 3;
    await projector.kick();
    world.refuses = null;
    await projector.retryNow();

    expect(world.written).toEqual(upTo(900));
    expect(world.batches.slice(-3).map(({ length }) => length)).toEqual([200, 400, 298]);
  });

  it("sends smaller batches while large ones do not get through", async () => {
    world.happen(400);
    world.down = true;
    await projector.kick();
    await projector.retryNow();
    world.down = false;
    await projector.retryNow();

    expect(world.batches[0]).toHaveLength(100);
    expect(world.written).toEqual(upTo(400));
  });

  it.each([99_999, 4])(
    "goes back when told to begin after %i of 3, never forward past what was written",
    async (after) => {
      world.happen(3);
      await projector.kick();
      await projector.rewind(after);
      world.happen();
      await projector.kick();

      expect(world.written).toEqual([1, 2, 3, 4]);
    },
  );

  it("does not believe a note that says more was written than there is", async () => {
    world.happen(2);
    world.saved = { projectedSeq: 99, failedAttempts: 0, retryAt: null, poisonedSeq: null };
    projector.reload();
    world.happen();
    await projector.kick();

    expect(world.written).toEqual([3]);
  });

  it("writes a stretch again when told to", async () => {
    world.happen(3);
    await projector.kick();

    await projector.rewind(1);

    expect(world.written).toEqual([1, 2, 3, 2, 3]);
  });
});

describe("BoardProjector told to write again while a flush is on its way", () => {
  it("lets it finish first, and then begins where it was told", async () => {
    world.happen(3);
    const flushing = projector.kick();
    const rewinding = projector.rewind(0);
    await Promise.all([flushing, rewinding]);

    expect(world.written).toEqual([1, 2, 3, 1, 2, 3]);
    expect(world.saved.projectedSeq).toBe(3);
  });
});

describe("backoffMs", () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [6, 20_000],
    [1_000, 20_000],
  ])("after failure %i waits %i ms", (attempts, expected) => {
    expect(backoffMs(attempts)).toBe(expected);
  });
});
