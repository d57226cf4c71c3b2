import { builtinModules } from "node:module";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { buildAssets, watchAssets } from "../assets.ts";

export const ROOT = join(import.meta.dirname, "../..");

export type Build = { code: string } | { errors: string[] };

/** Workers know Node's modules by their `node:` names only. */
const nodeModules: esbuild.Plugin = {
  name: "node-modules",
  setup(build) {
    const names = new RegExp(`^(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})$`);
    build.onResolve({ filter: names }, ({ path }) => ({ path: `node:${path}`, external: true }));
  },
};

/**
 * Builds the pages' assets, then bundles the Worker as wrangler does, and with `watch` again whenever a file changes. The
 * Worker imports the names of the assets, so a changed asset makes a new bundle too.
 */
export async function bundleWorker(watch: boolean, done: (build: Build) => void): Promise<() => void> {
  const stopAssets = await startAssets(watch, (errors) => done({ errors }));
  const report: esbuild.Plugin = {
    name: "report",
    setup(build) {
      build.onEnd(async ({ errors, outputFiles }) => {
        const code = outputFiles?.[0]?.text;
        if (code !== undefined && errors.length === 0) return done({ code });
        done({ errors: await esbuild.formatMessages(errors, { kind: "error", color: false }) });
      });
    },
  };
  const context = await esbuild.context({
    absWorkingDir: ROOT,
    entryPoints: ["src/index.ts"],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    keepNames: true,
    external: ["node:*", "cloudflare:*"],
    loader: { ".txt": "text", ".html": "text", ".sql": "text", ".bin": "binary" },
    plugins: [nodeModules, report],
    logLevel: "silent",
  });
  // Errors reach `done`; the promise would only say them again.
  await context.rebuild().catch(() => {});
  if (!watch) {
    await context.dispose();
    return () => {};
  }
  await context.watch();
  return () => {
    stopAssets();
    void context.dispose();
  };
}

/** @returns how to stop watching @throws when the first build fails: esbuild's message names file and line */
async function startAssets(watch: boolean, failed: (errors: string[]) => void): Promise<() => void> {
  if (watch) return await watchAssets(failed);
  await buildAssets();
  return () => {};
}
