import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawSample } from "./sample.ts";

const AREA = { name: "rules", folder: "src/rules", tests: ["test/rules"] };
const OTHER = { name: "other", folder: "src/other", tests: ["test/other"] };
const RULES = Array.from({ length: 40 }, (_, index) => `export const rule${index} = a - b${index};`).join("\n");

let root = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "chipin-sample-"));
  mkdirSync(join(root, "src/rules"), { recursive: true });
  mkdirSync(join(root, "src/other"), { recursive: true });
  writeFileSync(join(root, "src/rules/rules.ts"), RULES);
  writeFileSync(join(root, "src/other/one.ts"), "export const one = a - b;");
});
afterAll(() => rmSync(root, { recursive: true }));

const linesOf = (seed: number) =>
  drawSample(root, [AREA], { seed, count: 10, equivalents: [] }).mutants.map(({ line }) => line);

describe("a sample", () => {
  it("is the same for the same seed and another for another seed", () => {
    expect(linesOf(1)).toHaveLength(10);
    expect(linesOf(1)).toEqual(linesOf(1));
    expect(linesOf(1)).not.toEqual(linesOf(2));
  });

  it("gives each area the same share as far as its mutations go", () => {
    const { mutants } = drawSample(root, [AREA, OTHER], { seed: 1, count: 10, equivalents: [] });
    expect(mutants.filter(({ area }) => area === AREA)).toHaveLength(5);
    expect(mutants.filter(({ area }) => area === OTHER)).toHaveLength(1);
  });

  it("keeps the same mutants when lines are added above them", () => {
    const before = linesOf(1);
    writeFileSync(join(root, "src/rules/rules.ts"), `// One line more.\n${RULES}`);
    const after = linesOf(1);
    writeFileSync(join(root, "src/rules/rules.ts"), RULES);
    expect(after).toEqual(before.map((line) => line + 1));
  });

  it("leaves out equivalent mutations, and names entries that match nothing", () => {
    const entry = {
      file: "src/other/one.ts",
      before: "export const one = a - b;",
      after: "export const one = a + b;",
      why: "a test",
    };
    const stale = { ...entry, before: "export const two = a - b;" };
    expect(drawSample(root, [OTHER], { seed: 1, count: 10, equivalents: [entry, stale] })).toEqual({
      mutants: [],
      staleEquivalents: [stale],
    });
  });

  it("refuses an area whose folder does not exist", () => {
    const gone = { ...AREA, folder: "src/gone" };
    expect(() => drawSample(root, [gone], { seed: 1, count: 1, equivalents: [] })).toThrow("src/gone");
  });
});
