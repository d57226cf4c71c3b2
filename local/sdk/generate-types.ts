import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTRACT_FILE } from "../contract.ts";
import { ROOT } from "../worker/build-options.ts";

const TYPES_FILE = join(ROOT, "sdk/src/api.ts");
/** It needs a TypeScript that has its compiler as a library, so it lives with one in the client's own packages. */
const GENERATOR = join(ROOT, "sdk/node_modules/openapi-typescript/bin/cli.js");

/** A field of a request that has a default may be left out. */
const OPTIONS = ["--default-non-nullable=false"];

/** The client's types, and the API version that they were made from. */
function clientTypes(): string {
  const types = execFileSync(process.execPath, [GENERATOR, CONTRACT_FILE, ...OPTIONS], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { info } = JSON.parse(readFileSync(CONTRACT_FILE, "utf8"));
  return `${types}\n/** The version of the API that these types are of. */\nexport const API_VERSION = ${JSON.stringify(info.version)};\n`;
}

/** `npm run contract` writes them; with `--check` it only says whether the contract has changed since. */
if (!process.argv.includes("--check")) writeFileSync(TYPES_FILE, clientTypes());
else if (readFileSync(TYPES_FILE, "utf8") !== clientTypes()) {
  console.error("sdk/src/api.ts is older than docs/openapi.json; run npm run contract and commit it");
  process.exitCode = 1;
}
