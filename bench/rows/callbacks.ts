import type { PaymentProviderName } from "#domain/board/lifecycle";
import type { BenchOptions } from "../arguments.ts";
import { BareLoad } from "../bare-load.ts";
import { CallbackLoad } from "../callback-load.ts";
import { insistOnQuietLog } from "../checks.ts";
import { interleave, ratios } from "../interleave.ts";
import { type Stage, through } from "../stage.ts";
import type { Row } from "../table.ts";

const MANY = 50;
/** Every callback needs a gift of its own, and opening one takes longer than paying it. */
const LONGEST_SECONDS = 1;
/** So short a load meets the disk at its best or at its worst. */
const FEWEST_SHORT_ROUNDS = 9;
/** A shorter load over fifty boards favours slow flushing, whose work then falls behind its end. */
const SHORTEST_SECONDS_OVER_MANY = 5;

/** Of a bare object that asks back and commits. Ozow's look-up needs a token and a second check. (design 10) */
const BUDGET: Record<PaymentProviderName, number> = { payfast: 0.9, ozow: 0.8, snapscan: 0.9 };

const COMPANY: Record<PaymentProviderName, string> = { payfast: "PayFast", ozow: "Ozow", snapscan: "SnapScan" };
const QUESTION: Record<PaymentProviderName, string> = {
  payfast: "a validation",
  ozow: "a transaction's look-up",
  snapscan: "a payment's look-up",
};

/**
 * Payments that providers confirm, as fast as they are taken: on one hot board, and over fifty. Every callback is signed,
 * and its provider asked back as its adapter asks.
 */
export async function callbackRows(stage: Stage, options: BenchOptions): Promise<Row[]> {
  const shortened = {
    ...options,
    seconds: Math.min(options.seconds, LONGEST_SECONDS),
    rounds: Math.max(options.rounds, FEWEST_SHORT_ROUNDS),
  };
  const overMany = { ...options, seconds: Math.max(options.seconds, SHORTEST_SECONDS_OVER_MANY) };
  const bare = new BareLoad(stage);
  const rows: Row[] = [];
  for (const provider of options.providers) {
    rows.push(...(await oneBoardRows(stage, bare, provider, shortened)));
    if (provider === "snapscan") rows.push(...(await signatureRows(stage, bare, shortened)));
    rows.push(...(await manyBoardsRows(stage, bare, provider, overMany)));
  }
  await bare.insistOnCounts();
  return rows;
}

async function oneBoardRows(stage: Stage, bare: BareLoad, provider: PaymentProviderName, options: BenchOptions) {
  const { rates, roundTrips } = await compare(stage, bare, { provider, count: 1 }, options);
  const what = `${COMPANY[provider]} callbacks, one board`;
  return [
    ratioRow(what, ratios(rates.ours, rates.asking), `a bare object, ${QUESTION[provider]}, one commit`, {
      atLeast: BUDGET[provider],
    }),
    roundTripsRow(roundTrips, "one board, under load", { atMost: 0.01 }),
  ];
}

async function manyBoardsRows(stage: Stage, bare: BareLoad, provider: PaymentProviderName, options: BenchOptions) {
  const { rates, roundTrips } = await compare(stage, bare, { provider, count: MANY }, options);
  const what = `${COMPANY[provider]} callbacks, fifty boards`;
  return [
    ratioRow(what, ratios(rates.ours, rates.asking), `fifty bare objects, ${QUESTION[provider]}, one commit`, {
      atLeast: 0.6,
    }),
    roundTripsRow(roundTrips, "fifty boards, under load", { atMost: 0.1 }),
  ];
}

async function compare(
  stage: Stage,
  bare: BareLoad,
  { provider, count }: { provider: PaymentProviderName; count: number },
  options: BenchOptions,
) {
  const { seconds } = options;
  const ours = await CallbackLoad.on(stage, { provider, boards: count, asks: 1 });
  const asking = { provider, objects: count, asks: 1 } as const;
  await bare.measure(asking, 1);
  await ours.warmUp();
  const rates = await interleave(options, {
    asking: () => bare.measure(asking, seconds),
    ours: () => ours.measure(seconds),
  });
  await ours.insistOnMoney();
  await insistOnQuietLog(stage);
  return { rates, roundTrips: ours.roundTrips };
}

/** SnapScan's notices say everything themselves; believed unasked, what is left is the signature and our own work. */
async function signatureRows(stage: Stage, bare: BareLoad, options: BenchOptions): Promise<Row[]> {
  const { seconds } = options;
  const about = { provider: "snapscan", asks: 0 } as const;
  const unconfirmed = through(stage.origins.unconfirmed, stage);
  const ours = await CallbackLoad.on(unconfirmed, { ...about, boards: 1 });
  await ours.warmUp();
  const rates = await interleave(options, {
    bare: () => bare.measure({ ...about, objects: 1 }, seconds),
    ours: () => ours.measure(seconds),
  });
  await ours.insistOnMoney();
  await insistOnQuietLog(stage);
  const what = "SnapScan callbacks, not asking back";
  return [ratioRow(what, ratios(rates.ours, rates.bare), "a bare object, one commit")];
}

function ratioRow(what: string, figures: number[], note: string, budget: Row["budget"] = null): Row {
  return { what, figures, unit: "ratio", budget, note };
}

function roundTripsRow(figures: readonly number[], note: string, budget: Row["budget"]): Row {
  return { what: "  Postgres round trips each", figures, unit: "each", budget, note };
}
