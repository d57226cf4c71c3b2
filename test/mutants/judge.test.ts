import { describe, expect, it } from "vitest";
import { type Copy, createJudge } from "./judge.ts";
import type { TestOutcome } from "./private-copy.ts";
import type { ReachingTest } from "./reach.ts";
import type { Mutant } from "./sample.ts";

const MUTANT: Mutant = {
  area: { name: "rules", folder: "src/rules", tests: ["test/rules"] },
  file: "src/rules/rule.ts",
  line: 1,
  kind: "operator - to +",
  start: 0,
  end: 1,
  replacement: "+",
  before: "a - b",
  after: "a + b",
};
const FIRST: ReachingTest = {
  file: "test/rules/first.test.ts",
  project: "node",
  runsWorker: false,
  distance: 0,
  expectedMs: 1,
};
const SECOND: ReachingTest = { ...FIRST, file: "test/rules/second.test.ts", expectedMs: 2 };
const IN_WORKERD: ReachingTest = { ...FIRST, file: "test/rules/object.test.ts", project: "workers", expectedMs: 3 };
const TESTS = [FIRST, SECOND, IN_WORKERD];

type Faults = {
  /** Files that fail while the mutant is in. */
  killers?: readonly string[];
  /** Files that hang while the mutant is in. */
  hanging?: readonly string[];
  /** Files that fail always. */
  broken?: readonly string[];
  compiles?: boolean;
};

function fakeCopy({ killers = [], hanging = [], broken = [], compiles = true }: Faults) {
  const runs: string[][] = [];
  let isMutated = false;
  const outcomeOf = (file: string): TestOutcome | null => {
    if (broken.includes(file) || (isMutated && killers.includes(file))) return { result: "failed", file, test: "adds" };
    return isMutated && hanging.includes(file) ? { result: "silent", file } : null;
  };
  const copy: Copy = {
    async withMutation(_mutation, work) {
      isMutated = true;
      try {
        return await work();
      } finally {
        isMutated = false;
      }
    },
    async runTests(project, files) {
      runs.push([project, ...files]);
      return files.map(outcomeOf).find((outcome) => outcome !== null) ?? { result: "passed" };
    },
    compiles: async () => compiles,
  };
  return { copy, runs };
}

const newJudge = () => createJudge(() => TESTS, new Map(), "fast");

describe("the judgement of a mutant", () => {
  it("is killed by a test that fails with it and passes without it", async () => {
    const { copy, runs } = fakeCopy({ killers: [SECOND.file] });
    const { judge } = newJudge();
    expect(await judge(MUTANT, copy)).toEqual({ result: "killed", by: `${SECOND.file} adds` });
    expect(runs).toEqual([
      ["node", FIRST.file, SECOND.file],
      ["node", SECOND.file],
    ]);
  });

  it("runs a killer without a mutant only once", async () => {
    const { copy, runs } = fakeCopy({ killers: [FIRST.file] });
    const { judge } = newJudge();
    await judge(MUTANT, copy);
    await judge(MUTANT, copy);
    expect(runs.filter((run) => run.length === 2)).toEqual([["node", FIRST.file]]);
  });

  it("goes on after a test that fails anyway, and does not run that test again", async () => {
    const { copy, runs } = fakeCopy({ broken: [FIRST.file], killers: [IN_WORKERD.file] });
    const { judge, brokenTests } = newJudge();
    expect(await judge(MUTANT, copy)).toMatchObject({ result: "killed", by: `${IN_WORKERD.file} adds` });
    expect(brokenTests()).toEqual([FIRST.file]);
    runs.length = 0;
    await judge(MUTANT, copy);
    expect(runs.flat()).not.toContain(FIRST.file);
  });

  it("is killed when the tests hang with it and pass without it", async () => {
    const { copy } = fakeCopy({ hanging: [FIRST.file] });
    expect(await newJudge().judge(MUTANT, copy)).toMatchObject({ result: "killed" });
  });

  it("survives when every test of both projects passes", async () => {
    const { copy, runs } = fakeCopy({});
    expect(await newJudge().judge(MUTANT, copy)).toEqual({ result: "survived", ran: 3 });
    expect(runs).toEqual([
      ["node", FIRST.file, SECOND.file],
      ["workers", IN_WORKERD.file],
    ]);
  });

  it("does not count a survivor that tsc refuses", async () => {
    const { copy } = fakeCopy({ compiles: false });
    expect(await newJudge().judge(MUTANT, copy)).toEqual({ result: "refused by tsc" });
  });
});
