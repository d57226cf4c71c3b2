import pg from "pg";
import { sessionOf } from "../../migrations/migrate.ts";
import {
  beginStatement,
  type LocalPostgres,
  PostgresRefusal,
  PostgresUnreachable,
  type Statement,
  type StatementResult,
} from "./local-postgres.ts";

const MAX_CONNECTIONS = 20;
const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any caller waits. It frees the connection of a frozen server. */
const STATEMENT_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 3_000;

/** Values stay the text that Postgres sent. */
const asText = { getTypeParser: () => (value: string) => value };

/** A real Postgres at `url`, over a pool that connects on the first statement. The server may restart at any time. */
export function usePostgres(url: string): LocalPostgres {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    allowExitOnIdle: true,
    types: asText,
    // Neon's servers run in UTC. A local one may not.
    options: "-c timezone=UTC",
  });
  // A broken connection rejects its query and emits an error here. An unhandled error event would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));

  async function withClient<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw unreachable(url, error);
    });
    let failure: unknown;
    try {
      return await use(client);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // A connection that is broken or inside a transaction is not reused.
      client.release(isBroken(failure) || client.getTransactionStatus() !== "I");
    }
  }

  async function answer<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    try {
      return await withClient(use);
    } catch (error) {
      if (error instanceof PostgresUnreachable) throw error;
      throw error instanceof pg.DatabaseError ? new PostgresRefusal(error) : unreachable(url, error);
    }
  }

  return {
    kind: "postgres",
    url,
    query: (statement) => answer((client) => run(client, statement)),
    batch: (statements, mode) =>
      answer(async (client) => {
        await run(client, beginStatement(mode));
        try {
          const results: StatementResult[] = [];
          for (const statement of statements) results.push(await run(client, statement));
          await client.query("COMMIT");
          return results;
        } catch (error) {
          if (error instanceof pg.DatabaseError) await client.query("ROLLBACK");
          throw error;
        }
      }),
    session: (use) => withClient((client) => use(sessionOf(client))),
    stop: async () => {
      await Promise.race([pool.end(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref())]);
    },
  };
}

async function run(client: pg.PoolClient, { text, params }: Statement): Promise<StatementResult> {
  // The extended protocol takes exactly one statement, as Neon does.
  const query = { text, values: [...params], rowMode: "array" as const, queryMode: "extended" };
  const result = await client.query<(string | null)[]>(query);
  return { fields: result.fields, rows: result.rows, command: result.command ?? "", rowCount: result.rowCount };
}

function isBroken(failure: unknown): boolean {
  if (failure === undefined) return false;
  return !(failure instanceof pg.DatabaseError) || failure.severity === "FATAL";
}

function unreachable(url: string, error: unknown): PostgresUnreachable {
  const { host } = new URL(url);
  // The error of a connection refused on both IPv4 and IPv6 has no message of its own.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const reason = first instanceof Error ? first.message : String(first);
  return new PostgresUnreachable(`cannot reach Postgres at ${host}: ${reason}`, { cause: error });
}
