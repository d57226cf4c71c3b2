import * as esbuild from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { buildOptions, gzippedBytes, MAIN_MODULE, type Modules, modulesOf } from "../../local/worker/build-options.ts";

type Output = esbuild.Metafile["outputs"][string];

let outputs: Record<string, Output>;
let modules: Modules;
beforeAll(async () => {
  const options = buildOptions("src/index.ts", { minify: true, metafile: true });
  const { metafile, outputFiles } = await esbuild.build(options);
  outputs = metafile?.outputs ?? {};
  modules = modulesOf(outputFiles ?? []);
});

/** The source files in the modules that the module which ends in `name` cannot start without, itself included. */
function loadedWith(name: string): string[] {
  const seen = new Set<string>();
  const waiting = Object.keys(outputs).filter((path) => path.endsWith(name));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { imports = [] } = outputs[path] ?? {};
    waiting.push(
      ...imports.filter(({ kind, external }) => kind === "import-statement" && !external).map((i) => i.path),
    );
  }
  return [...seen].flatMap((path) => sourcesOf(outputs[path]));
}

const sourcesOf = (output: Output | undefined) =>
  Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([source]) => source);

const packagesOf = (sources: readonly string[]) =>
  [...new Set(sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []))].toSorted();

describe("the Worker's modules", () => {
  it("an isolate starts with the objects, and without Postgres, the routes and the jobs", () => {
    const sources = loadedWith(`/${MAIN_MODULE}`);

    expect(sources).toContain("durable-objects/dream-board.ts");
    expect(packagesOf(sources)).toEqual(["uuid", "zod"]);
    // The small zod, without what writes the OpenAPI document.
    expect(sources.filter((source) => /zod\/v4\/(classic|core\/json-schema)/.test(source))).toEqual([]);
    expect(
      sources.filter((source) =>
        /^(queues|src\/(jobs|http\/(?!caching|guest-pages\/board-page-asked)|database\/(?!.*error)))/.test(source),
      ),
    ).toEqual([]);
  });

  it("a board's page is answered without the routes and without Postgres", () => {
    const sources = ["answer-board-page.ts", "board-services.ts"].flatMap((file) => {
      const [name = ""] = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint?.endsWith(file));
      return loadedWith(name);
    });

    expect(sources).toContain("src/http/guest-pages/board-page.tsx");
    expect(packagesOf(sources)).toEqual(["hono", "uuid", "zod"]);
    expect(
      sources.filter(
        (source) => source.includes("hono") && !/hono\/dist\/(jsx|utils|helper\/html|_virtual)/.test(source),
      ),
    ).toEqual([]);
    expect(sources.filter((source) => /routes\.tsx|src\/database\/(?!.*error)/.test(source))).toEqual([]);
  });

  it("the routes, the jobs, the queues and what writes to Postgres are in modules of their own", () => {
    const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);

    expect(entries).toEqual(
      expect.arrayContaining([
        "durable-objects/board-postgres.ts",
        "queues/index.ts",
        "src/http/guest-pages/answer-board-page.ts",
        "src/http/app.ts",
        "src/index.ts",
        "src/jobs/run-tick.ts",
      ]),
    );
  });

  it("zod's sentences are there in English only", () => {
    const sources = Object.values(outputs).flatMap(sourcesOf);

    expect([
      ...new Set(
        sources
          .filter((source) => /zod\/v4\/locales\/(?!index)/.test(source))
          .map((source) => source.split("/").at(-1)),
      ),
    ]).toEqual(["en.js"]);
  });

  it("Postgres is asked over HTTP: the driver's socket client is not there", () => {
    const all = Object.values(modules).join("");

    expect(all).toContain("Neon-Connection-String");
    expect(all).not.toMatch(/SASL|ReadyForQuery/i);
  });

  it("all modules together have at most 500 KB, compressed", () => {
    expect(Object.keys(modules)[0]).toBe(MAIN_MODULE);
    expect(gzippedBytes(modules)).toBeLessThan(500 * 1024);
  });
});
