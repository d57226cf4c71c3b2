import {
  ISOLATION_LEVELS,
  type IsolationLevel,
  type LocalPostgres,
  PostgresRefusal,
  PostgresUnreachable,
  REFUSAL_FIELDS,
  type Statement,
  type StatementResult,
  type TransactionMode,
} from "./postgres/local-postgres.ts";

export interface NeonGateway {
  /** Answers `POST /sql` as Neon's proxy does; never throws. */
  handle(request: Request): Promise<Response>;
  /** Round trips since the start: one per request, however many statements it carried. */
  readonly requests: number;
  readonly paused: boolean;
  /** Answers every request 503, as without Postgres, until `resume`. */
  pause(): void;
  resume(): void;
}

/**
 * Neon's SQL-over-HTTP protocol in front of any Postgres, so that production's driver can use a local one. Credentials
 * and limits on size are not checked.
 */
export function createNeonGateway(postgres: LocalPostgres): NeonGateway {
  let requests = 0;
  let paused = false;
  return {
    get requests() {
      return requests;
    },
    get paused() {
      return paused;
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    handle: async (request) => {
      requests += 1;
      if (paused) return json(503, { message: "the database is paused" });
      try {
        return await answer(postgres, request);
      } catch (error) {
        return refusal(error);
      }
    },
  };
}

/** A request that does not follow the protocol. Neon answers it 400 without an SQLSTATE. */
class Malformed extends Error {}

async function answer(postgres: LocalPostgres, request: Request): Promise<Response> {
  if (request.method !== "POST") return json(405, { message: "method not allowed" });
  const { headers } = request;
  if (!headers.get("neon-connection-string")) throw new Malformed("missing header Neon-Connection-String");
  const isSet = (name: string) => headers.get(name) === "true";
  // The driver always requests text and arrays, so the other formats of Neon are not supported.
  if (!isSet("neon-raw-text-output")) throw new Malformed("only Neon-Raw-Text-Output: true is served here");

  const body = await readBody(request);
  const arrayMode = isSet("neon-array-mode");
  if (!("queries" in body)) {
    return json(200, present(await postgres.query(statementOf(body)), body.arrayMode ?? arrayMode));
  }

  if (!Array.isArray(body.queries)) throw new Malformed("queries: expected an array");
  const queries = body.queries.map(asQuery);
  const mode: TransactionMode = {
    isolationLevel: isolationLevel(headers.get("neon-batch-isolation-level")),
    readOnly: isSet("neon-batch-read-only"),
    deferrable: isSet("neon-batch-deferrable"),
  };
  const results = await postgres.batch(queries.map(statementOf), mode);
  return json(200, {
    results: results.map((result, index) => present(result, queries[index]?.arrayMode ?? arrayMode)),
  });
}

type Query = { query: string; params?: unknown[]; arrayMode?: boolean };

async function readBody(request: Request): Promise<Query | { queries: unknown }> {
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) throw new Malformed("could not parse the body as JSON");
  return "queries" in body ? body : asQuery(body);
}

function asQuery(value: unknown): Query {
  const { query, params = [], arrayMode } = (value ?? {}) as Record<string, unknown>;
  if (typeof query !== "string") throw new Malformed("query: expected a string");
  if (!Array.isArray(params)) throw new Malformed("params: expected an array");
  return { query, params, ...(typeof arrayMode === "boolean" ? { arrayMode } : {}) };
}

function statementOf({ query, params = [] }: Query): Statement {
  return { text: query, params: params.map(paramText) };
}

/** A JSON parameter in Postgres's text format: strings as they are, arrays as array literals, the rest as JSON. */
function paramText(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string") return value;
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return arrayLiteral(value);
    // JSON's escapes of quotes and backslashes are also Postgres's.
    return typeof value === "object" ? JSON.stringify(JSON.stringify(value)) : JSON.stringify(value);
  });
  return `{${elements.join(",")}}`;
}

function isolationLevel(header: string | null): IsolationLevel | null {
  if (header === null) return null;
  if (!Object.hasOwn(ISOLATION_LEVELS, header)) throw new Malformed("invalid isolation level");
  return header as IsolationLevel;
}

function present({ fields, rows, command, rowCount }: StatementResult, rowAsArray: boolean) {
  const asObject = (row: (string | null)[]) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index]]));
  return { fields, rows: rowAsArray ? rows : rows.map(asObject), command, rowCount, rowAsArray };
}

function refusal(error: unknown): Response {
  if (error instanceof PostgresRefusal) {
    const told = REFUSAL_FIELDS.map((field) => [field, error.fields[field] ?? null]);
    return json(400, { message: error.message, ...Object.fromEntries(told) });
  }
  if (error instanceof Malformed) return json(400, { message: error.message });
  const message = error instanceof Error ? error.message : String(error);
  return json(error instanceof PostgresUnreachable ? 503 : 500, { message });
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status });
}
