import { existsSync, mkdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PGlite, protocol } from "@electric-sql/pglite";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { type Cluster, cachedCluster } from "./cached-cluster.ts";
import {
  beginStatement,
  type LocalPostgres,
  PostgresRefusal,
  PostgresUnreachable,
  type Statement,
  type StatementResult,
} from "./local-postgres.ts";

const { serialize, messages } = protocol;

export type PgliteHome =
  /** Committed data survives the process, also a crash. */
  | { dataDir: string }
  /** The data ends with the process. */
  | { memory: Cluster };

/**
 * Postgres inside this process. It has one connection, so statements queue and never wait for a lock.
 * @throws Error when another process has the directory open.
 */
export async function startPglite(home: PgliteHome): Promise<LocalPostgres> {
  const unlock = "dataDir" in home ? lockDataDir(home.dataDir) : () => undefined;
  const postgres = await open(home).catch((error: unknown) => {
    unlock();
    throw error;
  });

  /** Runs `use` without any other statement in between. */
  function alone<T>(use: () => Promise<T>): Promise<T> {
    return postgres.runExclusive(async () => {
      if (!postgres.ready) throw new PostgresUnreachable("the embedded Postgres is stopped");
      return use();
    });
  }

  async function run(statement: Statement): Promise<StatementResult> {
    return resultOf(await exchange(postgres, extendedQuery(statement)));
  }

  async function script(text: string): Promise<void> {
    refuseErrors(await exchange(postgres, serialize.query(text)));
  }

  /** All callers share one connection, so none may leave a transaction open. */
  async function leaveTransaction(): Promise<void> {
    if (postgres.isInTransaction()) await script("ROLLBACK");
  }

  return {
    kind: "pglite",
    url: null,
    query: (statement) => alone(() => run(statement).finally(leaveTransaction)),
    batch: (statements, mode) =>
      alone(async () => {
        try {
          await run(beginStatement(mode));
          const results: StatementResult[] = [];
          for (const statement of statements) results.push(await run(statement));
          await script("COMMIT");
          return results;
        } finally {
          await leaveTransaction();
        }
      }),
    session: (use) =>
      alone(() =>
        use({ script, rows: async (text, params) => (await run({ text, params })).rows }).finally(leaveTransaction),
      ),
    stop: async () => {
      if (!postgres.closed) await postgres.close();
      unlock();
    },
  };
}

async function open(home: PgliteHome): Promise<PGlite> {
  if ("memory" in home)
    return PGlite.create({ loadDataDir: await cachedCluster(home.memory), extensions: { pgcrypto } });
  await initialise(home.dataDir);
  return PGlite.create({ dataDir: home.dataDir, extensions: { pgcrypto } });
}

/** Creates the directory under another name and renames it, so that a killed first start leaves no broken directory. */
async function initialise(dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, "PG_VERSION"))) return;
  if (existsSync(dataDir)) throw new Error("its file PG_VERSION is missing");
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  const postgres = await PGlite.create({ dataDir: draft, loadDataDir: await cachedCluster("empty") });
  await postgres.close();
  await rename(draft, dataDir);
}

/**
 * Two processes would destroy the directory, and PGlite does not check for that. The lock of SQLite ends with its process,
 * so a kill leaves nothing to clean up.
 * @returns what unlocks it again. @throws Error when another process has the lock.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dirname(dataDir), { recursive: true });
  const database = new DatabaseSync(`${dataDir}.lock`, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new Error(`${dataDir} is open in another process; stop that one first`, { cause: error });
  }
  return () => {
    if (database.isOpen) database.close();
  };
}

type Message = Awaited<ReturnType<PGlite["execProtocolStream"]>>[number];

/** Parse, bind, describe, execute and sync in one exchange. Cells are text, because binary is not requested. */
function extendedQuery({ text, params }: Statement): Uint8Array {
  return Buffer.concat([
    serialize.parse({ text }),
    serialize.bind({ values: [...params] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
    serialize.sync(),
  ]);
}

function exchange(postgres: PGlite, request: Uint8Array): Promise<Message[]> {
  // A thrown error would leave the rest of the answer for the next caller, so errors stay messages.
  return postgres.execProtocolStream(request, { throwOnError: false });
}

function refuseErrors(answer: readonly Message[]): void {
  const error = answer.find((message) => message instanceof messages.DatabaseError);
  if (error) throw new PostgresRefusal(error);
}

function resultOf(answer: readonly Message[]): StatementResult {
  refuseErrors(answer);
  const result: StatementResult = { fields: [], rows: [], command: "", rowCount: null };
  for (const message of answer) {
    if (message instanceof messages.RowDescriptionMessage) {
      result.fields = message.fields.map((field) => ({ ...field, format: "text" }));
    }
    if (message instanceof messages.DataRowMessage) result.rows.push(message.fields);
    if (message instanceof messages.CommandCompleteMessage) Object.assign(result, readCommandTag(message.text));
  }
  return result;
}

/** `INSERT 0 1`, `SELECT 3`, `CREATE TABLE`: the first word, and the last number when there is one. */
function readCommandTag(tag: string): { command: string; rowCount: number | null } {
  const [command = "", ...rest] = tag.split(" ");
  const count = Number(rest.at(-1) ?? Number.NaN);
  return { command, rowCount: Number.isInteger(count) ? count : null };
}
