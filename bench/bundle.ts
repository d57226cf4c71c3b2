import { builtinModules } from "node:module";
import { join } from "node:path";
import * as esbuild from "esbuild";

export const ROOT = join(import.meta.dirname, "..");

const NODE_MODULES = new RegExp(`^(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})$`);

/** One module, minified, as wrangler would deploy it. `replacing`: modules of ours by their `#name`, and the file that stands in. */
export async function bundle(entry: string, replacing: Readonly<Record<string, string>> = {}): Promise<string> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    keepNames: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    external: ["node:*", "cloudflare:*"],
    plugins: [resolver(replacing)],
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`${entry} was bundled into nothing`);
  return output.text;
}

function resolver(replacing: Readonly<Record<string, string>>): esbuild.Plugin {
  return {
    name: "resolver",
    setup(build) {
      // Workers know Node's modules by their `node:` names only.
      build.onResolve({ filter: NODE_MODULES }, ({ path }) => ({ path: `node:${path}`, external: true }));
      for (const [path, standIn] of Object.entries(replacing)) {
        build.onResolve({ filter: /^#/ }, (asked) => (asked.path === path ? { path: join(ROOT, standIn) } : undefined));
      }
    },
  };
}
