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
  it("migrate applies every file in order, then nothing more", async () => {
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

  it("a failing file changes nothing, and migrate continues with it once it is corrected", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int);");
    await write("0001_second.sql", "CREATE TABLE second (id int);\n\nCREATE TABLE third (id intt);");

    await expect(run()).rejects.toThrow(/^0001_second\.sql:3: type "intt" does not exist; nothing of this file/);
    expect(await tables()).toEqual(["first", "schema_migrations"]);

    await write("0001_second.sql", "CREATE TABLE second (id int);");
    await run();
    expect(await tables()).toEqual(["first", "schema_migrations", "second"]);
  });

  it("a file that fails leaves the rows as they were", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int PRIMARY KEY); INSERT INTO first VALUES (1);");
    await run();
    await write("0001_second.sql", "UPDATE first SET id = 2; INSERT INTO first VALUES (2);");

    await expect(run()).rejects.toThrow("duplicate key");
    expect(await rows("SELECT id FROM first")).toEqual([["1"]]);
  });

  it("a file that was changed after it was applied is refused", async () => {
    await write("0000_first.sql", "CREATE TABLE first (id int);");
    await run();
    await write("0000_first.sql", "CREATE TABLE first (id bigint);");

    await expect(run()).rejects.toThrow("0000_first.sql was changed after it was applied here");
  });

  it("a file with Windows line endings counts as unchanged", async () => {
    await write("0000_first.sql", "CREATE TABLE first\n(id int);\n");
    await run();
    await write("0000_first.sql", "CREATE TABLE first\r\n(id int);\r\n");

    await expect(run()).resolves.toBeUndefined();
  });

  it("two concurrent runs apply each file once", async () => {
    await cp(MIGRATIONS, directory, { recursive: true });
    const outcomes: string[] = [];
    const report = (file: string, outcome: string) => outcomes.push(`${file} ${outcome}`);

    await Promise.all([run({ directory, report }), run({ directory, report })]);

    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql"));
    expect(outcomes.sort()).toEqual(files.flatMap((file) => [`${file} already applied`, `${file} applied`]).sort());
  });

  describe("a file without a transaction", () => {
    const INDEX = `-- migrate: no transaction
DROP INDEX CONCURRENTLY IF EXISTS first_id;--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY first_id ON first (id);
`;
    const validIndexes = async () =>
      (
        await rows("SELECT indexrelid::regclass FROM pg_index WHERE indisvalid AND indrelid = 'first'::regclass")
      ).flat();

    beforeEach(() => write("0000_first.sql", "CREATE TABLE first (id int); INSERT INTO first VALUES (1), (1);"));

    it("a file without a transaction that failed leaves an invalid index, and builds it once the cause is gone", async () => {
      await write("0001_index.sql", INDEX);

      await expect(run()).rejects.toThrow(/^0001_index\.sql: could not create unique index "first_id"; run it again/);
      expect(await validIndexes()).toEqual([]);
      expect((await rows("SELECT name FROM schema_migrations")).flat()).toEqual(["0000_first.sql"]);

      await rows("DELETE FROM first");
      await run();
      expect(await validIndexes()).toEqual(["first_id"]);
      expect((await rows("SELECT count(*) FROM schema_migrations")).flat()).toEqual(["2"]);
    });

    it("two concurrent runs build an index once", async () => {
      await write("0001_index.sql", INDEX);
      await write("0000_first.sql", "CREATE TABLE first (id int);");
      await write("0002_after.sql", "CREATE TABLE after (id int);");
      const outcomes: string[] = [];
      const report = (file: string, outcome: string) => outcomes.push(`${file} ${outcome}`);

      await Promise.all([run({ directory, report }), run({ directory, report })]);

      const files = ["0000_first.sql", "0001_index.sql", "0002_after.sql"];
      expect(outcomes.sort()).toEqual(files.flatMap((file) => [`${file} already applied`, `${file} applied`]));
      expect(await validIndexes()).toEqual(["first_id"]);
    });

    it.each([
      ["an index that is not dropped first", "CREATE INDEX CONCURRENTLY first_id ON first (id);"],
      ["another index dropped", INDEX.replace("EXISTS first_id", "EXISTS other")],
      ["another statement", `${INDEX}--> statement-breakpoint\nUPDATE first SET id = 2;`],
      ["two statements in one", INDEX.replace("--> statement-breakpoint", "")],
      ["an index that is not built concurrently", INDEX.replace("INDEX CONCURRENTLY first", "INDEX first")],
    ])("a file without a transaction is refused with %s", async (_, text) => {
      await write("0001_index.sql", text.startsWith("--") ? text : `-- migrate: no transaction\n${text}`);

      await expect(run()).rejects.toThrow("0001_index.sql runs in no transaction, so it may only have pairs");
      expect(await validIndexes()).toEqual([]);
    });
  });

  it("the migration to the new event form refuses a database with old events and changes nothing", async () => {
    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
    for (const file of files.filter((name) => name < "0004")) await cp(join(MIGRATIONS, file), join(directory, file));
    await run();
    await postgres.session((session) => session.script(OLD_EVENT));

    await expect(run({})).rejects.toThrow(
      /^0004_board_core\.sql: board_events holds events of an older form; start with an empty database \(locally: npm start -- --reset\); nothing of this file was kept$/,
    );

    expect(await tables()).not.toContain("board_pots");
    expect(await rows("SELECT type FROM board_events")).toEqual([["board_expired"]]);
  });

  it("the migration to sandboxes moves test keys to the sandbox of their partner, and leaves live keys", async () => {
    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
    for (const file of files.filter((name) => name < "0022")) await cp(join(MIGRATIONS, file), join(directory, file));
    await run();
    await postgres.session((session) => session.script(KEYS));
    await run({});

    const keys = await rows(`
      SELECT k.key_prefix, p.name, k.partner_name, l.name FROM api_keys k JOIN partners p ON p.id = k.partner_id
      LEFT JOIN partner_sandboxes s ON s.sandbox_partner_id = p.id LEFT JOIN partners l ON l.id = s.partner_id
      ORDER BY k.key_prefix`);
    expect(keys).toEqual([
      ["cpk_live_aaa", "Live only", "Live only", null],
      ["cpk_live_bbb", "Both", "Both", null],
      ["cpk_test_bbb", SANDBOX, SANDBOX, "Both"],
    ]);
    expect(await rows("SELECT count(*) FROM partners WHERE name <> 'Default Partner'")).toEqual([["3"]]);
  });
});

const SANDBOX = "Both (sandbox 000000000002)";
const KEYS = `
  INSERT INTO partners (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Live only'),
    ('00000000-0000-7000-8000-000000000002', 'Both');
  INSERT INTO api_keys (partner_id, partner_name, key_hash, key_prefix) VALUES
    ('00000000-0000-7000-8000-000000000001', 'Live only', 'x', 'cpk_live_aaa'),
    ('00000000-0000-7000-8000-000000000002', 'Both', 'x', 'cpk_live_bbb'),
    ('00000000-0000-7000-8000-000000000002', 'Both', 'x', 'cpk_test_bbb');`;

/** One event of the form before 0004, with the rows it refers to. */
const OLD_EVENT = `
  INSERT INTO partners (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Partner');
  INSERT INTO hosts (id, email) VALUES ('00000000-0000-7000-8000-000000000002', 'host@example.org');
  INSERT INTO dream_boards (id, partner_id, host_id, slug, child_name, child_photo_url, birthday_date, gift_type,
    gift_data, overflow_gift_data, goal_cents, payout_method, deadline, payout_email)
  VALUES ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001',
    '00000000-0000-7000-8000-000000000002', 'maya', 'Maya', '/maya.jpg', '2027-03-14', 'takealot_product', '{}', '{}',
    250000, 'takealot_gift_card', '2027-03-13T22:00:00Z', 'family@example.org');
  INSERT INTO board_events (dream_board_id, seq, type, data, at, hash)
  VALUES ('00000000-0000-7000-8000-000000000003', 1, 'board_expired', '{"type": "board_expired"}', now(),
    repeat('0', 64));`;

describe("node migrations/migrate.ts", () => {
  it("node migrations/migrate.ts reports that DATABASE_URL is missing", async () => {
    expect(await node({})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^migrate: DATABASE_URL is not set; /),
    });
  });

  it("node migrations/migrate.ts refuses the pooled address", async () => {
    const { code, stderr } = await node({
      DATABASE_URL: "postgres://user:hunter2@ep-cool-pooler.london.example/chipin",
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^migrate: DATABASE_URL is the pooled address, .*without -pooler$/m);
  });

  it("node migrations/migrate.ts reports that Postgres is unreachable, without the password", async () => {
    const { code, stderr } = await node({ DATABASE_URL: "postgres://someone:hunter2@127.0.0.1:1/chipin" });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^migrate: cannot reach Postgres at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect(stderr).not.toContain("hunter2");
  });

  it.runIf(process.env.TEST_POSTGRES_URL)(
    "node migrations/migrate.ts migrates a real Postgres and prints a line per file",
    async () => {
      const environment = { DATABASE_URL: postgres.url ?? "" };

      const first = await node(environment);
      const second = await node(environment);

      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout).toMatch(/^0000_specified_schema\.sql {2}applied\n0001_own_tables\.sql {2}applied\n/);
      expect(second).toMatchObject({ code: 0, stdout: first.stdout.replaceAll("applied", "already applied") });
    },
  );
});

async function node(environment: Record<string, string>) {
  const child = spawn(process.execPath, [SCRIPT], { env: { ...process.env, DATABASE_URL: "", ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}
