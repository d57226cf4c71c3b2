import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LocalPostgres } from "../../local/postgres/local-postgres.ts";
import { type MigrationOptions, migrate } from "../../migrations/migrate.ts";
import { startEmptyPostgres } from "../support/database.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");
const SCRIPT = join(MIGRATIONS, "migrate.ts");

let postgres: LocalPostgres;
let directory: string;

beforeEach(async () => {
  postgres = await startEmptyPostgres();
  directory = await mkdtemp(join(tmpdir(), "chipin-migrations-"));
});
afterEach(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true });
});

const write = (file: string, text: string) => writeFile(join(directory, file), text);
const run = (options: MigrationOptions = { directory }) => postgres.session((session) => migrate(session, options));
const rows = async (text: string) => (await postgres.query({ text, params: [] })).rows;
const tables = async () =>
  (await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).flat();

describe("migrate", () => {
  it("applies every file in order, then nothing more", async () => {
    const reported: string[] = [];
    const report = (file: string, outcome: string) => reported.push(`${file} ${outcome}`);
    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();

    await run({ report });
    await run({ report });

    expect(reported).toEqual([
      ...files.map((file) => `${file} applied`),
      ...files.map((file) => `${file} already applied`),
    ]);
    expect((await rows("SELECT name FROM schema_migrations ORDER BY 1")).flat()).toEqual(files);
  });

  it("keeps the files before one that fails and nothing of that one, and goes on once it is mended", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int);");
    await write("0001_second.sql", "CREATE TABLE second (id int);\n\nCREATE TABLE third (id intt);");

    await expect(run()).rejects.toThrow(/^0001_second\.sql:3: type "intt" does not exist; nothing of this file/);
    expect(await tables()).toEqual(["first", "schema_migrations"]);

    await write("0001_second.sql", "CREATE TABLE second (id int);");
    await run();
    expect(await tables()).toEqual(["first", "schema_migrations", "second"]);
  });

  it("takes back what a file did to rows before it failed", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int PRIMARY KEY); INSERT INTO first VALUES (1);");
    await run();
    await write("0001_second.sql", "UPDATE first SET id = 2; INSERT INTO first VALUES (2);");

    await expect(run()).rejects.toThrow("duplicate key");
    expect(await rows("SELECT id FROM first")).toEqual([["1"]]);
  });

  it("refuses a file that was changed after it was applied", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int);");
    await run();
    await write("0000_first.sql", "CREATE TABLE first (id bigint);");

    await expect(run()).rejects.toThrow("0000_first.sql was changed after it was applied here");
  });

  it("takes a checkout with Windows line ends for the same file", async () => {
    await write("0000_first.sql", "CREATE TABLE first\n(id int);\n");
    await run();
    await write("0000_first.sql", "CREATE TABLE first\r\n(id int);\r\n");

    await expect(run()).resolves.toBeUndefined();
  });

  it("applies each file once when two start at the same moment", async () => {
    await cp(MIGRATIONS, directory, { recursive: true });
    const outcomes: string[] = [];
    const report = (file: string, outcome: string) => outcomes.push(`${file} ${outcome}`);

    await Promise.all([run({ directory, report }), run({ directory, report })]);

    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql"));
    expect(outcomes.sort()).toEqual(files.flatMap((file) => [`${file} already applied`, `${file} applied`]).sort());
  });
});

describe("node migrations/migrate.ts", () => {
  it("says so when DATABASE_URL is missing", async () => {
    expect(await node({})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^migrate: DATABASE_URL is not set; /),
    });
  });

  it("says so, without the password, when Postgres is unreachable", async () => {
    const { code, stderr } = await node({ DATABASE_URL: "postgres://someone:hunter2@127.0.0.1:1/chipin" });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^migrate: cannot reach Postgres at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect(stderr).not.toContain("hunter2");
  });

  it.runIf(process.env.TEST_POSTGRES_URL)("migrates a real Postgres and prints a line per file", async () => {
    const environment = { DATABASE_URL: postgres.url ?? "" };

    const first = await node(environment);
    const second = await node(environment);

    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^0000_specified_schema\.sql {2}applied\n0001_own_tables\.sql {2}applied\n/);
    expect(second).toMatchObject({ code: 0, stdout: first.stdout.replaceAll("applied", "already applied") });
  });
});

async function node(environment: Record<string, string>) {
  const child = spawn(process.execPath, [SCRIPT], { env: { ...process.env, DATABASE_URL: "", ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}
