import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformProblem, startAnew } from "./ports.ts";
import { lockDataDir } from "./postgres/pglite.ts";

/** The form of what the platform keeps. It goes up when what an earlier release kept can no longer be read. */
const DATA_FORMAT = "2";

const MARKER = "format";
/** Everything the platform keeps in its folder. `platform.json` is no data. */
const KEPT = [
  "postgres",
  "worker",
  "worker.log",
  "secrets.json",
  "payfast.jsonl",
  "ozow.jsonl",
  "snapscan.jsonl",
  "payouts.jsonl",
  "mail.jsonl",
  "webhooks.jsonl",
  "seed.json",
];

/**
 * Makes the folder ready for this release: an empty one is marked with the form of its data, one with data of another form
 * is refused. `reset` deletes the data first, and nothing else in the folder.
 * @throws PlatformProblem when the data are of another form, or in use while they are to be deleted.
 */
export function openDataFolder(home: string, { reset, isOfRealPostgres }: DataFolderOptions): void {
  mkdirSync(home, { recursive: true });
  if (reset) deleteData(home, isOfRealPostgres);
  const marker = join(home, MARKER);
  const isEmpty = KEPT.every((name) => !existsSync(join(home, name)));
  if (isEmpty) writeFileSync(marker, `${DATA_FORMAT}\n`);
  else if (!existsSync(marker) || readFileSync(marker, "utf8").trim() !== DATA_FORMAT) {
    throw new PlatformProblem(
      isOfRealPostgres
        ? `The data in ${home} are of another release and cannot be read; give LOCAL_POSTGRES_URL an empty database.`
        : `The data in ${home} are of another release and cannot be read; delete them and ${startAnew(home)}`,
    );
  }
}

type DataFolderOptions = { reset: boolean; isOfRealPostgres: boolean };

function deleteData(home: string, isOfRealPostgres: boolean): void {
  if (isOfRealPostgres) {
    throw new PlatformProblem(
      "--reset deletes the embedded Postgres only; give LOCAL_POSTGRES_URL an empty database instead.",
    );
  }
  const unlock = lockOf(home);
  for (const name of [...KEPT, MARKER]) rmSync(join(home, name), { recursive: true, force: true });
  unlock();
}

function lockOf(home: string): () => void {
  try {
    return lockDataDir(join(home, "postgres"));
  } catch {
    throw new PlatformProblem(`ChipIn is running from ${home}; stop it before its data are deleted.`);
  }
}
