import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import * as esbuild from "esbuild";

const ROOT = join(import.meta.dirname, "..");
/** Served under `/assets/`, where `public/_headers` lets browsers keep everything for a year. */
const OUTPUT = "public/assets";
/** What the Worker imports: the style, and the addresses with the hashes in them. */
const MANIFEST = "src/http/ui/asset-manifest.ts";
const STYLE = "src/browser/site.css";
const SCRIPTS = ["board", "contribute", "checkout", "thanks"].map((name) => `src/browser/${name}.ts`);

const OPTIONS = {
  absWorkingDir: ROOT,
  entryPoints: [STYLE, ...SCRIPTS],
  outdir: OUTPUT,
  publicPath: "/assets",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  platform: "browser",
  target: "es2020",
  // A picture of the style is part of it: a phone on a slow network would wait for it once more.
  loader: { ".svg": "dataurl", ".woff2": "file" },
  logLevel: "silent",
} as const satisfies esbuild.BuildOptions;

type Output = esbuild.BuildResult<typeof OPTIONS>;

/**
 * Builds the pages' scripts and fonts into `public/assets/`, under names that carry the hash of their content, and the module
 * with these names and the style for the Worker. It writes only what changed, so several processes may build at once.
 */
export async function buildAssets(): Promise<void> {
  writeAssets(await esbuild.build(OPTIONS));
}

/** As `buildAssets`, and again whenever a source file changes; `failed` learns why a build failed. @returns how to stop */
export async function watchAssets(failed: (errors: string[]) => void): Promise<() => void> {
  const write: esbuild.Plugin = {
    name: "write",
    setup(build) {
      build.onEnd(async (result) => {
        if (result.errors.length === 0) return writeAssets(result as Output); // the options are the same
        failed(await esbuild.formatMessages(result.errors, { kind: "error", color: false }));
      });
    },
  };
  const context = await esbuild.context({ ...OPTIONS, plugins: [write] });
  const stop = () => void context.dispose();
  try {
    await context.rebuild();
  } catch (error) {
    stop();
    throw error;
  }
  await context.watch();
  return stop;
}

function writeAssets({ outputFiles, metafile }: Output): void {
  const served = outputFiles.filter((file) => !isStyle(file));
  const names = new Set(served.map(({ path }) => basename(path)));
  for (const { path, contents } of served) writeIfChanged(path, contents);
  writeIfChanged(join(ROOT, MANIFEST), Buffer.from(manifestOf(metafile, styleIn(outputFiles))));
  for (const name of readdirSync(join(ROOT, OUTPUT))) {
    if (!names.has(name)) rmSync(join(ROOT, OUTPUT, name), { force: true });
  }
}

const isStyle = ({ path }: { path: string }) => path.endsWith(".css");

function styleIn(files: Output["outputFiles"]): string {
  const style = files.find(isStyle)?.text.trimEnd();
  if (!style || /<\/style/i.test(style)) throw new Error("the style cannot be part of a page");
  return style;
}

function fontsIn(style: string): string[] {
  return [...style.matchAll(/url\("([^"]+\.woff2)"\)/g)].map(([, address = ""]) => address);
}

function manifestOf({ outputs }: esbuild.Metafile, style: string): string {
  const addresses = new Map(
    Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, `/${relative("public", path)}`]),
  );
  const scripts = SCRIPTS.map((path) => `  ${basename(path, ".ts")}: ${JSON.stringify(addresses.get(path))},\n`);
  return `// Written by local/assets.ts.
/** Part of every page: a style sheet of its own would come one round trip later. */
export const STYLE = ${JSON.stringify(style)};
/** By which a page's policy knows it. */
export const STYLE_HASH = "sha256-${createHash("sha256").update(style).digest("base64")}";
/** That the style names. */
export const FONTS = ${JSON.stringify(fontsIn(style), null, 2)} as const;
export const SCRIPTS = {
${scripts.join("")}} as const;
`;
}

/** By renaming, outside the folder that is served: no other process sees half a file. */
function writeIfChanged(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const directory = mkdtempSync(join(ROOT, "node_modules/.assets-"));
  const file = join(directory, basename(path));
  writeFileSync(file, contents);
  renameSync(file, path);
  rmSync(directory, { recursive: true });
}
