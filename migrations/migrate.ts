import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";

/** One connection, all to ourselves, that remembers its transaction between calls. */
export interface MigrationSession {
  /** Runs a script of any number of statements. */
  script(text: string): Promise<void>;
  /** Runs one statement; rows as arrays of Postgres text. */
  rows(text: string, params: readonly string[]): Promise<(string | null)[][]>;
}

export type MigrationOptions = {
  directory?: string;
  /** Called once per file, in order. */
  report?: (file: string, outcome: "applied" | "already applied") => void;
};

/** A sentence for the person running the migrations. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

const FILE = /^\d{4}_\w+\.sql$/;
/** Any number, as long as every process that migrates uses the same. */
const LOCK = 4_247_446;
const CONNECT_TIMEOUT_MS = 10_000;

const CREATE_JOURNAL = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)`;

/**
 * Applies, in order, every file of the directory that the database does not have yet, each in a transaction of its own:
 * a file that fails leaves nothing of itself and everything before it. Safe to run twice and by two processes at once.
 * @throws MigrationError when a file fails or an applied one was edited since.
 */
export async function migrate(session: MigrationSession, options: MigrationOptions = {}): Promise<void> {
  const { directory = import.meta.dirname, report } = options;
  const files = (await readdir(directory)).filter((name) => FILE.test(name)).sort();
  for (const file of files) {
    const text = (await readFile(join(directory, file), "utf8")).replaceAll("\r\n", "\n");
    await session.script("BEGIN");
    try {
      const outcome = await applyOnce(session, file, text);
      await session.script("COMMIT");
      report?.(file, outcome);
    } catch (error) {
      // The connection may be what failed; then there is nothing left to roll back.
      await session.script("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }
}

async function applyOnce(session: MigrationSession, file: string, text: string) {
  // Held to the end of this transaction, so it also works through a connection pooler, where session locks do not.
  await session.rows("SELECT pg_advisory_xact_lock($1)", [String(LOCK)]);
  await session.script(CREATE_JOURNAL);
  const hash = createHash("sha256").update(text).digest("hex");
  const [applied] = await session.rows("SELECT hash FROM schema_migrations WHERE name = $1", [file]);
  if (applied && applied[0] !== hash) {
    throw new MigrationError(
      `${file} was changed after it was applied here; restore it and put the change in a new file`,
    );
  }
  if (applied) return "already applied";
  // Waiting behind a long query would make every later query wait behind us; giving up costs only a second try.
  await session.script("SET LOCAL lock_timeout = '10s'");
  await session.script(text).catch((error: unknown) => {
    throw new MigrationError(`${file}${lineOf(error, text)}: ${messageOf(error)}; nothing of this file was kept`, {
      cause: error,
    });
  });
  await session.rows("INSERT INTO schema_migrations (name, hash) VALUES ($1, $2)", [file, hash]);
  return "applied";
}

function lineOf(error: unknown, text: string): string {
  const position = Number((error as { position?: string }).position ?? 0);
  return position > 0 ? `:${text.slice(0, position).split("\n").length}` : "";
}

function messageOf(error: unknown): string {
  // Node gives no message of its own to a connection refused on both IPv4 and IPv6.
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** A node-postgres client as a session. */
export function sessionOf(client: pg.ClientBase): MigrationSession {
  return {
    script: async (text) => {
      await client.query(text);
    },
    rows: async (text, params) => {
      const result = await client.query<(string | null)[]>({ text, values: [...params], rowMode: "array" });
      return result.rows;
    },
  };
}

async function main(databaseUrl: string | undefined): Promise<void> {
  if (!databaseUrl) {
    throw new MigrationError(
      "DATABASE_URL is not set; give the database to migrate, as in DATABASE_URL=postgres://user:password@host/name npm run migrate",
    );
  }
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on("error", () => undefined); // a lost connection also fails the query that waits on it
  await client.connect().catch((error: unknown) => {
    throw new MigrationError(`cannot reach Postgres at ${client.host}:${client.port}: ${messageOf(error)}`);
  });
  try {
    await migrate(sessionOf(client), { report: (file, outcome) => console.log(`${file}  ${outcome}`) });
  } finally {
    await client.end();
  }
}

if (import.meta.main) {
  try {
    await main(process.env.DATABASE_URL);
  } catch (error) {
    console.error(`migrate: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
