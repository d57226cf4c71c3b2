import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type TestProject = "node" | "workers";

/** A test file that reaches a file of the product. */
export type ReachingTest = {
  file: string;
  project: TestProject;
  /** Whether it runs the product in workerd, where the whole Worker is loaded. */
  runsWorker: boolean;
  /**
   * Imports between the file and the nearest one that the test mirrors: `test/a/b.test.ts` mirrors `src/a/b.ts`, and less
   * closely the rest of `src/a`. Infinite when it mirrors none.
   */
  distance: number;
  /** A guess, until the file has been run. */
  expectedMs: number;
};

type Module = { imports: Set<string>; packages: Set<string> };

/** Which tests reach a file, by imports that exist at run time. */
export type Reach = (file: string) => ReachingTest[];

const TYPE_IMPORT = /\b(?:import|export)\s+type\s[^;]*?\bfrom\s*["'][^"']+["']/g;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
const PATH = /["'`]([\w./-]+\.tsx?)["'`]/g;

const BUNDLER = "esbuild";
/** What makes a test file slow, and about how slow. */
const EXPECTED_MS: Record<string, number> = { [BUNDLER]: 15_000, "@electric-sql/pglite": 4_000, "fast-check": 3_000 };
const UNREMARKABLE_MS = 500;
const IN_WORKERD_MS = 20_000;

/** Reads the imports of all files. @param files every file of the project, from its root */
export function readReach(root: string, files: readonly string[]): Reach {
  const known = new Set(files);
  const modules = new Map<string, Module>();
  const worker = workerEntry(root);
  for (const file of files.filter((path) => /\.(tsx?|mjs|js)$/.test(path))) {
    modules.set(file, readModule(file, readFileSync(join(root, file), "utf8"), { known, worker }));
  }
  const importers = new Map<string, string[]>();
  for (const [file, { imports }] of modules) {
    for (const imported of imports) importers.set(imported, [...(importers.get(imported) ?? []), file]);
  }
  const describe = (file: string, distances: ReadonlyMap<string, number>): ReachingTest | null => {
    const project = projectOf(file);
    if (!project) return null;
    const packages = new Set<string>();
    for (const module of distancesFrom(file, (path) => modules.get(path)?.imports ?? []).keys()) {
      for (const name of modules.get(module)?.packages ?? []) packages.add(name);
    }
    const costs = Object.entries(EXPECTED_MS).flatMap(([name, ms]) => (packages.has(name) ? [ms] : []));
    return {
      file,
      project,
      runsWorker: project === "workers" || packages.has(BUNDLER),
      distance: mirrorDistance(file, distances),
      expectedMs: project === "workers" ? IN_WORKERD_MS : Math.max(UNREMARKABLE_MS, ...costs),
    };
  };
  return (file) => {
    const distances = distancesFrom(file, (path) => importers.get(path) ?? []);
    return [...distances.keys()].map((path) => describe(path, distances)).filter((test) => test !== null);
  };
}

function mirrorDistance(test: string, distances: ReadonlyMap<string, number>): number {
  const [, mirrored = ""] = /^test\/(.*)\.test\.tsx?$/.exec(test) ?? [];
  const near = [...distances].flatMap(([file, distance]) => {
    const path = file.replace(/^src\//, "").replace(/\.tsx?$/, "");
    if (path === mirrored) return [distance];
    return dirname(path) === dirname(mirrored) ? [distance + 1] : [];
  });
  return Math.min(...near);
}

/** null for what is no test, or one of a project that needs more than Node and workerd. */
function projectOf(file: string): TestProject | null {
  if (!/^test\/.*\.test\.tsx?$/.test(file) || /^test\/(browser|chaos)\//.test(file)) return null;
  return file.startsWith("test/workers/") ? "workers" : "node";
}

function readModule(
  file: string,
  text: string,
  { known, worker }: { known: ReadonlySet<string>; worker: string },
): Module {
  const module: Module = { imports: new Set(), packages: new Set() };
  for (const [, specifier = ""] of text.replace(TYPE_IMPORT, "").matchAll(IMPORT)) {
    const path = pathOf(file, specifier);
    if (path !== null && known.has(path)) module.imports.add(path);
    if (path === null) module.packages.add(specifier);
  }
  // A bundler's entry is named by a text, and the workers project loads the Worker's entry beside each test.
  if (module.packages.has(BUNDLER)) {
    for (const [, path = ""] of text.matchAll(PATH)) if (known.has(path)) module.imports.add(path);
  }
  if (projectOf(file) === "workers") module.imports.add(worker);
  return module;
}

/** The file of the project that a specifier means; null for a package. */
function pathOf(file: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return `src/${specifier.slice(1)}.ts`;
  return specifier.startsWith(".") ? join(dirname(file), specifier) : null;
}

function workerEntry(root: string): string {
  const main = /^main\s*=\s*"([^"]+)"/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))?.[1];
  if (!main) throw new Error("wrangler.toml does not name the Worker's entry");
  return main;
}

/** Every file that can be reached, with the least number of steps to it. */
function distancesFrom(start: string, next: (file: string) => Iterable<string>): Map<string, number> {
  const distances = new Map([[start, 0]]);
  for (const [file, distance] of distances) {
    for (const further of next(file)) if (!distances.has(further)) distances.set(further, distance + 1);
  }
  return distances;
}
