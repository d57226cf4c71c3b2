import type { PrivateCopy } from "./private-copy.ts";
import type { Reach, ReachingTest } from "./reach.ts";
import type { Mutant } from "./sample.ts";

export type Verdict =
  /** `by` names the test file and the test. */
  | { result: "killed"; by: string }
  /** `ran` is how many test files did not notice. */
  | { result: "survived"; ran: number }
  | { result: "refused by tsc" };

/**
 * Which of the tests that reach a mutant run. `near`: those that mirror its area or what imports it within two steps.
 * `fast`: also the others, without those of the bundled Worker. `all`: every one. Where that leaves none, every one runs.
 */
export const BREADTHS = ["near", "fast", "all"] as const;
export type Breadth = (typeof BREADTHS)[number];

const NEAR = 2;

/** Where mutants live while tests run. */
export type Copy = Pick<PrivateCopy, "withMutation" | "runTests" | "compiles">;

export type Judge = {
  judge(mutant: Mutant, copy: Copy): Promise<Verdict>;
  /** Test files that fail without a mutant. They kill nothing and do not run again. */
  brokenTests(): string[];
};

/** Runs the chosen tests until one fails: those of its area first, then the nearest, then the fastest. */
export function createJudge(reach: Reach, expectedMs: ReadonlyMap<string, number>, breadth: Breadth): Judge {
  const sound = new Set<string>();
  const broken = new Set<string>();

  /** Whether a test file passes without the mutant; one that passed before need not run again, unless it was silent. */
  async function isSound({ file, project }: ReachingTest, wasSilent: boolean, copy: Copy): Promise<boolean> {
    if (sound.has(file) && !wasSilent) return true;
    const outcome = await copy.runTests(project, [file]);
    if (outcome.result === "passed") sound.add(file);
    else broken.add(file);
    return outcome.result === "passed";
  }

  async function judge(mutant: Mutant, copy: Copy): Promise<Verdict> {
    const tests = chooseTests(reach(mutant.file), mutant, expectedMs, breadth);
    let waiting = tests.filter(({ file }) => !broken.has(file));
    let ran = 0;
    while (waiting[0]) {
      // One run of vitest for each stretch of files of one project.
      const { project } = waiting[0];
      const until = waiting.findIndex((test) => test.project !== project);
      const stretch = until === -1 ? waiting : waiting.slice(0, until);
      const names = stretch.map(({ file }) => file);
      const outcome = await copy.withMutation(mutant, () => copy.runTests(project, names));
      if (outcome.result === "passed") {
        ran += stretch.length;
        waiting = waiting.slice(stretch.length);
        continue;
      }
      const place = names.indexOf(outcome.file);
      const test = stretch[place];
      if (!test) throw new Error(`${outcome.file} failed and was not asked to run`);
      const isSilent = outcome.result === "silent";
      if (await isSound(test, isSilent, copy)) {
        return { result: "killed", by: `${outcome.file} ${isSilent ? "(it stops answering)" : outcome.test}`.trim() };
      }
      ran += place;
      waiting = waiting.slice(place + 1);
    }
    const compiles = await copy.withMutation(mutant, () => copy.compiles());
    return compiles ? { result: "survived", ran } : { result: "refused by tsc" };
  }

  return { judge, brokenTests: () => [...broken].sort() };
}

export function chooseTests(
  reaching: readonly ReachingTest[],
  { area }: Pick<Mutant, "area">,
  expectedMs: ReadonlyMap<string, number>,
  breadth: Breadth,
): ReachingTest[] {
  const isOfArea = ({ file }: ReachingTest) => area.tests.some((folder) => file.startsWith(`${folder}/`));
  const isNear = ({ distance, runsWorker }: ReachingTest) => distance <= NEAR && !runsWorker;
  const chosen = reaching.filter(
    (test) => isOfArea(test) || breadth === "all" || (breadth === "near" ? isNear(test) : !test.runsWorker),
  );
  const msOf = (test: ReachingTest) => expectedMs.get(test.file) ?? test.expectedMs;
  return (chosen.length > 0 ? chosen : [...reaching]).sort(
    (a, b) => Number(isOfArea(b)) - Number(isOfArea(a)) || compare(a.distance, b.distance) || msOf(a) - msOf(b),
  );
}

/** Like a difference, and 0 for two infinite ones. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
