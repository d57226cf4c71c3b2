import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ArgumentProblem, type MutantOptions, readArguments, USAGE } from "./arguments.ts";
import { createJudge } from "./judge.ts";
import { PrivateCopy, projectFiles } from "./private-copy.ts";
import { readReach } from "./reach.ts";
import { describe, formatProgress, formatStale, formatSurvivors, formatTable, type Judged, scoreOf } from "./report.ts";
import { drawSample, type Mutant } from "./sample.ts";

const ROOT = join(import.meta.dirname, "../..");
const LEAST_SCORE = 0.85;
const TOO_WEAK = 1;
const FAILED = 2;
const INTERRUPTED = 130;

const Equivalents = z.array(
  z.strictObject({ file: z.string(), before: z.string(), after: z.string(), why: z.string().min(1) }),
);

const copies: PrivateCopy[] = [];
const removeCopies = () => {
  for (const copy of copies.splice(0)) copy.remove();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    removeCopies();
    process.exit(INTERRUPTED);
  });
}

try {
  const options = readArguments(process.argv.slice(2));
  if (options) process.exitCode = await run(options);
  else console.log(USAGE);
} catch (error) {
  console.error(error instanceof ArgumentProblem ? `\n${error.message}\n` : error);
  process.exitCode = FAILED;
} finally {
  removeCopies();
}

async function run(options: MutantOptions): Promise<number> {
  const equivalents = Equivalents.parse(JSON.parse(readFileSync(join(import.meta.dirname, "equivalent.json"), "utf8")));
  const { mutants, staleEquivalents } = drawSample(ROOT, options.areas, { ...options, equivalents });
  if (staleEquivalents.length > 0) console.log(formatStale(staleEquivalents));
  console.log(`${mutants.length} mutants, seed ${options.seed}`);
  if (options.list) {
    for (const mutant of mutants) {
      console.log(`${describe(mutant)}\n  ${mutant.before}\n  -> ${mutant.after || "(removed)"}`);
    }
    return 0;
  }
  const judged = await judgeAll(mutants, options);
  const survivors = formatSurvivors(judged);
  console.log(`\n${formatTable(judged)}`);
  if (survivors) console.log(`\nSurvivors\n${survivors}`);
  const score = scoreOf(judged);
  if (!options.strict || score >= LEAST_SCORE) return 0;
  console.log(`\nThe score is below ${LEAST_SCORE * 100} %.`);
  return TOO_WEAK;
}

async function judgeAll(mutants: readonly Mutant[], { jobs, breadth }: MutantOptions): Promise<Judged[]> {
  const files = projectFiles(ROOT);
  const expectedMs = new Map<string, number>();
  const { judge, brokenTests } = createJudge(readReach(ROOT, files), expectedMs, breadth);
  const results = new Map<Mutant, Judged>();
  const waiting = [...mutants];
  const work = async () => {
    const copy = new PrivateCopy(ROOT, files, expectedMs);
    copies.push(copy);
    // Otherwise every survivor would count as refused.
    if (!(await copy.compiles())) throw new Error("tsc refuses the project without a mutant: repair it first");
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const startedAt = performance.now();
      const verdict = await judge(mutant, copy);
      const judged = { mutant, verdict, seconds: (performance.now() - startedAt) / 1000 };
      results.set(mutant, judged);
      console.log(formatProgress(judged, results.size, mutants.length));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  for (const file of brokenTests()) console.log(`${file} fails without a mutant and was not counted`);
  return mutants.flatMap((mutant) => results.get(mutant) ?? []);
}
