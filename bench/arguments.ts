import { parseArgs } from "node:util";
import { PAYMENT_PROVIDERS, type PaymentProviderName } from "#domain/board/lifecycle";

export const SUITES = [
  "bundle",
  "waking",
  "board-page",
  "edge-cache",
  "partner-read",
  "callbacks",
  "live",
  "crowd",
  "first-visit",
  "webhooks",
  "attack",
  "statements",
] as const;
export type Suite = (typeof SUITES)[number];

export type BenchOptions = {
  suites: readonly Suite[];
  /** Whose callbacks are measured. */
  providers: readonly PaymentProviderName[];
  /** Interleaved rounds per comparison. */
  rounds: number;
  /** Length of one measurement under load. */
  seconds: number;
  /** Whether each measurement is printed as it is made; only ratios mean anything elsewhere. */
  showRates: boolean;
  /** Whether a missed budget makes the run fail. */
  strict: boolean;
};

export const USAGE = `npm run bench                       every row, about half an hour
npm run bench -- --only callbacks   some of them: ${SUITES.join(", ")}; may be repeated
npm run bench -- --provider ozow    some callbacks: ${PAYMENT_PROVIDERS.join(", ")}; may be repeated
npm run bench -- --rounds 3         interleaved rounds per comparison (5)
npm run bench -- --seconds 2        length of one measurement under load (2; of callbacks 1 at most)
npm run bench -- --rates            also every single measurement
npm run bench -- --strict           ends with 2 when a row misses its budget`;

/** Something a person can mend, in one sentence. */
export class BenchProblem extends Error {
  override readonly name = "BenchProblem";
}

/** @returns null when help was asked for @throws BenchProblem naming the argument that is wrong */
export function readArguments(args: readonly string[]): BenchOptions | null {
  const { only, provider, rounds, seconds, rates, strict, help } = parse(args);
  if (help) return null;
  return {
    suites: chosen("rows", SUITES, only),
    providers: chosen("callbacks", PAYMENT_PROVIDERS, provider),
    rounds: wholeNumber("--rounds", rounds, 5, { min: 1, max: 25 }),
    showRates: rates ?? false,
    strict: strict ?? false,
    seconds: wholeNumber("--seconds", seconds, 2, { min: 1, max: 30 }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        provider: { type: "string", multiple: true },
        rounds: { type: "string" },
        seconds: { type: "string" },
        rates: { type: "boolean" },
        strict: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new BenchProblem(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

/** Those of `all` that were named, in their own order; all of them when none was. */
function chosen<Name extends string>(
  what: string,
  all: readonly Name[],
  named: readonly string[] | undefined,
): readonly Name[] {
  if (!named) return all;
  const names = named.flatMap((list) => list.split(","));
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined)
    throw new BenchProblem(`There are no ${what} called "${unknown}"; there are ${all.join(", ")}`);
  return all.filter((name) => names.includes(name));
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
