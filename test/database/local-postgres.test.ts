import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { PostgresUnreachable } from "../../local/postgres/local-postgres.ts";
import { startPglite } from "../../local/postgres/pglite.ts";
import { usePostgres } from "../../local/postgres/server.ts";

const WRITER = join(import.meta.dirname, "keeps-writing.ts");
const home = await mkdtemp(join(tmpdir(), "chipin-pglite-"));
afterAll(() => rm(home, { recursive: true }));

/** Starts a process that writes rows from `from` on, kills it after `count` commits, and returns its last row. */
async function writeThenKill(dataDir: string, from: number, count: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, dataDir, String(from)], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((resolve) => writer.once("exit", resolve));
  let last = -1;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    if (last === from + count) writer.kill("SIGKILL");
  }
  await gone;
  return last;
}

describe("the embedded Postgres", () => {
  it("the embedded Postgres keeps committed rows when its process is killed, and starts again", async () => {
    const dataDir = join(home, "killed");

    const first = await writeThenKill(dataDir, 0, 40);
    const second = await writeThenKill(dataDir, first + 100, 40);

    const postgres = await startPglite({ dataDir });
    const { rows } = await postgres.query({ text: "SELECT id FROM kept ORDER BY id", params: [] });
    await postgres.stop();
    const kept = rows.map(([id]) => Number(id));
    const reported = [...range(0, first), ...range(first + 100, second)];
    expect(reported.filter((id) => !kept.includes(id))).toEqual([]);
  });

  it("the embedded Postgres starts over when its first start was interrupted", async () => {
    const dataDir = join(home, "interrupted");
    await mkdir(join(`${dataDir}.new`, "base"), { recursive: true });
    await writeFile(join(`${dataDir}.new`, "PG_VERSION"), "18");

    const postgres = await startPglite({ dataDir });

    expect((await postgres.query({ text: "SELECT 1", params: [] })).rows).toEqual([["1"]]);
    await postgres.stop();
  });

  it("the embedded Postgres refuses a directory that is open elsewhere, and opens it once it is free", async () => {
    const dataDir = join(home, "killed");
    const owner = await startPglite({ dataDir });

    await expect(startPglite({ dataDir })).rejects.toThrow(/killed is open in another process; stop that one first/);
    await owner.stop();
    const next = await startPglite({ dataDir });
    await next.stop();
  });

  it("a query to a stopped embedded Postgres throws PostgresUnreachable", async () => {
    const postgres = await startPglite({ memory: "empty" });
    await postgres.stop();

    await expect(postgres.query({ text: "SELECT 1", params: [] })).rejects.toBeInstanceOf(PostgresUnreachable);
  });

  it("the embedded Postgres rolls back a transaction that a session leaves open", async () => {
    const postgres = await startPglite({ memory: "empty" });
    await postgres.session((session) => session.script("BEGIN; CREATE TABLE half (id int)"));

    await expect(postgres.query({ text: "SELECT * FROM half", params: [] })).rejects.toMatchObject({
      fields: { code: "42P01" },
    });
    await postgres.stop();
  });
});

describe("an unreachable Postgres", () => {
  it("the error about an unreachable Postgres names its address and not its password", async () => {
    const postgres = usePostgres("postgres://someone:hunter2@127.0.0.1:1/chipin");

    const error = await postgres.session(() => Promise.resolve()).catch((thrown: unknown) => thrown);
    await postgres.stop();

    expect(error).toBeInstanceOf(PostgresUnreachable);
    expect(String(error)).toMatch(/cannot reach Postgres at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect(String(error)).not.toContain("hunter2");
  });
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
