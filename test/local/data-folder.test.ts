import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDataFolder } from "../../local/data-folder.ts";
import { startPlatform } from "../../local/platform.ts";
import { PlatformProblem } from "../../local/ports.ts";
import { startPglite } from "../../local/postgres/pglite.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chipin-data-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const EMBEDDED = { reset: false, isOfRealPostgres: false };
const marker = () => readFileSync(join(directory, "format"), "utf8");

/** Data of a release without the marker, and a file that does not belong to the platform. */
function keepOldData(): void {
  mkdirSync(join(directory, "worker", "do"), { recursive: true });
  writeFileSync(join(directory, "secrets.json"), "{}");
  writeFileSync(join(directory, "notes.txt"), "mine");
}

it("an empty folder is marked with the form of its data and can be opened again", () => {
  openDataFolder(join(directory, "new"), EMBEDDED);
  openDataFolder(directory, EMBEDDED);
  writeFileSync(join(directory, "seed.json"), "{}");

  openDataFolder(directory, EMBEDDED);

  expect(marker()).toMatch(/^\d+\n$/);
  expect(existsSync(join(directory, "new", "format"))).toBe(true);
});

it("npm start refuses data without a marker, or with another one, in one sentence that names --reset", async () => {
  keepOldData();
  const sentence = `The data in ${directory} are of another release and cannot be read; delete them and start anew: npm start -- --reset`;

  await expect(startPlatform({ directory })).rejects.toThrow(new PlatformProblem(sentence));
  writeFileSync(join(directory, "format"), "999\n");
  expect(() => openDataFolder(directory, EMBEDDED)).toThrow(new PlatformProblem(sentence));

  expect(readdirSync(directory).sort()).toEqual(["format", "notes.txt", "secrets.json", "worker"]);
});

it("--reset deletes the platform's data and no other file, and marks the folder", () => {
  keepOldData();

  openDataFolder(directory, { ...EMBEDDED, reset: true });

  expect(readdirSync(directory).filter((name) => !name.endsWith(".lock"))).toEqual(["format", "notes.txt"]);
  openDataFolder(directory, EMBEDDED);
});

it("--reset deletes nothing while a platform runs from the folder", async () => {
  keepOldData();
  const postgres = await startPglite({ dataDir: join(directory, "postgres") });

  try {
    expect(() => openDataFolder(directory, { ...EMBEDDED, reset: true })).toThrow(/^ChipIn is running from .* stop it/);
  } finally {
    await postgres.stop();
  }

  expect(existsSync(join(directory, "secrets.json"))).toBe(true);
});

it("npm start reports a database that a migration refuses in the words of the migration", async () => {
  openDataFolder(directory, EMBEDDED);
  const postgres = await startPglite({ dataDir: join(directory, "postgres") });
  const journal = `
    CREATE TABLE schema_migrations (name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz);
    INSERT INTO schema_migrations VALUES ('0000_specified_schema.sql', 'another', now())`;
  await postgres.session((session) => session.script(journal));
  await postgres.stop();

  await expect(startPlatform({ directory })).rejects.toThrow(
    new PlatformProblem(
      "0000_specified_schema.sql was changed after it was applied here; restore it and put the change in a new file",
    ),
  );
});

it("old data with a configured Postgres are refused, and --reset deletes nothing", () => {
  keepOldData();
  const isOfRealPostgres = true;

  for (const reset of [true, false]) {
    expect(() => openDataFolder(directory, { reset, isOfRealPostgres })).toThrow(
      /give LOCAL_POSTGRES_URL an empty database/,
    );
  }

  expect(existsSync(join(directory, "secrets.json"))).toBe(true);
});
