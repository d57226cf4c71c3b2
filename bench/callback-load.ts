import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MAX_UNPAID } from "#domain/board/decide-payments";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { insist, insistOnMoney, settled } from "./checks.ts";
import { type Board, type Gift, notify, openGifts } from "./gifts.ts";
import { noticeOf } from "./notices.ts";
import type { Stage } from "./stage.ts";
import { CONNECTIONS, load, requestLine } from "./wrk.ts";

/** Notices of one measurement on one board. With those that earlier ones left unanswered, fewer than it takes unpaid. */
const MOST_ON_ONE_BOARD = MAX_UNPAID - 300;
/** More than this machine takes; a load that runs out of notices ends early and still gives a rate. */
const MOST_PER_SECOND = 1_500;
/** Notices of a load that may have no answer: one a connection, and the first, which wrk only looks at. */
const UNANSWERED = CONNECTIONS + 1;

type Kind = {
  provider: PaymentProviderName;
  boards: number;
  /** Requests that each callback makes to its provider. */
  asks: 0 | 1;
};

/** One provider's callbacks posted to boards of their own, each for a gift of its own. */
export class CallbackLoad {
  /** Of each measurement, to Postgres, a callback. */
  readonly roundTrips: number[] = [];
  readonly #stage: Stage;
  readonly #kind: Kind;
  readonly #boards: readonly Board[];
  readonly #file: string;
  /** Opened, their notices not sent yet: the next measurement's. */
  #waiting: Gift[] = [];
  /** Their notices were sent, and all but a few answered. */
  readonly #sent: Gift[] = [];
  /** Gifts whose notice was surely thanked for under load. */
  #thanked = 0;

  private constructor(stage: Stage, kind: Kind, boards: readonly Board[]) {
    this.#stage = stage;
    this.#kind = kind;
    this.#boards = boards;
    this.#file = join(stage.directory, "notices.txt");
  }

  static async on(stage: Stage, kind: Kind): Promise<CallbackLoad> {
    const boards: Board[] = [];
    while (boards.length < kind.boards) boards.push(await stage.openBoard());
    return new CallbackLoad(stage, kind, boards);
  }

  /** The first of them. */
  get board(): Board {
    const [first] = this.#boards;
    if (!first) throw new Error("a load needs a board");
    return first;
  }

  async warmUp(): Promise<void> {
    await this.measure(1);
    this.roundTrips.length = 0;
  }

  /** Callbacks accepted a second, for so long, or until there are no more gifts to confirm. */
  async measure(seconds: number): Promise<number> {
    const most = Math.min(
      MOST_ON_ONE_BOARD * this.#boards.length,
      Math.max(seconds * MOST_PER_SECOND, MOST_ON_ONE_BOARD),
    );
    const gifts = await this.#open(most);
    const { door, database, sink } = this.#stage;
    const lines = gifts.map((gift) => requestLine(noticeOf(gift.provider, gift, door.secrets)));
    await writeFile(this.#file, lines.join(""));

    const [tripsBefore, askedBefore] = [database.gateway.requests, await sink.answered()];
    const url = `${door.origin}/api/webhooks/${this.#kind.provider}`;
    const { perSecond, answered } = await load({ url, seconds, requests: this.#file });
    this.roundTrips.push((database.gateway.requests - tripsBefore) / answered);
    this.#insistOnAsking((await sink.answered()) - askedBefore, answered);
    const used = Math.min(answered + UNANSWERED, gifts.length);
    this.#sent.push(...gifts.slice(0, used));
    this.#waiting = gifts.slice(used);
    this.#thanked += used - UNANSWERED;
    return perSecond;
  }

  /** The provider repeats what was not answered when the load stopped; then every gift counts once. */
  async insistOnMoney(): Promise<void> {
    const { door } = this.#stage;
    await settled(this.#stage, this.#boards);
    const paid = new Set(await this.#paidReferences());
    const unpaid = this.#sent.filter(({ reference }) => !paid.has(reference));
    insist("every callback that was thanked for was paid", this.#sent.length - unpaid.length >= this.#thanked, true);
    await each(unpaid, (gift) => notify(door, gift));
    // And it repeats itself even where it was thanked.
    await each(this.#sent.slice(0, 2 * CONNECTIONS), (gift) => notify(door, gift));
    await settled(this.#stage, this.#boards);
    for (const board of this.#boards) {
      await insistOnMoney(this.#stage, board, this.#sent.filter((gift) => gift.board === board).length);
    }
  }

  /** Gifts that wait, at least so many, with nothing left to do about their opening. */
  async #open(count: number): Promise<readonly Gift[]> {
    const { door, sink } = this.#stage;
    const { provider } = this.#kind;
    const gifts = await openGifts(door, this.#boards, Math.max(0, count - this.#waiting.length), provider);
    if (provider === "snapscan") await sink.knowSnapscan(gifts);
    this.#waiting.push(...gifts);
    await settled(this.#stage, this.#boards);
    return this.#waiting;
  }

  /** Each callback asked as often as it is compared with; one a connection may be under way when the load stops. */
  #insistOnAsking(asked: number, answered: number): void {
    const { provider, asks } = this.#kind;
    const what = `${answered} callbacks asked ${provider} ${asked} times`;
    insist(what, asked >= answered * asks && asked <= (answered + CONNECTIONS) * asks, true);
  }

  async #paidReferences(): Promise<string[]> {
    const text = "SELECT payment_ref FROM contributions WHERE payment_status = 'completed'";
    const { rows } = await this.#stage.database.postgres.query({ text, params: [] });
    return rows.map(([reference]) => reference ?? "");
  }
}

async function each<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}
