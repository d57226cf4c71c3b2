import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import * as esbuild from "esbuild";
import { buildDocs } from "./docs/build-docs.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");
/** Served under `/assets/`, where `public/_headers` lets browsers keep everything for a year. */
const OUTPUT = "public/assets";
/** What the Worker imports: the style, and the addresses with the hashes in them. */
const MANIFEST = "src/http/ui/asset-manifest.ts";
const STYLE = "src/browser/site.css";
/** Of the hosts' pages, after the first: guests do not wait for it. */
const HOST_STYLE = "src/browser/host.css";
const SCRIPTS = [
  "board",
  "board-af",
  "board-zu",
  "contribute",
  "contribute-af",
  "contribute-zu",
  "checkout",
  "thanks",
  "receipts",
  "manage",
  "photo",
  "details",
  "invite",
].map((name) => `src/browser/${name}.ts`);
/** Of the partners' pages, which are files: the Worker does not know these. */
const DOCS = {
  style: "src/browser/docs.css",
  script: "src/browser/docs.ts",
  referenceScript: "src/browser/docs-reference.ts",
};

const OPTIONS = {
  absWorkingDir: ROOT,
  entryPoints: [STYLE, HOST_STYLE, ...SCRIPTS, ...Object.values(DOCS)],
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
 * Builds the pages' scripts and fonts into `public/assets/`, under names that carry the hash of their content, the module
 * with these names and the style for the Worker, and the partners' documentation. It writes only what changed, so several processes may build at once.
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
  const addresses = addressesIn(metafile);
  const builtFrom = (entry: string) => outputFiles.find(({ path }) => path.endsWith(`public${addresses.get(entry)}`));
  const [style, hostStyle] = [builtFrom(STYLE), builtFrom(HOST_STYLE)];
  const redoc = redocFile();
  const served = [...outputFiles.filter((file) => file !== style && file !== hostStyle), redoc];
  const names = new Set(served.map(({ path }) => basename(path)));
  for (const { path, contents } of served) writeIfChanged(path, contents);
  const text = styleIn(style);
  writeIfChanged(join(ROOT, MANIFEST), Buffer.from(manifestOf(addresses, text, styleIn(hostStyle))));
  const addressOf = (entry: string) => addresses.get(entry) ?? "";
  buildDocs({
    style: addressOf(DOCS.style),
    script: addressOf(DOCS.script),
    referenceScript: addressOf(DOCS.referenceScript),
    redoc: `/assets/${basename(redoc.path)}`,
    fonts: fontsIn(text),
  });
  for (const name of readdirSync(join(ROOT, OUTPUT))) {
    if (!names.has(name)) rmSync(join(ROOT, OUTPUT, name), { force: true });
  }
}

/** Of the entry points. */
function addressesIn({ outputs }: esbuild.Metafile): ReadonlyMap<string, string> {
  const named = Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [[entryPoint, `/${relative("public", path)}`] as const],
  );
  return new Map(named);
}

/** What is changed in Redoc, each exactly once: what it would load from its maker's host, and headings that skip two levels. */
const REDOC_CHANGES: readonly (readonly [published: RegExp, ours: string])[] = [
  [/https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini\.svg/g, "data:,"],
  [/=(\w+)\.h5`/g, "=$1.h3`"],
  [/\/\/# sourceMappingURL=redoc\.standalone\.js\.map\s*$/g, ""],
];

/** Redoc with its licences. */
function redocFile(): Pick<esbuild.OutputFile, "path" | "contents"> {
  const bundle = createRequire(import.meta.url).resolve("redoc/bundles/redoc.standalone.js");
  let code = readFileSync(bundle, "utf8").replace(/^\/\*!.*?\*\/\s*/s, "");
  for (const [published, ours] of REDOC_CHANGES) {
    if (code.match(published)?.length !== 1) throw new Error(`Redoc has not one ${published}: see what it is now`);
    code = code.replace(published, ours);
  }
  const own = readFileSync(join(dirname(bundle), "../LICENSE"), "utf8");
  const others = readFileSync(`${bundle}.LICENSE.txt`, "utf8");
  const contents = Buffer.from(`/*! ${own}*/\n${others}${code}`);
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
  return { path: join(ROOT, OUTPUT, `redoc-${hash}.js`), contents };
}

function styleIn(file: esbuild.OutputFile | undefined): string {
  const style = file?.text.trimEnd();
  if (!style || /<\/style/i.test(style)) throw new Error("the style cannot be part of a page");
  return style;
}

function fontsIn(style: string): string[] {
  return [...style.matchAll(/url\("([^"]+\.woff2)"\)/g)].map(([, address = ""]) => address);
}

function manifestOf(addresses: ReadonlyMap<string, string>, style: string, hostStyle: string): string {
  const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const scripts = SCRIPTS.map(
    (path) => `  ${JSON.stringify(basename(path, ".ts"))}: ${JSON.stringify(addresses.get(path))},\n`,
  );
  return `// Written by local/assets.ts.
/** Part of every page: a style sheet of its own would come one round trip later. */
export const STYLE = ${JSON.stringify(style)};
/** By which a page's policy knows it. */
export const STYLE_HASH = "${hashOf(style)}";
/** Part of the hosts' pages too. */
export const HOST_STYLE = ${JSON.stringify(hostStyle)};
export const HOST_STYLE_HASH = "${hashOf(hostStyle)}";
/** That the style names. */
export const FONTS = ${JSON.stringify(fontsIn(style), null, 2)} as const;
export const SCRIPTS = {
${scripts.join("")}} as const;
`;
}
