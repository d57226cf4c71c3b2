import type { BenchOptions } from "./arguments.ts";

/** A measurement: how many of something a second. */
export type Measurement = () => Promise<number>;

/**
 * Measures every variant once a round, in turn, so that whatever else this machine does falls on all of them alike.
 * `rates[name][round]`.
 */
export async function interleave<Name extends string>(
  { rounds, showRates }: Pick<BenchOptions, "rounds" | "showRates">,
  variants: Record<Name, Measurement>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(variants) as Name[];
  const rates = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>; // filled below
  for (let round = 0; round < rounds; round += 1) {
    // Every other round backwards: a machine that slows down or warms up favours no side.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const rate = await variants[name]();
      rates[name].push(rate);
      if (showRates) console.log(`    ${name} ${rate.toFixed(0)}/s`);
    }
  }
  return rates;
}

/** For what is near to its budget: single rounds of one run differ by a tenth and more. */
export function manyRounds(options: BenchOptions): BenchOptions {
  return { ...options, rounds: 3 * options.rounds };
}

/** Round by round: what both measured under the same circumstances. */
export function ratios(subject: readonly number[], baseline: readonly number[]): number[] {
  return subject.map((rate, round) => rate / (baseline[round] ?? Number.NaN));
}
