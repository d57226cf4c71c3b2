import { expect, it } from "vitest";
import { readArguments } from "../../local/operator/arguments.ts";
import { RECOVERED_TABLES } from "../../local/operator/recovered-tables.ts";
import { startTestDatabase } from "../support/database.ts";

// `npm run drill` runs the recovery itself, on a real Postgres.

it("for each table it is said how it is filled again after Postgres was restored", async () => {
  const database = await startTestDatabase();
  const text =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
  const { rows } = await database.postgres.query({ text, params: [] });
  await database.stop();

  expect(Object.keys(RECOVERED_TABLES).sort()).toEqual([...rows.flat(), "schema_migrations"].filter(unique).sort());
});

const unique = (name: unknown, at: number, all: unknown[]) => all.indexOf(name) === at;

it("postgres recover needs a note and takes no other option than --origin", () => {
  expect(readArguments(["postgres", "recover", "--note", "ticket 4720", "--origin", "http://localhost:1"])).toEqual({
    do: "recover-postgres",
    note: "ticket 4720",
    origin: "http://localhost:1",
  });
  expect(() => readArguments(["postgres", "recover"])).toThrow("npm run operator -- postgres recover --note …");
  expect(() => readArguments(["postgres", "recover", "--note", "x", "--after", "3"])).toThrow("--note …");
});
