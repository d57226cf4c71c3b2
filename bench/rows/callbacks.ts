import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchOptions } from "../arguments.ts";
import { insist, insistOnMoney, insistOnQuietLog, settled } from "../checks.ts";
import { type Board, type Gift, notify, openGifts } from "../gifts.ts";
import { interleave, ratios } from "../interleave.ts";
import type { Stage } from "../stage.ts";
import type { Row } from "../table.ts";
import { CONNECTIONS, load } from "../wrk.ts";

const MANY = 50;
/** So many more gifts than the fastest round so far could use are opened for the next one. */
const HEADROOM = 1.5;
/** Every callback needs a gift of its own, and opening one takes longer than paying it. */
const LONGEST_SECONDS = 2;
/** Fifty boards keep the embedded Postgres busy long after the load has stopped. */
const MOST_ROUNDS_OVER_MANY = 3;
const FIRST_GUESS_PER_SECOND = 600;

/** Payments confirmed by PayFast, as fast as they are taken: on one hot board, and over fifty. */
export async function callbackRows(stage: Stage, options: BenchOptions): Promise<Row[]> {
  const seconds = Math.min(options.seconds, LONGEST_SECONDS);
  const one = await CallbackLoad.on(stage, 1);
  const many = await CallbackLoad.on(stage, MANY);
  const bare = new BareLoad(stage);
  for (const verb of ["commit/1", `commit/${MANY}`, "validate-and-commit/1"] as const) await bare.measure(verb, 1);
  await one.warmUp();
  await many.warmUp();

  const rates = await interleave(options, {
    bare: () => bare.measure("commit/1", seconds),
    bareValidated: () => bare.measure("validate-and-commit/1", seconds),
    one: () => one.measure(seconds),
  });
  const spread = await interleave(
    { ...options, rounds: Math.min(options.rounds, MOST_ROUNDS_OVER_MANY) },
    {
      bare: () => bare.measure(`commit/${MANY}`, seconds),
      many: () => many.measure(seconds),
    },
  );
  await bare.insistOnCounts();
  await one.insistOnMoney();
  await many.insistOnMoney();
  await insistOnQuietLog(stage);

  const ratio = (figures: number[], what: string, note: string, budget: Row["budget"] = null): Row => ({
    ...{ what, figures, note, budget },
    unit: "ratio",
  });
  return [
    ratio(ratios(rates.one, rates.bare), "callbacks, one board", "a bare object, one commit", { atLeast: 0.9 }),
    ratio(ratios(rates.one, rates.bareValidated), "callbacks, one board", "a bare object, one commit, one fetch"),
    ratio(ratios(rates.bareValidated, rates.bare), "  what that fetch leaves", "bare object, with and without it"),
    ratio(ratios(spread.many, spread.bare), "callbacks, fifty boards", "fifty bare objects, one commit"),
    {
      ...{ what: "Postgres round trips a callback", figures: one.roundTrips, unit: "each" },
      ...{ budget: { atMost: 0.1 }, note: "one board, under load" },
    },
    {
      ...{ what: "Postgres round trips a callback", figures: many.roundTrips, unit: "each" },
      ...{ budget: null, note: "fifty boards, under load" },
    },
  ];
}

/** Callbacks posted to boards of their own, one for each gift opened before. */
class CallbackLoad {
  readonly roundTrips: number[] = [];
  readonly #stage: Stage;
  readonly #boards: readonly Board[];
  readonly #file: string;
  readonly #gifts: Gift[] = [];
  #perSecond = FIRST_GUESS_PER_SECOND;

  private constructor(stage: Stage, boards: readonly Board[]) {
    this.#stage = stage;
    this.#boards = boards;
    this.#file = join(stage.directory, `notices-${boards.length}.txt`);
  }

  static async on(stage: Stage, count: number): Promise<CallbackLoad> {
    const boards: Board[] = [];
    while (boards.length < count) boards.push(await stage.openBoard());
    return new CallbackLoad(stage, boards);
  }

  async warmUp(): Promise<void> {
    await this.measure(1);
    this.roundTrips.length = 0;
  }

  /** Callbacks accepted a second. */
  async measure(seconds: number): Promise<number> {
    for (;;) {
      const { door, database } = this.#stage;
      const needed = Math.ceil(this.#perSecond * HEADROOM * seconds) + CONNECTIONS;
      const gifts = await openGifts(door, this.#boards, needed);
      this.#gifts.push(...gifts);
      await writeFile(this.#file, gifts.map(({ notice }) => `${notice}\n`).join(""));
      await settled(this.#stage, this.#boards);

      const before = database.gateway.requests;
      const url = `${door.origin}/api/webhooks/payfast`;
      const { perSecond, answered, exhausted } = await load({ url, seconds, bodies: this.#file });
      const roundTrips = database.gateway.requests - before;
      this.#perSecond = Math.max(this.#perSecond, perSecond);
      // Ran out of gifts: some callbacks were old news, which costs less than a payment. Measured again with more.
      if (exhausted) continue;
      this.roundTrips.push(roundTrips / answered);
      return perSecond;
    }
  }

  /** PayFast repeats what was not answered when the load stopped; then every gift counts once. */
  async insistOnMoney(): Promise<void> {
    await settled(this.#stage, this.#boards);
    const paid = new Set(await this.#paidReferences());
    const unpaid = this.#gifts.filter(({ reference }) => !paid.has(reference));
    await each(unpaid, (gift) => notify(this.#stage.door, gift));
    // And it repeats itself even where it was thanked.
    await each(this.#gifts.slice(0, 2 * CONNECTIONS), (gift) => notify(this.#stage.door, gift));
    await settled(this.#stage, this.#boards);
    for (const board of this.#boards) {
      await insistOnMoney(this.#stage, board, this.#gifts.filter((gift) => gift.board === board).length);
    }
  }

  async #paidReferences(): Promise<string[]> {
    const text = "SELECT payment_ref FROM contributions WHERE payment_status = 'completed'";
    const { rows } = await this.#stage.database.postgres.query({ text, params: [] });
    return rows.map(([reference]) => reference ?? "");
  }
}

/** The same posts to objects that only count them. */
class BareLoad {
  readonly #stage: Stage;
  readonly #answered = new Map<string, { requests: number; loads: number }>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async measure(verb: `${"commit" | "validate-and-commit"}/${number}`, seconds: number): Promise<number> {
    const bodies = join(this.#stage.directory, "bare.txt");
    await writeFile(bodies, `${new URLSearchParams({ m_payment_id: "0".repeat(20), filler: "x".repeat(500) })}\n`);
    const { perSecond, answered } = await load({ url: `${this.#stage.origins.bare}/${verb}`, seconds, bodies });
    const objects = verb.split("/")[1] ?? "";
    const { requests, loads } = this.#answered.get(objects) ?? { requests: 0, loads: 0 };
    this.#answered.set(objects, { requests: requests + answered, loads: loads + 1 });
    return perSecond;
  }

  /** Every answered request was counted; up to one a connection may have been when the load stopped. */
  async insistOnCounts(): Promise<void> {
    for (const [objects, { requests, loads }] of this.#answered) {
      const count = Number(await (await fetch(`${this.#stage.origins.bare}/count/${objects}`)).text());
      insist(`${objects} bare objects counted ${count} of ${requests}`, count >= requests, true);
      insist(`${objects} bare objects counted ${count} of ${requests}`, count <= requests + loads * CONNECTIONS, true);
    }
  }
}

async function each<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}
