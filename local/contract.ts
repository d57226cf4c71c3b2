import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openApiDocument } from "../src/http/partner-api/openapi-document.ts";
import { partnerApi } from "../src/http/partner-api/routes.ts";
import { ROOT } from "./worker/build-options.ts";

/** The contract as production serves it, in Git, so that a change of it is seen in review and others can build on it. */
export const CONTRACT_FILE = join(ROOT, "docs/openapi.json");

const PRODUCTION = { PUBLIC_ORIGIN: "https://chipin.co.za", API_ORIGIN: "https://api.chipin.co.za" };

export function contract(): string {
  return `${JSON.stringify(openApiDocument(partnerApi, PRODUCTION), null, 2)}\n`;
}

/** `npm run contract` writes it; with `--check` it only says whether the routes have changed since. */
if (import.meta.main) {
  if (!process.argv.includes("--check")) await writeFile(CONTRACT_FILE, contract());
  else if ((await readFile(CONTRACT_FILE, "utf8").catch(() => "")) !== contract()) {
    console.error("docs/openapi.json is older than the routes; run npm run contract and commit it");
    process.exitCode = 1;
  }
}
