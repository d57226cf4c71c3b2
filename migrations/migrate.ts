import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
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
/** For files without a transaction. Not `LOCK`: see `applyWithoutTransaction`. */
const INDEX_LOCK = 4_247_447;
const LOCK_POLL_MS = 500;
const CONNECT_TIMEOUT_MS = 10_000;

/** First line of a file that builds indexes while the Worker writes: CREATE INDEX CONCURRENTLY runs in no transaction. */
const NO_TRANSACTION = /^-- migrate: no transaction\n/;
const INDEX_STATEMENT = /^(DROP INDEX CONCURRENTLY IF EXISTS|CREATE (UNIQUE )?INDEX CONCURRENTLY) (\S+)/;

const CREATE_JOURNAL = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)`;

/**
 * Applies, in order, every file of the directory that the database does not have yet, each in a transaction of its own:
 * a file that fails leaves nothing of itself and everything before it. Safe to run twice and by two processes at once.
 * A file that begins with `-- migrate: no transaction` builds indexes only and starts over when it failed.
 * @throws MigrationError when a file fails or an applied one was edited since.
 */
export async function migrate(session: MigrationSession, options: MigrationOptions = {}): Promise<void> {
  const { directory = import.meta.dirname, report } = options;
  const files = (await readdir(directory)).filter((name) => FILE.test(name)).sort();
  for (const file of files) {
    const text = (await readFile(join(directory, file), "utf8")).replaceAll("\r\n", "\n");
    if (NO_TRANSACTION.test(text)) {
      const outcome = await applyWithoutTransaction(session, file, text);
      report?.(file, outcome);
      continue;
    }
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
  const hash = await hashToRecord(session, file, text);
  if (hash === null) return "already applied";
  // Waiting behind a long query would make every later query wait behind us; giving up costs only a second try.
  await session.script("SET LOCAL lock_timeout = '10s'");
  await session.script(text).catch((error: unknown) => {
    throw new MigrationError(`${file}${lineOf(error, text)}: ${messageOf(error)}; nothing of this file was kept`, {
      cause: error,
    });
  });
  await record(session, file, hash);
  return "applied";
}

/**
 * Builds indexes without stopping writers. What a failed run left is an invalid index, which the file drops first.
 *
 * CREATE INDEX CONCURRENTLY waits until every older statement of the database has ended. A second run that waited in a
 * statement for our lock would be one of them, so it asks again and again instead.
 */
async function applyWithoutTransaction(session: MigrationSession, file: string, text: string) {
  const statements = indexStatements(file, text);
  while (!(await isTrue(session, "SELECT pg_try_advisory_lock($1)::text"))) await setTimeout(LOCK_POLL_MS);
  try {
    const hash = await hashToRecord(session, file, text);
    if (hash === null) return "already applied";
    for (const statement of statements) {
      await session.script(statement).catch((error: unknown) => {
        throw new MigrationError(`${file}: ${messageOf(error)}; run it again, it starts over`, { cause: error });
      });
    }
    await record(session, file, hash);
    return "applied";
  } finally {
    // A lost connection has given the lock back.
    await isTrue(session, "SELECT pg_advisory_unlock($1)::text").catch(() => undefined);
  }
}

const isTrue = async (session: MigrationSession, lock: string) =>
  (await session.rows(lock, [String(INDEX_LOCK)]))[0]?.[0] === "true";

/** The statements of a file without a transaction: each index is dropped, if it is there, and then created. */
function indexStatements(file: string, text: string): string[] {
  const statements = text.replace(NO_TRANSACTION, "").split("--> statement-breakpoint");
  const indexes = statements.map((statement) => INDEX_STATEMENT.exec(statement.trim()));
  const isPair = (at: number) =>
    at % 2 === 0
      ? indexes[at]?.[1]?.startsWith("DROP") && indexes[at]?.[3]?.replace(";", "") === indexes[at + 1]?.[3]
      : indexes[at]?.[1]?.startsWith("CREATE");
  if (indexes.some((_, at) => !isPair(at)) || statements.some((each) => each.trim().slice(0, -1).includes(";"))) {
    throw new MigrationError(
      `${file} runs in no transaction, so it may only have pairs of DROP INDEX CONCURRENTLY IF EXISTS and CREATE INDEX CONCURRENTLY of one index, with --> statement-breakpoint between all statements`,
    );
  }
  return statements;
}

/** The hash to record once the file is applied, or null if it already is. */
async function hashToRecord(session: MigrationSession, file: string, text: string): Promise<string | null> {
  await session.script(CREATE_JOURNAL);
  const hash = createHash("sha256").update(text).digest("hex");
  const [applied] = await session.rows("SELECT hash FROM schema_migrations WHERE name = $1", [file]);
  if (applied && applied[0] !== hash) {
    throw new MigrationError(
      `${file} was changed after it was applied here; restore it and put the change in a new file`,
    );
  }
  return applied ? null : hash;
}

async function record(session: MigrationSession, file: string, hash: string): Promise<void> {
  await session.rows("INSERT INTO schema_migrations (name, hash) VALUES ($1, $2)", [file, hash]);
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
  if (/^[^/]*\/\/[^/]*-pooler\./.test(databaseUrl)) {
    throw new MigrationError(
      "DATABASE_URL is the pooled address, where locks of a session do not hold; take the direct one, without -pooler",
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
