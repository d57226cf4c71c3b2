import { join } from "node:path";
import * as esbuild from "esbuild";
import { buildOptions, type Modules, modulesOf, ROOT } from "../local/worker/build-options.ts";

export { type Modules, ROOT } from "../local/worker/build-options.ts";

/** A Worker, minified, as it would be deployed. `replacing`: modules of ours by their `#name`, and the file that stands in. */
export async function bundle(entry: string, replacing: Readonly<Record<string, string>> = {}): Promise<Modules> {
  const { outputFiles } = await esbuild.build(
    buildOptions(entry, { minify: true, write: false, plugins: [replacer(replacing)] }),
  );
  return modulesOf(outputFiles ?? []);
}

function replacer(replacing: Readonly<Record<string, string>>): esbuild.Plugin {
  return {
    name: "replacer",
    setup(build) {
      for (const [path, standIn] of Object.entries(replacing)) {
        build.onResolve({ filter: /^#/ }, (asked) => (asked.path === path ? { path: join(ROOT, standIn) } : undefined));
      }
    },
  };
}
