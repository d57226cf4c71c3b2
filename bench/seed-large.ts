import { parseArgs } from "node:util";
import pg from "pg";
import { parseKeyring } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { details } from "./seeding/details.ts";
import { foundations, plan } from "./seeding/foundations.ts";

const USAGE = `DATABASE_URL=postgres://… node bench/seed-large.ts   100,000 boards and 1,000,000 contributions in an empty, migrated database
  --boards 4000           so many boards
  --contributions 40000   so many contributions`;

/** The keys that seeded ciphertexts are under, for the settings of whoever reads them. */
export const SEEDED_KEYS = ["test", "older"]
  .map((id, index) => `${id}:${Buffer.alloc(32, 7 - index).toString("base64")}`)
  .join(",");

export type Size = Readonly<{ boards: number; contributions: number }>;
export const FULL_SIZE: Size = { boards: 100_000, contributions: 1_000_000 };
/** With fewer than these some kinds of rows would be missing. */
export const SMALLEST: Size = { boards: 1_000, contributions: 10_000 };

/**
 * Fills an empty, migrated Postgres as years of use would: what is over, what is open, and what is due, in realistic
 * proportions. Every constraint and trigger holds. `report` is told of every statement and its seconds.
 * @throws Error when the database has boards already
 */
export async function seedLarge(
  databaseUrl: string,
  size: Size,
  { now = new Date(), report = () => undefined }: { now?: Date; report?: (what: string, seconds: number) => void } = {},
): Promise<void> {
  const seeding = { ...size, now, sealed: await sealedSamples() };
  const sessions = [await connect(databaseUrl), await connect(databaseUrl)] as const;
  const [first, second] = sessions;
  const run = async (client: pg.Client, statements: readonly string[]) => {
    for (const text of statements) {
      const startedAt = performance.now();
      await client.query(text);
      report(text.split(/\n| AS |\(/, 1)[0]?.trim() ?? "", (performance.now() - startedAt) / 1000);
    }
  };
  try {
    const { rows } = await first.query("SELECT FROM dream_boards LIMIT 1");
    if (rows.length > 0) throw new Error("the database has boards already; give an empty one");
    await run(first, plan(seeding));
    await run(first, foundations(seeding));
    const [one, other] = details(seeding);
    await Promise.all([run(first, one), run(second, other)]);
    // As autovacuum would have done long ago.
    await run(first, ["DROP SCHEMA seeding CASCADE", "VACUUM ANALYZE"]);
  } finally {
    await Promise.all(sessions.map((client) => client.end()));
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const options =
    "-c timezone=UTC -c synchronous_commit=off -c work_mem=256MB -c maintenance_work_mem=256MB -c jit=off";
  const client = new pg.Client({ connectionString, options });
  await client.connect();
  return client;
}

async function sealedSamples() {
  const keyring = parseKeyring(SEEDED_KEYS);
  const text = JSON.stringify({ code: "5234123412341234" });
  const [current, older] = await Promise.all([
    sealText(keyring, text),
    sealText({ ...keyring, currentId: "older" }, text),
  ]);
  return { current, older };
}

/** The size of every table with its indexes, largest first. */
async function printSizes(databaseUrl: string): Promise<void> {
  const client = await connect(databaseUrl);
  const { rows } = await client.query<{ name: string; rows: string; size: string; total: string }>(`
    SELECT relname AS name, reltuples::bigint AS rows, pg_size_pretty(pg_total_relation_size(oid)) AS size,
      pg_size_pretty(pg_database_size(current_database())) AS total
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    ORDER BY pg_total_relation_size(oid) DESC`);
  await client.end();
  for (const { name, rows: count, size } of rows)
    console.log(`${name.padEnd(28)}${count.padStart(10)} rows${size.padStart(10)}`);
  console.log(`the database has ${rows[0]?.total}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { boards: { type: "string" }, contributions: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const { DATABASE_URL } = process.env;
  if (values.help || !DATABASE_URL) return console.log(USAGE);
  const size = {
    boards: Number(values.boards ?? FULL_SIZE.boards),
    contributions: Number(values.contributions ?? FULL_SIZE.contributions),
  };
  if (!(size.boards >= SMALLEST.boards && size.contributions >= SMALLEST.contributions))
    throw new Error(`at least ${SMALLEST.boards} boards and ${SMALLEST.contributions} contributions`);
  const startedAt = performance.now();
  await seedLarge(DATABASE_URL, size, {
    report: (what, seconds) => console.log(`${seconds.toFixed(1).padStart(6)} s  ${what}`),
  });
  console.log(`\nseeded in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  await printSizes(DATABASE_URL);
}

if (import.meta.main) await main();
