import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { missingFactsInWords } from "./deploy/missing-facts.ts";
import { gzippedBytes, MODULES_FOLDER, type Modules } from "./worker/build-options.ts";

/** The budget for the whole Worker: what an edge has to load before it can answer. (docs/architecture.md) */
const MAX_GZIP_BYTES = 500 * 1024;

const CONFIG = "wrangler.toml";
const ENVIRONMENTS = ["staging", "production"];

const workerName = (env?: string) => readConfig({ config: CONFIG, env }).name;
if (ENVIRONMENTS.map(workerName).includes(workerName())) {
  console.error(
    `${CONFIG}: the top level has the name of a deployed Worker; name it chipin-local, so that a command without --env reaches none`,
  );
  process.exit(1);
}

// `npm run build -- production` is for what guests will see: it refuses pages that lack facts. Without it they are listed only.
const missing = missingFactsInWords();
if (missing) {
  const isRefused = process.argv[2] === "production";
  console.error(
    `${missing}\n${isRefused ? "production is not built" : "production is not deployed"} before they are filled in`,
  );
  if (isRefused) process.exit(1);
}

/** The deployable modules in `dist/worker/`, as wrangler would upload them to each environment, and their size. */
for (const environment of ENVIRONMENTS) {
  const uploaded = join(MODULES_FOLDER, "../upload", environment);
  rmSync(uploaded, { recursive: true, force: true });
  const args = ["deploy", "--dry-run", "--env", environment, "--outdir", uploaded];
  const output = execFileSync("wrangler", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const bindings = output.split("\n").filter((line) => line.startsWith("env.")).length;
  const modules = modulesIn(uploaded);
  if (JSON.stringify(modules) !== JSON.stringify(modulesIn(MODULES_FOLDER))) {
    console.error(`${environment}: wrangler would upload other modules than dist/worker/ has; see ${uploaded}`);
    process.exit(1);
  }
  console.log(`${environment}: ${bindings} bindings, ${Object.keys(modules).length} modules, wrangler accepts it`);
}

const gzipBytes = gzippedBytes(modulesIn(MODULES_FOLDER));
const size = `${(gzipBytes / 1024).toFixed(1)} KB gzip, budget ${MAX_GZIP_BYTES / 1024} KB`;
console.log(`dist/worker: ${size}`);
if (gzipBytes > MAX_GZIP_BYTES) {
  console.error("the modules are over their budget");
  process.exitCode = 1;
}

function modulesIn(folder: string): Modules {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  return Object.fromEntries(files.toSorted().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
