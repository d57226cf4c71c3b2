import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { unstable_readConfig as readConfig } from "wrangler";

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

/** The deployable bundle in `dist/`, made by wrangler itself for each environment, and its size. */
for (const environment of ENVIRONMENTS) {
  const args = ["deploy", "--dry-run", "--env", environment, "--outdir", "dist"];
  const output = execFileSync("wrangler", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const bindings = output.split("\n").filter((line) => line.startsWith("env.")).length;
  console.log(`${environment}: ${bindings} bindings, wrangler accepts it`);
}

const gzipBytes = gzipSync(readFileSync("dist/index.js"), { level: 9 }).length;
const size = `${(gzipBytes / 1024).toFixed(1)} KB gzip, budget ${MAX_GZIP_BYTES / 1024} KB`;
console.log(`dist/index.js: ${size}`);
if (gzipBytes > MAX_GZIP_BYTES) {
  console.error("the bundle is over its budget");
  process.exitCode = 1;
}
