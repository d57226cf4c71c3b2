import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as esbuild from "esbuild";
import { buildAssets } from "./assets.ts";
import { buildOptions, MODULES_FOLDER } from "./worker/build-options.ts";

// Writes the modules that are deployed, with their source maps. wrangler runs this before it uploads them.
await buildAssets();
await rm(MODULES_FOLDER, { recursive: true, force: true });
const { outputFiles } = await esbuild.build(
  buildOptions("src/index.ts", { minify: true, sourcemap: true, logLevel: "warning" }),
);
for (const { path, contents } of outputFiles ?? []) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
