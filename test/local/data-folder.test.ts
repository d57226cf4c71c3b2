import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDataFolder } from "../../local/data-folder.ts";
import { JsonLines } from "../../local/json-lines.ts";
import { startPlatform } from "../../local/platform.ts";
import { PlatformProblem } from "../../local/ports.ts";
import { startPglite } from "../../local/postgres/pglite.ts";
import { eventually } from "../support/eventually.ts";

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
  const sentence = `The data in ${directory} are of another release and cannot be read; delete them and start anew: npm start -- --reset --directory ${directory}`;

  await expect(startPlatform({ directory })).rejects.toThrow(new PlatformProblem(sentence));
  writeFileSync(join(directory, "format"), "999\n");
  expect(() => openDataFolder(directory, EMBEDDED)).toThrow(new PlatformProblem(sentence));

  expect(readdirSync(directory).sort()).toEqual(["format", "notes.txt", "secrets.json", "worker"]);
});

it("npm start reports kept data that are damaged in one sentence that names the file and the folder to reset", async () => {
  const anew = `start anew: npm start -- --reset --directory ${directory}`;
  const rows = [
    ["secrets.json", "{", `${join(directory, "secrets.json")} cannot be read; ${anew}`],
    ["secrets.json", '{"jobSecret":7}', `${join(directory, "secrets.json")} cannot be read; ${anew}`],
    ["seed.json", "not JSON", `${join(directory, "seed.json")} cannot be read; ${anew}`],
    ["seed.json", '{"boards":[]}', `${join(directory, "seed.json")} cannot be read; ${anew}`],
    [
      "postgres/base",
      "",
      `The database in ${join(directory, "postgres")} cannot be opened (its file PG_VERSION is missing); ${anew}`,
    ],
  ];
  for (const [file = "", content = "", sentence = ""] of rows) {
    rmSync(directory, { recursive: true });
    openDataFolder(directory, EMBEDDED);
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);

    await expect(startPlatform({ directory, seed: "keys", crons: false })).rejects.toThrow(
      new PlatformProblem(sentence),
    );
  }
});

it("a full disk is a sentence where a provider's books are kept, and what was not kept is on no list", () => {
  const path = join(directory, "mail.jsonl");
  const list = new JsonLines<number>(path);
  // Opened before: to read this device never ends.
  symlinkSync("/dev/full", path);

  expect(() => list.append(1)).toThrow(
    new PlatformProblem(`The disk is full: ${path} could not be written. Make room and start again.`),
  );
  expect(list.items).toEqual([]);
});

it("the platform goes on when its log file cannot be written, and says so once", { timeout: 120_000 }, async () => {
  openDataFolder(directory, EMBEDDED);
  symlinkSync("/dev/full", join(directory, "worker.log"));
  const complaints: string[] = [];
  const news = { onComplaint: ({ message }: { message: string }) => void complaints.push(message) };
  const platform = await startPlatform({ directory, seed: "keys", crons: false, news });
  try {
    for (let nth = 0; nth < 3; nth += 1) expect((await fetch(`${platform.worker}/health/live`)).status).toBe(200);
    await eventually(() => complaints.some((line) => line.includes("worker.log")));
    expect((await fetch(`${platform.worker}/health/live`)).status).toBe(200);

    const said = complaints.filter((line) => line.includes("worker.log"));
    expect(said).toEqual([expect.stringMatching(/worker\.log is written no more: ENOSPC/)]);
  } finally {
    await platform.stop();
  }
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
