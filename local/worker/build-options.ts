import { readFile } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type * as esbuild from "esbuild";
import { neonOverHttp } from "./neon-over-http.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** Where the modules that are deployed are written, and what they are named relative to. */
export const MODULES_FOLDER = join(ROOT, "dist/worker");

/** The module that the runtime starts. */
export const MAIN_MODULE = "index.js";

/** Source text by the module's name, relative to the main module. */
export type Modules = Readonly<Record<string, string>>;

/** Workers know Node's modules by their `node:` names only. */
const nodeModules: esbuild.Plugin = {
  name: "node-modules",
  setup(build) {
    const names = new RegExp(`^(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})$`);
    build.onResolve({ filter: names }, ({ path }) => ({ path: `node:${path}`, external: true }));
  },
};

const ENGLISH_INDEX = /\/zod\/v4\/locales\/index\.js$/;
const ENGLISH = 'export { default as en } from "./en.js";';

/** zod brings its sentences in fifty languages. All but English are left out: a fifth of the Worker, parsed at every start. */
const englishOnly: esbuild.Plugin = {
  name: "english-only",
  setup(build) {
    build.onLoad({ filter: ENGLISH_INDEX, namespace: "file" }, () => ({ contents: ENGLISH }));
  },
};

/** Of zod: a compiler that needs `eval`, which Workers refuse, and the way from JSON Schema back to a schema. */
const UNUSED = /\/zod\/v4\/(core\/(compile|json-schema-generator|to-json-schema)|classic\/from-json-schema)\.js$/;

/** Leaves the modules of `UNUSED` out. What they export is there, so that zod's own modules find it, and throws when it is called. */
const withoutUnused: esbuild.Plugin = {
  name: "without-unused",
  setup(build) {
    build.onLoad({ filter: UNUSED, namespace: "file" }, async ({ path }) => {
      const names = (await readFile(path, "utf8")).matchAll(/^export (?:async )?(?:const|class|function) (\w+)/gm);
      const absent = `const absent = () => { throw new Error("the Worker is built without ${basename(path)} of zod"); };`;
      return { contents: [absent, ...[...names].map(([, name]) => `export { absent as ${name} };`)].join("\n") };
    });
  },
};

/**
 * `zod/mini` is a copy of its own, without what only the whole of zod needs. A module that two others share is loaded whole
 * with the first of them, so at start it would bring the OpenAPI document's part of zod with it.
 */
const smallZod: esbuild.Plugin = {
  name: "small-zod",
  setup(build) {
    const namespace = "zod-mini";
    const copy = (path: string) => ({ path, namespace, sideEffects: false });
    const resolve = createRequire(import.meta.url).resolve;
    build.onResolve({ filter: /^zod\/mini$/ }, ({ path }) => copy(resolve(path).replace(/\.cjs$/, ".js")));
    build.onResolve({ filter: /^\./, namespace }, ({ path, resolveDir }) => copy(join(resolveDir, path)));
    build.onLoad({ filter: /./, namespace }, async ({ path }) => ({
      contents: ENGLISH_INDEX.test(path) ? ENGLISH : await readFile(path, "utf8"),
      resolveDir: dirname(path),
    }));
  },
};

/**
 * How a Worker is bundled, wherever it runs: deployed, on the local platform, in the bench. Code behind `import()` is in
 * modules of its own, which the runtime compiles and runs when a request first needs them. Classes and functions are not
 * told their names: esbuild would do that by a call for each closure, at each request.
 */
export function buildOptions(entry: string, options: esbuild.BuildOptions = {}) {
  const { plugins = [], ...others } = options;
  return {
    absWorkingDir: ROOT,
    entryPoints: { [MAIN_MODULE.replace(/\.js$/, "")]: entry },
    bundle: true,
    splitting: true,
    outdir: MODULES_FOLDER,
    chunkNames: "chunks/[name]-[hash]",
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    external: ["node:*", "cloudflare:*"],
    loader: { ".txt": "text", ".html": "text", ".sql": "text", ".bin": "binary" },
    plugins: [...plugins, nodeModules, englishOnly, withoutUnused, smallZod, neonOverHttp],
    logLevel: "silent",
    ...others,
  } as const satisfies esbuild.BuildOptions;
}

/** What esbuild has made, the main module first. */
export function modulesOf(files: readonly esbuild.OutputFile[]): Modules {
  const named = files.map(({ path, text }) => [path.slice(MODULES_FOLDER.length + 1), text] as const);
  const isMain = ([name]: readonly [string, string]) => name === MAIN_MODULE;
  return Object.fromEntries([...named.filter(isMain), ...named.filter((module) => !isMain(module))]);
}

/** The same as options of a Worker in Miniflare. */
export function miniflareModules(modules: Modules) {
  return {
    modulesRoot: MODULES_FOLDER,
    modules: Object.entries(modules).map(([name, contents]) => ({
      type: "ESModule" as const,
      path: join(MODULES_FOLDER, name),
      contents,
    })),
  };
}

/** What an edge downloads before the Worker can answer: each module compressed by itself. */
export function gzippedBytes(modules: Modules): number {
  return Object.values(modules).reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}
