import { WebSocket } from "ws";
import type { BenchOptions } from "../arguments.ts";
import { insist, insistOnMoney, insistOnQuietLog, settled } from "../checks.ts";
import { type Door, type Gift, notify, openGifts } from "../gifts.ts";
import type { Stage } from "../stage.ts";
import { percentile, type Row } from "../table.ts";

const VIEWERS = 10;
const PER_SECOND = 100;
const VISIBLE_WITHIN_MS = 10_000;

/** When one open page first showed at least so many payments, in order. */
type Sighting = { at: number; count: number };

/**
 * Callbacks at a steady rate, whatever the answers do (an open loop), to a board that ten phones have open. A payment is
 * visible once a page counts as many payments as had been sent with it: later than the truth when answers overtake one
 * another, never earlier.
 */
export async function liveRows(stage: Stage, { rounds, seconds }: BenchOptions): Promise<Row[]> {
  const { door } = stage;
  const board = await stage.openBoard();
  const gifts = await openGifts(door, [board], PER_SECOND * seconds * rounds);
  await settled(stage, [board]);
  const pages = await Promise.all(Array.from({ length: VIEWERS }, () => openPage(`${door.origin}/${board.slug}/live`)));

  const delays: number[] = [];
  const p99s: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round * PER_SECOND * seconds;
    const sentAt = await sendSteadily(door, gifts.slice(first, first + PER_SECOND * seconds));
    await Promise.all(pages.map((page) => page.untilCount(first + sentAt.length)));
    const seen = pages.flatMap(({ sightings }) =>
      sentAt.map((at, index) => (sightings.find(({ count }) => count > first + index)?.at ?? Number.NaN) - at),
    );
    p99s.push(percentile(seen, 0.99));
    delays.push(...seen);
  }
  for (const { socket } of pages) socket.close();

  await settled(stage, [board]);
  await insistOnMoney(stage, board, gifts.length);
  await insistOnQuietLog(stage);
  insist("delays measured", delays.filter((delay) => delay > 0).length, gifts.length * VIEWERS);
  const note = `${PER_SECOND} callbacks a second, open loop, ${VIEWERS} pages`;
  return [
    { what: "callback to visible, p99", figures: p99s, unit: "ms", budget: { atMost: 1_000 }, note },
    { what: "  median", figures: [percentile(delays, 0.5)], unit: "ms", budget: null, note },
  ];
}

async function openPage(url: string) {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  const sightings: Sighting[] = [];
  socket.on("message", (text: Buffer) => {
    const { view } = JSON.parse(text.toString()) as { view: { contributionCount: number } };
    sightings.push({ at: performance.now(), count: view.contributionCount });
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const untilCount = async (count: number) => {
    for (const deadline = performance.now() + VISIBLE_WITHIN_MS; (sightings.at(-1)?.count ?? 0) < count; ) {
      if (performance.now() > deadline) throw new Error(`NOT CORRECT: an open page never showed ${count} payments`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { socket, sightings, untilCount };
}

/** @returns when each callback was due, not when it was really sent: a late one counts as slow */
async function sendSteadily(door: Door, gifts: readonly Gift[]): Promise<number[]> {
  const startedAt = performance.now() + 50;
  const dueAt = gifts.map((_, index) => startedAt + (index * 1000) / PER_SECOND);
  await Promise.all(
    gifts.map(async (gift, index) => {
      await new Promise((resolve) => setTimeout(resolve, (dueAt[index] ?? 0) - performance.now()));
      await notify(door, gift);
    }),
  );
  return dueAt;
}
