import { parseArgs } from "node:util";
import pg from "pg";
import { type CalledStatement, explainWorker } from "./calls/explain-worker.ts";
import { BUDGETS, type Kind } from "./calls/scene.ts";
import { type Explainer, type PlanNode, startExplainer } from "./explain.ts";
import { median } from "./table.ts";

const USAGE = `DATABASE_URL=postgres://… node bench/measure-statements.ts   every statement of the Worker, on a database of bench/seed-large.ts
  --only dispatch   calls whose name contains this
  --plans           also the plan of each statement that misses`;

/** A table of fewer rows may be read whole. */
const LARGE_ROWS = 10_000;

/** `ms` is the median of the warm runs, `leastMs` the fastest of them, for machines that have other work. */
export type Line = Readonly<{
  call: string;
  kind: Kind;
  statement: string;
  ms: number;
  leastMs: number;
  rows: number;
  blocks: number;
  whole: string;
  missed: boolean;
  plan: PlanNode;
}>;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      plans: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { DATABASE_URL } = process.env;
  if (values.help || !DATABASE_URL) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const lines = await linesOf(DATABASE_URL, values.only);
  printStatements(lines);
  const missed = lines.filter((line) => line.missed);
  if (values.plans) for (const { call, plan } of missed) console.log(call, JSON.stringify(plan, null, 1));
  console.log(`${lines.length} statements, ${missed.length} over budget or reading a large table whole`);
  return missed.length > 0 ? 2 : 0;
}

/** Every statement of the calls whose name contains `only`, on a database of `bench/seed-large.ts`. */
export async function linesOf(databaseUrl: string, only?: string): Promise<Line[]> {
  const explainer = await startExplainer(databaseUrl, { measured: 7, occurrences: 3 });
  try {
    const statements = await explainWorker(explainer, await seededAt(databaseUrl), only);
    const all = Map.groupBy(statements, ({ call, text }) => `${call}\n${text}`);
    return [...all.values()].map((same) => lineOf(same, explainer));
  } finally {
    await explainer.stop();
  }
}

function lineOf(same: readonly CalledStatement[], { tablesReadWhole }: Explainer): Line {
  // Of several occurrences the slowest one counts.
  const [slowest] = same.toSorted((one, other) => median(other.ms) - median(one.ms));
  if (!slowest) throw new Error("a statement without an occurrence");
  const { call, kind, plan } = slowest;
  const whole = same.flatMap(({ plan }) => tablesReadWhole(plan, LARGE_ROWS));
  const ms = median(slowest.ms);
  return {
    call,
    kind,
    statement: nameOf(plan),
    ms,
    leastMs: Math.min(...slowest.ms),
    rows: rowsOf(plan),
    blocks: (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0),
    whole: [...new Set(whole)].join(" "),
    missed: whole.length > 0 || ms > BUDGETS[kind],
    plan,
  };
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** What it writes, as `UPDATE refunds`, or else what it reads. */
function nameOf(plan: PlanNode): string {
  const tables = (nodes: readonly PlanNode[]) => [...new Set(nodes.flatMap((node) => node["Relation Name"] ?? []))];
  const writes = nodesOf(plan).filter(({ Operation }) => Operation !== undefined);
  if (writes.length === 0) return `SELECT ${tables(nodesOf(plan)).join(", ")}`;
  const byVerb = Map.groupBy(writes, ({ Operation }) => Operation?.toUpperCase());
  return [...byVerb].map(([verb, nodes]) => `${verb} ${tables(nodes).join(", ")}`).join("; ");
}

/** The rows it gives, or the most that it writes into one table. */
function rowsOf(plan: PlanNode): number {
  const written = nodesOf(plan).filter(({ Operation }) => Operation !== undefined);
  const inputs = written.map(({ Plans }) => Plans?.[0]?.["Actual Rows"] ?? 0);
  return Math.max(plan["Actual Rows"] ?? 0, ...inputs);
}

export function printStatements(lines: readonly Line[]): void {
  const cells = (line: readonly string[]) =>
    line.map((cell, column) => (column < 2 ? cell.padEnd([38, 70][column] ?? 0) : cell.padStart(7))).join(" ");
  console.log(`${cells(["call", "statement", "ms", "least", "rows", "pages"])}  reads whole`);
  for (const { call, statement, ms, leastMs, rows, blocks, whole, missed } of lines) {
    const figures = [ms.toFixed(1), leastMs.toFixed(1), String(rows), String(blocks)];
    console.log(`${cells([call, statement, ...figures])}  ${whole}${missed ? " MISSED" : ""}`);
  }
}

/** The instant of the seeding: the last run of a job in it. @throws Error for a database that was not seeded */
async function seededAt(connectionString: string): Promise<Date> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ at: Date | null }>("SELECT max(started_at) AS at FROM job_runs");
  await client.end();
  const at = rows[0]?.at;
  if (!at) throw new Error("the database was not filled by bench/seed-large.ts");
  return at;
}

if (import.meta.main) process.exitCode = await main();
