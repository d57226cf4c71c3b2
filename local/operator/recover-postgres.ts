import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { OperatorProblem, type OperatorRequest } from "./arguments.ts";
import { RECOVERED_TABLES } from "./recovered-tables.ts";

export type RecoverOptions = Readonly<{
  /** Connection strings of the database as it was, and of the one that was restored and is in use now. */
  before: string;
  restored: string;
  /** Sends a request to the operators' endpoints. @returns the answer's JSON */
  ask(request: OperatorRequest): Promise<unknown>;
  note: string;
  /** How long a board may take to reach Postgres. */
  boardMs?: number;
}>;

const PIECE_ROWS = 500;
/** Of those that differ. */
const SHOWN_ROWS = 20;
const BOARD_MS = 60_000;
const LOOK_MS = 200;

/**
 * Fills a Postgres that was restored to an earlier point: what only Postgres knew is copied from the database as it was,
 * and the boards whose logs are ahead of it project again. Rows that have changed since are named, and left to a person: the
 * database in use may have the newer value. May be repeated. @returns a line for each step
 * @throws OperatorProblem at the first step that fails, or when a board's books differ at the end.
 */
export async function* recoverPostgres(options: RecoverOptions): AsyncGenerator<string> {
  const [before, restored] = await Promise.all([
    connect(options.before, "BEFORE"),
    connect(options.restored, "RESTORED"),
  ]);
  try {
    yield* copyTables(before, restored, "first");
    const behind = await boardsBehind(before, restored);
    yield `${behind.length} boards have events that the restored database lacks`;
    for (const { board, seq } of behind) {
      await projectAgain(options, board, seq);
      yield `${board}  projected again after event ${seq}`;
    }
    yield* copyTables(before, restored, "last");
    yield await compareTotals(before, restored, behind);
  } finally {
    await Promise.all([before.end(), restored.end()]);
  }
}

async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  await client.connect().catch((error: Error) => {
    throw new OperatorProblem(`${name} cannot be reached: ${error.message}`);
  });
  return client;
}

async function* copyTables(from: pg.Client, to: pg.Client, when: "first" | "last"): AsyncGenerator<string> {
  for (const [table, how] of Object.entries(RECOVERED_TABLES)) {
    if (how !== when) continue;
    // Those that are copied last come from the boards too, which know no more of some than ids.
    const { copied, differing } = await copyRows(from, to, { table, compares: when === "first" });
    if (copied > 0) yield `${table}  ${copied} rows copied`;
    if (differing.length > 0) {
      const shown = differing.slice(0, SHOWN_ROWS).join(", ");
      const more = differing.length > SHOWN_ROWS ? `, and ${differing.length - SHOWN_ROWS} more` : "";
      yield `${table}  ${differing.length} rows are not as they were: ${shown}${more}`;
    }
  }
}

type Copied = Readonly<{ copied: number; differing: readonly string[] }>;

/** Copies the rows whose key the other database lacks. `differing`: the keys of those that it has with other values, where they are compared. */
async function copyRows(
  from: pg.Client,
  to: pg.Client,
  { table, compares }: Readonly<{ table: string; compares: boolean }>,
): Promise<Copied> {
  const columns = (await insertableColumns(to, table)).join(", ");
  const key = await primaryKeyOf(to, table);
  const kept = `json_populate_recordset(NULL::${table}, $1)`;
  const insert = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${kept} ON CONFLICT DO NOTHING`;
  const compare = `SELECT concat_ws('/', ${key.map((name) => `it.${name}`).join(", ")}) AS name
    FROM (SELECT ${columns} FROM ${table}) it JOIN (SELECT ${columns} FROM ${kept}) kept USING (${key.join(", ")})
    WHERE row_to_json(it)::text <> row_to_json(kept)::text ORDER BY 1`;
  const differing: string[] = [];
  let copied = 0;
  await from.query("BEGIN READ ONLY");
  await from.query(`DECLARE kept NO SCROLL CURSOR FOR SELECT row_to_json(it)::text AS row FROM ${table} it`);
  for (;;) {
    const { rows } = await from.query<{ row: string }>(`FETCH ${PIECE_ROWS} FROM kept`);
    if (rows.length === 0) break;
    const piece = [`[${rows.map(({ row }) => row).join(",")}]`];
    copied += (await to.query(insert, piece)).rowCount ?? 0;
    if (compares) differing.push(...(await to.query<{ name: string }>(compare, piece)).rows.map(({ name }) => name));
  }
  await from.query("COMMIT");
  // A partner's reader that has seen an event must see those that follow behind it.
  if (table === "partner_events") await to.query(BEHIND_THE_LAST_POSITION);
  return { copied, differing };
}

const BEHIND_THE_LAST_POSITION = `
  SELECT setval('partner_events_position_seq', greatest(last_value, (SELECT max(position) FROM partner_events), 1))
  FROM partner_events_position_seq`;

async function insertableColumns(client: pg.Client, table: string): Promise<string[]> {
  const query = `SELECT quote_ident(column_name) AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`;
  return await names(client, query, table);
}

async function primaryKeyOf(client: pg.Client, table: string): Promise<string[]> {
  const query = `SELECT quote_ident(a.attname) AS name FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY a.attnum`;
  return await names(client, query, table);
}

async function names(client: pg.Client, query: string, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(query, [table]);
  return rows.map(({ name }) => name);
}

/** A board by its UUID, and the last event of it that the restored database has. */
type BoardBehind = Readonly<{ board: string; seq: number }>;

/** Only boards on which the two disagree: most have not moved since. */
async function boardsBehind(before: pg.Client, restored: pg.Client): Promise<BoardBehind[]> {
  const [were, are] = await Promise.all([lastEvents(before), lastEvents(restored)]);
  return [...were].flatMap(([board, seq]) => {
    const known = are.get(board) ?? 0;
    return known < seq ? [{ board, seq: known }] : [];
  });
}

async function lastEvents(client: pg.Client): Promise<Map<string, number>> {
  const query = "SELECT dream_board_id AS board, max(seq)::int AS seq FROM board_events GROUP BY 1 ORDER BY 1";
  const { rows } = await client.query<{ board: string; seq: number }>(query);
  return new Map(rows.map(({ board, seq }) => [board, seq]));
}

async function projectAgain({ ask, note, boardMs = BOARD_MS }: RecoverOptions, board: string, seq: number) {
  const path = `/internal/boards/${board}`;
  await ask({ method: "POST", path: `${path}/project-again?after=${seq}`, body: { note } });
  for (const end = Date.now() + boardMs; ; await pause(LOOK_MS)) {
    // What `inspectBoard` gives.
    const inspection = (await ask({ method: "GET", path, body: null })) as {
      headSeq: number;
      projectedSeq: number;
      poisonedSeq: number | null;
    };
    if (inspection.projectedSeq === inspection.headSeq) return;
    if (inspection.poisonedSeq !== null || Date.now() > end) {
      const what = `board ${board} has reached Postgres up to event ${inspection.projectedSeq} of ${inspection.headSeq}`;
      throw new OperatorProblem(`${what}; look at the alert projection_poisoned, mend its cause, and run this again`);
    }
  }
}

async function compareTotals(before: pg.Client, restored: pg.Client, boards: readonly BoardBehind[]): Promise<string> {
  const query = `SELECT it.id, it.status || ', ' || it.raised_cents || ' cents' AS books, max(e.seq)::int AS seq
    FROM dream_boards_with_totals it JOIN board_events e ON e.dream_board_id = it.id
    WHERE it.id = ANY($1) GROUP BY it.id, it.status, it.raised_cents`;
  type Row = { id: string; books: string; seq: number };
  const ids = boards.map(({ board }) => board);
  const [were, are] = await Promise.all([before.query<Row>(query, [ids]), restored.query<Row>(query, [ids])]);
  const now = new Map(are.rows.map((row) => [row.id, row]));
  const differences = were.rows.flatMap(({ id, books, seq }) => {
    const found = now.get(id);
    // A board that has moved on since may rightly differ.
    const isSame = found && (found.books === books || found.seq > seq);
    return isSame ? [] : [`${id}: was ${books}, is ${found?.books ?? "missing"}`];
  });
  if (differences.length > 0) throw new OperatorProblem(["the books differ:", ...differences].join("\n"));
  return `the books of ${were.rows.length} boards are as they were; now run: npm run operator -- ledger verify all`;
}
