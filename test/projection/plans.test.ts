import { afterAll, beforeAll, expect, it } from "vitest";
import type { Statement } from "../../local/postgres/local-postgres.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPlayedBoard } from "./support.ts";

const GIFTS = 800;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

/** The statements that Postgres is given while `work` runs, in order. */
async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const { postgres } = database;
  const { batch } = postgres;
  const given: Statement[] = [];
  postgres.batch = (statements, mode) => {
    given.push(...statements);
    return batch(statements, mode);
  };
  try {
    await work();
  } finally {
    postgres.batch = batch;
  }
  return given;
}

/** The tables that the statement's plan reads from end to end. */
async function tablesReadWhole({ text, params }: Statement): Promise<string[]> {
  const { rows } = await database.postgres.query({ text: `EXPLAIN ${text}`, params });
  return rows.flatMap(([line]) => /Seq Scan on (\w+)/.exec(line ?? "")?.[1] ?? []);
}

it("a flush of a payment and a failure looks their rows up, also where the tables are small", async () => {
  const board = await aPlayedBoard(database);
  const at = board.now;
  for (let gift = 0; gift < GIFTS; gift += 1) board.contribution(5_000, { at });
  const paid = board.contribution(5_000, { at });
  const failed = board.contribution(5_000, { at });
  await board.write();
  const written = board.log.length;
  board.report(failed, { status: "failed" }, at);
  board.report(paid, {}, at);

  const statements = await statementsOf(() => board.write(board.log.slice(written)));

  const updated = statements.flatMap(({ text }) => /UPDATE (contributions|payment_requests) /.exec(text)?.[1] ?? []);
  expect(updated).toEqual(["contributions", "payment_requests"]);
  const grown = new Set(["board_events", ...updated]);
  const read = await Promise.all(statements.map(tablesReadWhole));
  expect(read.flat().filter((table) => grown.has(table))).toEqual([]);
});
