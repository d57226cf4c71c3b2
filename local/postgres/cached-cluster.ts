import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { migrate } from "../../migrations/migrate.ts";

const CACHE = join(import.meta.dirname, "../../node_modules/.cache/chipin");
const ENGINE = createRequire(import.meta.url).resolve("@electric-sql/pglite/pglite.wasm");
const MIGRATIONS = join(import.meta.dirname, "../../migrations");

/** Where a database in memory begins: with nothing, or with every migration applied. */
export type Cluster = "empty" | "migrated";

/**
 * A new cluster as a tar. Creating one takes seconds and loading it half a second, so each kind is created once for each
 * version of PGlite and of the migrations, and cached in node_modules.
 */
export async function cachedCluster(cluster: Cluster): Promise<Blob> {
  const engine = await digestOf([ENGINE]);
  if (cluster === "empty") return await cached(`pglite-${engine}`, () => PGlite.create());
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await digestOf(files.map((name) => join(MIGRATIONS, name)));
  return await cached(`pglite-${engine}-${migrations}`, createMigrated);
}

async function createMigrated(): Promise<PGlite> {
  const postgres = await PGlite.create({ loadDataDir: await cachedCluster("empty"), extensions: { pgcrypto } });
  await migrate({
    script: async (text) => void (await postgres.exec(text)),
    rows: async (text, params) =>
      (await postgres.query<(string | null)[]>(text, [...params], { rowMode: "array" })).rows,
  });
  return postgres;
}

async function cached(name: string, create: () => Promise<PGlite>): Promise<Blob> {
  const path = join(CACHE, `${name}.tar`);
  if (!existsSync(path)) await keep(path, await dumpOf(await create()));
  // Read now: a blob of the file cannot be read once another process has replaced it.
  return new Blob([await readFile(path)]);
}

async function dumpOf(postgres: PGlite): Promise<Uint8Array> {
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

async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 12);
}
