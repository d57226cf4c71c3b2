import pg from "pg";
import { createNeonGateway, type NeonGateway } from "../local/neon-gateway.ts";
import {
  type LocalPostgres,
  PostgresRefusal,
  type Statement,
  type StatementResult,
} from "../local/postgres/local-postgres.ts";
import { usePostgres } from "../local/postgres/server.ts";
import { connect } from "../src/database/client.ts";
import { listen, type TestDatabase } from "../test/support/database.ts";

/** One node of Postgres's plan, as `EXPLAIN (FORMAT JSON)` gives it. */
export type PlanNode = Readonly<{
  "Node Type": string;
  Operation?: string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Filter?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: readonly PlanNode[];
}>;

export type Explained = Readonly<{
  text: string;
  plan: PlanNode;
  /** Planning and execution inside Postgres, triggers included; one figure a repetition. */
  ms: readonly number[];
}>;

export type Explainer = Readonly<{
  /** Every statement through it runs in the transaction of `inTransaction`. */
  database: TestDatabase;
  /** Runs `work` in one transaction, which is rolled back. */
  inTransaction<T>(work: () => Promise<T>): Promise<T>;
  /** The statements that `work` issues through `database`, in order, each explained just before it is executed. */
  explain(work: () => Promise<unknown>): Promise<Explained[]>;
  /** The tables of at least so many rows that the plan reads from end to end. */
  tablesReadWhole(plan: PlanNode, largeRows: number): string[];
  stop(): Promise<void>;
}>;

type Options = Readonly<{
  /** How often each statement is executed and measured, after once to warm up. With 0 only the first time counts. */
  measured: number;
  /** Settings of the planner, as `name=value`. */
  planner?: readonly string[];
  /** So many occurrences of one text are explained in one `explain`; the others are only executed. */
  occurrences: number;
}>;

/** A statement that takes so long is not measured again. */
const LONGEST_MS = 2_000;

/**
 * The product's own statements on a real Postgres, caught where they arrive: behind the driver and the gateway. Nothing is
 * kept, so a measured UPDATE may be repeated.
 */
export async function startExplainer(
  databaseUrl: string,
  { measured, occurrences, planner = [] }: Options,
): Promise<Explainer> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    types: { getTypeParser: () => (value: string) => value },
    options: ["timezone=UTC", ...planner].map((setting) => `-c ${setting}`).join(" "),
  });
  await client.connect();
  const catalogue = await readCatalogue(client);
  let caught: Explained[] | null = null;
  let seen = new Map<string, number>();

  const run = async ({ text, params }: Statement): Promise<StatementResult> => {
    const query = { text, values: [...params], rowMode: "array" as const, queryMode: "extended" };
    const { fields, rows, command, rowCount } = await client.query<(string | null)[]>(query);
    return { fields, rows, command: command ?? "", rowCount };
  };

  async function explained({ text, params }: Statement): Promise<Explained> {
    const ms: number[] = [];
    let plan: PlanNode | undefined;
    const startedAt = performance.now();
    for (let nth = 0; nth <= measured; nth += 1) {
      await client.query("SAVEPOINT explained");
      const { rows } = await run({ text: `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, params });
      await client.query("ROLLBACK TO explained");
      const [found] = JSON.parse(rows[0]?.[0] ?? "[]");
      plan = found.Plan;
      ms.push(found["Planning Time"] + found["Execution Time"]);
      // The driver waits for the answer meanwhile.
      if (performance.now() - startedAt > LONGEST_MS) break;
    }
    // The first one warms up.
    if (ms.length > 1) ms.shift();
    if (!plan) throw new Error(`no plan of ${text}`);
    return { text, plan, ms };
  }

  async function answer(statement: Statement): Promise<StatementResult> {
    const before = seen.get(statement.text) ?? 0;
    await client.query("SAVEPOINT answered");
    try {
      if (caught && before < occurrences) {
        seen.set(statement.text, before + 1);
        caught.push(await explained(statement));
      }
      const result = await run(statement);
      await client.query("RELEASE answered");
      return result;
    } catch (error) {
      await client.query("ROLLBACK TO answered");
      throw error instanceof pg.DatabaseError ? new PostgresRefusal(error) : error;
    }
  }

  // One connection, so one after another.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  const postgres: LocalPostgres = {
    ...usePostgres(databaseUrl),
    query: (statement) => inTurn(() => answer(statement)),
    batch: (statements) =>
      inTurn(async () => {
        const results: StatementResult[] = [];
        for (const statement of statements) results.push(await answer(statement));
        return results;
      }),
  };
  const gateway: NeonGateway = createNeonGateway(postgres);
  const { port, close } = await listen((request) => gateway.handle(request));
  const neonHttpEndpoint = `http://127.0.0.1:${port}/sql`;
  const stop = async () => {
    await close();
    await Promise.all([client.end(), postgres.stop()]);
  };
  const db = connect({ databaseUrl, neonHttpEndpoint });
  return {
    database: { db, databaseUrl, neonHttpEndpoint, gateway, postgres, isRealPostgres: true, stop },
    inTransaction: async (work) => {
      await client.query("BEGIN");
      try {
        return await work();
      } finally {
        await client.query("ROLLBACK");
      }
    },
    explain: async (work) => {
      const statements: Explained[] = [];
      caught = statements;
      seen = new Map();
      try {
        await work();
      } finally {
        caught = null;
      }
      return statements;
    },
    tablesReadWhole: (plan, largeRows) => tablesReadWhole(plan, catalogue, largeRows),
    stop,
  };
}

/** An index that leaves so much of a table to be thrown away does not find anything. */
const THROWN_AWAY = 0.2;

/**
 * The tables of at least `largeRows` rows that a plan reads from end to end, or much of: by a Seq Scan, along the whole of an
 * index that holds every row, or by an index with a filter that throws away a fifth of the table. An index is also walked
 * whole by a condition that says nothing of its first column. A LIMIT ends a walk along an index early where nothing is
 * filtered out.
 */
function tablesReadWhole(plan: PlanNode, { rows, indexes }: Catalogue, largeRows: number): string[] {
  const found = new Set<string>();
  const visit = (node: PlanNode, isLimited: boolean): void => {
    const { "Node Type": type, "Index Name": name = "", "Index Cond": condition } = node;
    const index = indexes.get(name);
    const table = node["Relation Name"] ?? index?.table ?? "";
    const size = rows.get(table) ?? 0;
    const thrownAway = (node["Rows Removed by Filter"] ?? 0) * (node["Actual Loops"] ?? 1);
    const isScan = /^(Bitmap )?Index (Only )?Scan$/.test(type);
    const isSought = condition !== undefined && (!index?.column || new RegExp(`\\b${index.column}\\b`).test(condition));
    const walksIndex = isScan && !isSought && !index?.isPartial;
    const endsEarly = isLimited && !condition && node.Filter === undefined;
    const isWhole = type === "Seq Scan" || (walksIndex && !endsEarly) || thrownAway > size * THROWN_AWAY;
    if (size > 0 && size >= largeRows && isWhole) found.add(table);
    const limits = type === "Limit" || (isLimited && type === "LockRows");
    for (const part of node.Plans ?? []) visit(part, limits);
  };
  visit(plan, false);
  return [...found].sort();
}

/** `column`: the first one, null for an expression. `isPartial`: it holds only some rows. */
type Index = Readonly<{ table: string; column: string | null; isPartial: boolean }>;
type Catalogue = Readonly<{ rows: ReadonlyMap<string, number>; indexes: ReadonlyMap<string, Index> }>;

/** How many rows each table has, as ANALYZE counted them, and its indexes. */
async function readCatalogue(client: pg.Client): Promise<Catalogue> {
  const { rows } = await client.query<{ name: string; rows: string }>(`
    SELECT relname AS name, reltuples AS rows FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`);
  const indexes = await client.query<
    Record<"name" | "table", string> & { column: string | null; partial: string | null }
  >(`
    SELECT i.relname AS name, t.relname AS table, a.attname AS column, x.indpred::text AS partial
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] AND a.attnum > 0`);
  return {
    rows: new Map(rows.map((table) => [table.name, Number(table.rows)])),
    indexes: new Map(
      indexes.rows.map(({ partial, ...index }) => [index.name, { ...index, isPartial: partial !== null }]),
    ),
  };
}
