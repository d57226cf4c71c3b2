import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { setStage } from "./stage.ts";
import { aBoard, accounts, type Board, contributions, deliver, exactly, type Paid, shuffled } from "./stream.ts";

const stage = setStage();

/** One board_opened, one contribution_opened per contribution and one payment_completed per payment. */
const eventsOf = (count: number) => 1 + 2 * count;
/** Five more events: goal_reached, the flags new_board_spike and new_host, and the hold that each places on the payouts. */
const eventsOfMany = (count: number) => eventsOf(count) + 5;

/** Waits until the object, the log, the view and the rows agree on the expected totals. */
async function agreed(board: Board, expected: ReturnType<typeof exactly>): Promise<void> {
  await eventually(async () => {
    expect(await accounts(stage.platform, board)).toEqual(expected);
    return true;
  }, 60_000);
}

describe("ten thousand callbacks on one board", () => {
  it("ten thousand callbacks in random order, a fifth of them repeated, count each payment once", async () => {
    const board = await aBoard(stage.platform);
    const payments: Paid[] = [];
    const statuses: number[] = [];
    // A board takes 2,000 unpaid attempts at a time.
    for (let wave = 0; wave < 5; wave += 1) {
      const opened = await contributions(stage.platform, board, 1_600, payments.length);
      payments.push(...opened);
      const callbacks = shuffled([...opened, ...shuffled(payments).slice(0, 400)]);
      statuses.push(...(await deliver(stage.platform, callbacks)));
    }

    expect(statuses).toHaveLength(10_000);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await agreed(board, exactly(payments, eventsOfMany(payments.length)));
  });
});

describe("a power loss of Postgres during callbacks", () => {
  it("every callback is answered 200 and counts once when Postgres loses power in between", async () => {
    const board = await aBoard(stage.platform);
    const payments = await contributions(stage.platform, board, 600);
    const callbacks = shuffled([...payments, ...payments.slice(0, 120)]);

    const statuses = await deliver(stage.platform, callbacks, (done) => {
      if (done === 200) stage.cluster.stop();
      if (done === 500) stage.cluster.start();
    });

    expect(new Set(statuses)).toEqual(new Set([200]));
    await agreed(board, exactly(payments, eventsOfMany(payments.length)));
  });

  it("guests contribute, pay and see the board while Postgres is down", async () => {
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
    await agreed(board, exactly(payments, eventsOf(5)));
  });
});

describe("kills of the Worker during callbacks", () => {
  it("every callback that the Worker answered 200 is in Postgres once after the Worker was killed twice", async () => {
    const board = await aBoard(stage.platform);
    const payments = await contributions(stage.platform, board, 600);
    const callbacks = shuffled([...payments, ...payments.slice(0, 120)]);
    const kills: Promise<void>[] = [];

    const statuses = await deliver(stage.platform, callbacks, (done) => {
      if (done === 150 || done === 400) kills.push(stage.platform.restartWorker({ signal: "SIGKILL" }));
    });
    await Promise.all(kills);

    expect(kills).toHaveLength(2);
    expect(statuses.filter((status) => status === 200)).toHaveLength(callbacks.length);
    await agreed(board, exactly(payments, eventsOfMany(payments.length)));
  });

  it("a killed Worker projects its recorded events after the restart without a request", async () => {
    const board = await aBoard(stage.platform);
    stage.platform.gateway.pause();
    const payments = await contributions(stage.platform, board, 3);
    await deliver(stage.platform, payments);
    await stage.platform.restartWorker({ signal: "SIGKILL" });
    stage.platform.gateway.resume();

    await agreed(board, exactly(payments, eventsOf(3)));
  });
});

describe("the nightly comparison", () => {
  it("the job compare-boards finds no difference on the boards of this file", async () => {
    const { result } = (await stage.platform.runJob("compare-boards")) as {
      result: { compared: number; differences: unknown[] };
    };

    expect(result).toEqual({ compared: 5, complete: true, differences: [] });
  });
});
