import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { AREAS, type Area } from "./areas.ts";
import { BREADTHS, type Breadth } from "./judge.ts";

export type MutantOptions = {
  seed: number;
  count: number;
  areas: readonly Area[];
  jobs: number;
  strict: boolean;
  breadth: Breadth;
  /** Whether the sample is only printed. */
  list: boolean;
};

export const USAGE = `npm run test:mutants                      200 mutants from all areas, a fresh sample each time
npm run test:mutants -- --seed 7          the same sample again
npm run test:mutants -- --count 30        fewer or more
npm run test:mutants -- --area payments   some areas: ${AREAS.map(({ name }) => name).join(", ")}; may be repeated
npm run test:mutants -- --jobs 1          mutants at a time (2)
npm run test:mutants -- --tests near      only tests near the mutant; all: also those of the bundled Worker (fast)
npm run test:mutants -- --list            print the sample and run nothing
npm run test:mutants -- --strict          end with 1 when the score is below 85 %`;

const SEEDS = 1_000_000;

/** Something a person can correct, in one sentence. */
export class ArgumentProblem extends Error {
  override readonly name = "ArgumentProblem";
}

/** @returns null when help was asked for @throws ArgumentProblem naming the argument that is wrong */
export function readArguments(args: readonly string[]): MutantOptions | null {
  const values = parse(args);
  if (values.help) return null;
  return {
    seed: wholeNumber("--seed", values.seed, randomInt(SEEDS), { min: 0, max: Number.MAX_SAFE_INTEGER }),
    count: wholeNumber("--count", values.count, 200, { min: 1, max: 100_000 }),
    areas: chosenAreas(values.area),
    jobs: wholeNumber("--jobs", values.jobs, 2, { min: 1, max: 32 }),
    strict: values.strict ?? false,
    breadth: readBreadth(values.tests),
    list: values.list ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        count: { type: "string" },
        area: { type: "string", multiple: true },
        jobs: { type: "string" },
        strict: { type: "boolean" },
        tests: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    throw new ArgumentProblem(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function chosenAreas(named: readonly string[] | undefined): readonly Area[] {
  if (!named) return AREAS;
  const names = named.flatMap((list) => list.split(","));
  const unknown = names.find((name) => !AREAS.some((area) => area.name === name));
  if (unknown === undefined) return AREAS.filter(({ name }) => names.includes(name));
  throw new ArgumentProblem(
    `There is no area called "${unknown}"; there are ${AREAS.map(({ name }) => name).join(", ")}`,
  );
}

function readBreadth(named = "fast"): Breadth {
  const breadth = BREADTHS.find((known) => known === named);
  if (breadth) return breadth;
  throw new ArgumentProblem(`--tests must be one of ${BREADTHS.join(", ")}, not "${named}"`);
}

function wholeNumber(
  name: string,
  text: string | undefined,
  unless: number,
  { min, max }: { min: number; max: number },
): number {
  if (text === undefined) return unless;
  const number = Number(text);
  if (text.trim() !== "" && Number.isInteger(number) && number >= min && number <= max) return number;
  throw new ArgumentProblem(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}
