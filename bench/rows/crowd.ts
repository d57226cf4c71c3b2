import { WebSocket } from "ws";
import type { BenchOptions } from "../arguments.ts";
import { CallbackLoad } from "../callback-load.ts";
import { insist, insistOnQuietLog, inspect } from "../checks.ts";
import type { Board } from "../gifts.ts";
import { interleave, ratios } from "../interleave.ts";
import type { Stage } from "../stage.ts";
import type { Row } from "../table.ts";

/** As many as a board takes. */
const VIEWERS = 2_000;
const AT_ONCE = 50;
const KIND = { provider: "payfast", boards: 1, asks: 1 } as const;
/** A crowd is told twice a second, so a shorter load says little. */
const SHORTEST_SECONDS = 2;
const SHOWN_WITHIN_MS = 10_000;

/** Callbacks as fast as one board takes them, while its changes are shown to 2,000 viewers; against a board without viewers. */
export async function crowdRows(stage: Stage, options: BenchOptions): Promise<Row[]> {
  const seconds = Math.max(options.seconds, SHORTEST_SECONDS);
  const alone = await CallbackLoad.on(stage, KIND);
  const watched = await CallbackLoad.on(stage, KIND);
  const crowd = await Crowd.on(stage, watched.board);
  await alone.warmUp();
  await watched.warmUp();
  const told: number[] = [];
  const rates = await interleave(options, {
    alone: () => alone.measure(seconds),
    watched: async () => {
      const before = crowd.told;
      const rate = await watched.measure(seconds);
      told.push((crowd.told - before) / VIEWERS / seconds);
      return rate;
    },
  });
  for (const load of [alone, watched]) await load.insistOnMoney();
  await crowd.insistOnNewest();
  crowd.leave();
  await insistOnQuietLog(stage);
  return [
    {
      what: "callbacks, changes shown to 2,000",
      figures: ratios(rates.watched, rates.alone),
      unit: "ratio",
      budget: { atLeast: 0.7 },
      note: "the same on a board without viewers",
    },
    { what: "  views a second, each viewer", figures: told, unit: "each", budget: null, note: "two are allowed" },
  ];
}

/** Open pages of one board, all of which hear what it tells. */
class Crowd {
  /** Messages so far, of all viewers together. */
  told = 0;
  readonly #stage: Stage;
  readonly #board: Board;
  readonly #sockets: WebSocket[] = [];
  readonly #newest = new Map<WebSocket, Buffer>();

  private constructor(stage: Stage, board: Board) {
    this.#stage = stage;
    this.#board = board;
  }

  static async on(stage: Stage, board: Board): Promise<Crowd> {
    const crowd = new Crowd(stage, board);
    for (let open = 0; open < VIEWERS; open += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => crowd.#join()));
    }
    return crowd;
  }

  /** Every viewer shows as many payments as the board has. */
  async insistOnNewest(): Promise<void> {
    const { contributionCount } = await inspect(this.#stage, this.#board);
    const deadline = Date.now() + SHOWN_WITHIN_MS;
    const shown = () => [...this.#newest.values()].filter((text) => countIn(text) === contributionCount).length;
    while (shown() < VIEWERS && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    insist(`viewers that show ${contributionCount} payments`, shown(), VIEWERS);
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Until the first message. Rejects when the board refuses. */
  async #join(): Promise<void> {
    const url = `${this.#stage.door.origin.replace(/^http/, "ws")}/${this.#board.slug}/live`;
    // Two thousand phones inflate by themselves; here it would be done on the core of the load.
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#sockets.push(socket);
    socket.on("message", (text: Buffer) => {
      this.told += 1;
      this.#newest.set(socket, text);
    });
    await new Promise((resolve, reject) => {
      socket.once("message", resolve);
      socket.once("error", reject);
    });
  }
}

function countIn(text: Buffer): number {
  const { view } = JSON.parse(text.toString()) as { view: { contributionCount: number } };
  return view.contributionCount;
}
