import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Breadth, chooseTests } from "./judge.ts";
import { type Reach, readReach } from "./reach.ts";

const FILES: Record<string, string> = {
  "wrangler.toml": 'name = "worker"\nmain = "src/index.ts"\n',
  "src/index.ts": 'import { page } from "#http/page";\nimport "../durable-objects/object.ts";',
  "src/http/page.ts": 'import { rule } from "#domain/rule";\nexport const page = rule;',
  "src/domain/rule.ts": "export const rule = 1;",
  "src/domain/shape.ts": "export type Shape = 1;",
  "durable-objects/object.ts": 'import "cloudflare:workers";',
  "local/bundle.ts": 'import * as esbuild from "esbuild";\nexport const entry = ["src/index.ts"];',
  "test/domain/rule.test.ts": 'import { rule } from "#domain/rule";\nimport type { Shape } from "#domain/shape";',
  "test/http/page.test.ts": 'import { page } from "../../src/http/page.ts";\nimport "@electric-sql/pglite";',
  "test/http/other.test.ts": 'import "../../src/http/page.ts";',
  "test/http/platform.test.ts": 'import "../../local/bundle.ts";',
  "test/workers/object.test.ts": 'import { env } from "cloudflare:workers";',
  "test/browser/page.test.ts": 'import "../../local/bundle.ts";',
};

let root = "";
let reach: Reach = () => [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "chipin-reach-"));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  reach = readReach(root, Object.keys(FILES));
});
afterAll(() => rmSync(root, { recursive: true }));

const PAGES = { name: "pages", folder: "src/http", tests: ["test/http"] };
const OBJECTS = { name: "objects", folder: "durable-objects", tests: ["test/workers"] };
const chosen = (file: string, breadth: Breadth, area = PAGES, measured: [string, number][] = []) =>
  chooseTests(reach(file), { area }, new Map(measured), breadth).map((test) => test.file);

describe("the tests that reach a file", () => {
  it("are those that import it, directly or not, and those that load the Worker", () => {
    expect(
      reach("src/domain/rule.ts")
        .map(({ file }) => file)
        .sort(),
    ).toEqual([
      "test/domain/rule.test.ts",
      "test/http/other.test.ts",
      "test/http/page.test.ts",
      "test/http/platform.test.ts",
      "test/workers/object.test.ts",
    ]);
  });

  it("are not those that import only its types", () => {
    expect(reach("src/domain/shape.ts")).toEqual([]);
  });

  it("know how near the files that they mirror are", () => {
    const distances = reach("src/domain/rule.ts").map(({ file, distance }) => [file, distance]);
    expect(Object.fromEntries(distances)).toEqual({
      "test/domain/rule.test.ts": 0,
      "test/http/other.test.ts": 2,
      "test/http/page.test.ts": 1,
      "test/http/platform.test.ts": 2,
      "test/workers/object.test.ts": Number.POSITIVE_INFINITY,
    });
  });

  it("run with those of the area first, then the nearest, then the fastest", () => {
    const others = ["test/domain/rule.test.ts", "test/workers/object.test.ts"];
    expect(chosen("src/domain/rule.ts", "all")).toEqual([
      "test/http/page.test.ts",
      "test/http/other.test.ts",
      "test/http/platform.test.ts",
      ...others,
    ]);
    expect(chosen("src/domain/rule.ts", "all", PAGES, [["test/http/other.test.ts", 60_000]])).toEqual([
      "test/http/page.test.ts",
      "test/http/platform.test.ts",
      "test/http/other.test.ts",
      ...others,
    ]);
  });

  it("are only the near ones when asked so", () => {
    expect(chosen("src/domain/rule.ts", "near", { ...PAGES, tests: ["test/domain"] })).toEqual([
      "test/domain/rule.test.ts",
      "test/http/page.test.ts",
      "test/http/other.test.ts",
    ]);
  });

  it("leave out the bundled Worker unless it is of the area or nothing else reaches the file", () => {
    expect(chosen("src/domain/rule.ts", "fast", { ...PAGES, tests: ["test/domain"] })).toEqual([
      "test/domain/rule.test.ts",
      "test/http/page.test.ts",
      "test/http/other.test.ts",
    ]);
    expect(chosen("durable-objects/object.ts", "fast", OBJECTS)).toEqual(["test/workers/object.test.ts"]);
    expect(chosen("durable-objects/object.ts", "fast", { ...OBJECTS, tests: [] })).toEqual([
      "test/http/platform.test.ts",
      "test/workers/object.test.ts",
    ]);
  });
});
