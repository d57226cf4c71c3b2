import * as esbuild from "esbuild";
import { buildAssets, watchAssets } from "../assets.ts";
import { buildOptions, type Modules, modulesOf } from "./build-options.ts";

export type Build = { modules: Modules } | { errors: string[] };

/**
 * Builds the pages' assets, then bundles the Worker as it is deployed, and with `watch` again whenever a file changes. The
 * Worker imports the names of the assets, so a changed asset makes a new bundle too.
 */
export async function bundleWorker(watch: boolean, done: (build: Build) => void): Promise<() => void> {
  const stopAssets = await startAssets(watch, (errors) => done({ errors }));
  const report: esbuild.Plugin = {
    name: "report",
    setup(build) {
      build.onEnd(async ({ errors, outputFiles = [] }) => {
        if (outputFiles.length > 0 && errors.length === 0) return done({ modules: modulesOf(outputFiles) });
        done({ errors: await esbuild.formatMessages(errors, { kind: "error", color: false }) });
      });
    },
  };
  const context = await esbuild.context(buildOptions("src/index.ts", { plugins: [report] }));
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
