import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as esbuild from "esbuild";
import { ROOT } from "../worker/build-options.ts";

const CLIENT = join(ROOT, "sdk");
const TYPESCRIPT = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const FILES = ["package.json", "README.md"];

/** Writes the client as it is published into `folder`: for `import` and for `require`, each with its types. */
export async function buildClient(folder: string): Promise<void> {
  const dist = join(folder, "dist");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  for (const file of FILES) copyFileSync(join(CLIENT, file), join(folder, file));
  const options = {
    absWorkingDir: CLIENT,
    entryPoints: ["src/index.ts"],
    bundle: true,
    packages: "external",
    platform: "neutral",
    target: "es2022",
    logLevel: "warning",
  } as const satisfies esbuild.BuildOptions;
  await Promise.all([
    esbuild.build({ ...options, format: "esm", outfile: join(dist, "index.js") }),
    esbuild.build({ ...options, format: "cjs", outfile: join(dist, "index.cjs") }),
  ]);
  execFileSync(process.execPath, [TYPESCRIPT, "--project", CLIENT, "--outDir", dist], { stdio: "inherit" });
  for (const name of readdirSync(dist).filter((file) => file.endsWith(".d.ts"))) {
    const types = readFileSync(join(dist, name), "utf8");
    const named = (extension: string) => types.replaceAll(/(from "\.\/[a-z-]+)\.ts"/g, `$1.${extension}"`);
    writeFileSync(join(dist, name), named("js"));
    writeFileSync(join(dist, name.replace(/\.d\.ts$/, ".d.cts")), named("cjs"));
  }
}

if (import.meta.main) await buildClient(join(ROOT, "dist/client"));
