import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { setStage } from "./stage.ts";
import { aBoard, accounts, type Board, contributions, deliver, exactly, type Paid, shuffled } from "./stream.ts";

const stage = setStage();

/** board_opened, one opening per contribution, one completion per payment. */
const eventsOf = (count: number) => 1 + 2 * count;
/** The goal once, and two flags: so much so soon, for a host nobody knows yet. */
const eventsOfMany = (count: number) => eventsOf(count) + 3;

/** Once everything on its way has arrived, all four tellers say the same. */
async function settled(board: Board, expected: ReturnType<typeof exactly>): Promise<void> {
  await eventually(async () => {
    expect(await accounts(stage.platform, board)).toEqual(expected);
    return true;
  }, 60_000);
}

describe("ten thousand callbacks on one board", () => {
  it("with a fifth of them told twice, in any order, leave tally, log, view and rows in exact agreement", async () => {
    const board = await aBoard(stage.platform);
    const payments: Paid[] = [];
    const statuses: number[] = [];
    // A board takes 2,000 unpaid attempts at a time.
    for (let wave = 0; wave < 5; wave += 1) {
      const opened = await contributions(stage.platform, board, 1_600, payments.length);
      payments.push(...opened);
      const told = shuffled([...opened, ...shuffled(payments).slice(0, 400)]);
      statuses.push(...(await deliver(stage.platform, told)));
    }

    expect(statuses).toHaveLength(10_000);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await settled(board, exactly(payments, eventsOfMany(payments.length)));
  });
});

describe("Postgres losing power in a stream of callbacks", () => {
  it("delays nothing and loses nothing: every callback is answered 200 and arrives once", async () => {
    const board = await aBoard(stage.platform);
    const payments = await contributions(stage.platform, board, 600);
    const told = shuffled([...payments, ...payments.slice(0, 120)]);

    const statuses = await deliver(stage.platform, told, (done) => {
      if (done === 200) stage.cluster.stop();
      if (done === 500) stage.cluster.start();
    });

    expect(new Set(statuses)).toEqual(new Set([200]));
    await settled(board, exactly(payments, eventsOfMany(payments.length)));
  });

  it("is taken for granted when a guest opens, pays and looks while it is away", async () => {
    const board = await aBoard(stage.platform);
    stage.cluster.stop();
    const payments = await contributions(stage.platform, board, 5);
    const statuses = await deliver(stage.platform, payments);
    const page = await eventually(async () => {
      const response = await fetch(`${stage.platform.worker}/${board.slug}`);
      const html = await response.text();
      expect(html).toContain("Guest");
      return html;
    });
    stage.cluster.start();

    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(page).toContain("5 people");
    await settled(board, exactly(payments, eventsOf(5)));
  });
});

describe("the Worker killed in a stream of callbacks", () => {
  it("has every callback it answered 200 in Postgres afterwards, once", async () => {
    const board = await aBoard(stage.platform);
    const payments = await contributions(stage.platform, board, 600);
    const told = shuffled([...payments, ...payments.slice(0, 120)]);
    const kills: Promise<void>[] = [];

    const statuses = await deliver(stage.platform, told, (done) => {
      if (done === 150 || done === 400) kills.push(stage.platform.restartWorker({ signal: "SIGKILL" }));
    });
    await Promise.all(kills);

    expect(kills).toHaveLength(2);
    expect(statuses.filter((status) => status === 200)).toHaveLength(told.length);
    await settled(board, exactly(payments, eventsOfMany(payments.length)));
  });

  it("finishes what it had recorded but not yet projected, without anybody asking", async () => {
    const board = await aBoard(stage.platform);
    stage.platform.gateway.pause();
    const payments = await contributions(stage.platform, board, 3);
    await deliver(stage.platform, payments);
    await stage.platform.restartWorker({ signal: "SIGKILL" });
    stage.platform.gateway.resume();

    await settled(board, exactly(payments, eventsOf(3)));
  });
});

describe("the nightly comparison after all this", () => {
  it("finds no board that tells two stories", async () => {
    const { result } = (await stage.platform.runJob("compare-boards")) as {
      result: { compared: number; differences: unknown[] };
    };

    expect(result).toEqual({ compared: 5, complete: true, differences: [] });
  });
});
