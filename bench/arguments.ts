import { parseArgs } from "node:util";

export const SUITES = ["bundle", "board-page", "partner-read", "callbacks", "live", "webhooks"] as const;
export type Suite = (typeof SUITES)[number];

export type BenchOptions = {
  suites: readonly Suite[];
  /** Interleaved rounds per comparison. */
  rounds: number;
  /** Length of one measurement under load. */
  seconds: number;
  /** Whether each measurement is printed as it is made; only ratios mean anything elsewhere. */
  showRates: boolean;
};

export const USAGE = `npm run bench                       every row, about five minutes
npm run bench -- --only callbacks   some of them: ${SUITES.join(", ")}; may be repeated
npm run bench -- --rounds 3         interleaved rounds per comparison (5)
npm run bench -- --seconds 2        length of one measurement under load (2)
npm run bench -- --rates            also every single measurement`;

/** Something a person can mend, in one sentence. */
export class BenchProblem extends Error {
  override readonly name = "BenchProblem";
}

/** @returns null when help was asked for @throws BenchProblem naming the argument that is wrong */
export function readArguments(args: readonly string[]): BenchOptions | null {
  const { only, rounds, seconds, rates, help } = parse(args);
  if (help) return null;
  return {
    suites: only ? SUITES.filter((suite) => suitesNamed(only).has(suite)) : SUITES,
    rounds: wholeNumber("--rounds", rounds, 5, { min: 1, max: 25 }),
    showRates: rates ?? false,
    seconds: wholeNumber("--seconds", seconds, 2, { min: 1, max: 30 }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        rounds: { type: "string" },
        seconds: { type: "string" },
        rates: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new BenchProblem(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function suitesNamed(only: readonly string[]): ReadonlySet<string> {
  const named = only.flatMap((names) => names.split(","));
  const unknown = named.find((name) => !SUITES.some((suite) => suite === name));
  if (unknown !== undefined)
    throw new BenchProblem(`There are no rows called "${unknown}"; there are ${SUITES.join(", ")}`);
  return new Set(named);
}

function wholeNumber(
  name: string,
  text: string | undefined,
  unless: number,
  { min, max }: { min: number; max: number },
) {
  if (text === undefined) return unless;
  const number = Number(text);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new BenchProblem(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}
