import { createHash, randomUUID } from "node:crypto";
import { existsSync, openAsBlob } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";

const CACHE = join(import.meta.dirname, "../../node_modules/.cache/chipin");
const ENGINE = createRequire(import.meta.url).resolve("@electric-sql/pglite/pglite.wasm");

/**
 * A new cluster as a tar. Creating one takes seconds and loading it half a second, so it is created once for each version
 * of PGlite and cached in node_modules.
 */
export async function freshCluster(): Promise<Blob> {
  const version = createHash("sha256")
    .update(await readFile(ENGINE))
    .digest("hex")
    .slice(0, 12);
  const path = join(CACHE, `pglite-${version}.tar`);
  if (!existsSync(path)) await keep(path, await initdb());
  return await openAsBlob(path);
}

async function initdb(): Promise<Uint8Array> {
  const postgres = await PGlite.create();
  try {
    return new Uint8Array(await (await postgres.dumpDataDir("none")).arrayBuffer());
  } finally {
    await postgres.close();
  }
}

/** Several processes may do this at once. Each writes a file of its own, and the last rename counts. */
async function keep(path: string, tar: Uint8Array): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, tar);
  await rename(draft, path);
}
