import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { DEMO_BOARDS } from "./demo-boards.ts";
import { contributeAsGuest } from "./guest.ts";
import type { OperatorRequest } from "./operator/arguments.ts";
import { call, type OperatorSettings } from "./operator/call.ts";
import { recoverPostgres } from "./operator/recover-postgres.ts";
import { verifyOnline } from "./operator/verify-ledger.ts";
import { type Platform, startPlatform } from "./platform.ts";

/*
 * The recovery drill, `npm run drill`: loses Postgres and then every board's object on a platform of its own, brings both
 * back by the commands of docs/operate.md, and checks the books after each. `DRILL_POSTGRES_URL` is a Postgres on this
 * machine where databases may be made; the drill makes three and drops them.
 */

const NAMES = { live: "chipin_drill", before: "chipin_drill_before", dump: "chipin_drill_dump" };
const NOTE = "the recovery drill";
const DEBIAN = "/usr/lib/postgresql";

class DrillProblem extends Error {
  override name = "DrillProblem";
}

const started = Date.now();
const directory = mkdtempSync(join(tmpdir(), "chipin-drill-"));
/** The one that runs now. */
const running: { platform?: Platform } = {};
try {
  await drill(serverUrl(process.env.DRILL_POSTGRES_URL));
  console.log(`\nThe drill passed in ${((Date.now() - started) / 1_000).toFixed(0)} s.`);
} catch (error) {
  console.error(`\nThe drill failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await running.platform?.stop();
  if (process.env.DRILL_POSTGRES_URL) await dropAll(process.env.DRILL_POSTGRES_URL).catch(() => undefined);
  rmSync(directory, { recursive: true, force: true });
}

async function drill(server: string): Promise<void> {
  await dropAll(server);
  await admin(server, `CREATE DATABASE ${NAMES.live}`);
  const [live, before] = [at(server, NAMES.live), at(server, NAMES.before)];
  const start = async () => {
    running.platform = await startPlatform({ directory, postgresUrl: live, seed: "keys", crons: false });
    return running.platform;
  };

  step("a platform with two boards and three payments");
  let platform = await start();
  const [maya, liam] = [await openBoard(platform, 0), await openBoard(platform, 1)];
  for (const [slug, amount] of [
    [maya.slug, "200"],
    [maya.slug, "350"],
    [liam.slug, "500"],
  ] as const)
    await pay(platform, slug, amount);
  await verify(platform, 2);

  step("Postgres is dumped");
  const file = join(directory, "chipin.dump");
  postgres("pg_dump", live, "-Fc", "-f", file);

  step("life goes on: a payment, a closed board, a new board, a new partner with a key, a new name of each");
  await pay(platform, maya.slug, "150");
  await ask(platform, {
    method: "POST",
    path: `/internal/boards/${liam.id}/close`,
    body: { note: NOTE, confirm: liam.slug },
  });
  const zoe = await openBoard(platform, 0);
  await pay(platform, zoe.slug, "100");
  const key = await newKey(platform);
  await admin(live, "UPDATE partners SET name = name || ' and friends'");
  await verify(platform, 3);

  step("Postgres is lost and restored from the dump");
  await admin(server, disconnect(NAMES.live), `ALTER DATABASE ${NAMES.live} RENAME TO ${NAMES.before}`);
  await admin(server, `CREATE DATABASE ${NAMES.live}`);
  postgres("pg_restore", live, "--no-owner", "--exit-on-error", file);
  await expectBoards(live, 2);

  step("npm run operator -- postgres recover");
  const recover = {
    before,
    restored: live,
    ask: (request: OperatorRequest) => ask(running.platform, request),
    note: NOTE,
  };
  const lines: string[] = [];
  for await (const line of recoverPostgres(recover)) {
    console.log(`  ${line}`);
    lines.push(line);
  }
  if (!lines.some((line) => /^partners {2}\d+ rows are not as they were: /.test(line))) {
    throw new DrillProblem("a partner has its old name, and the recovery did not say so");
  }
  await expectBoards(live, 3);
  await platform.restartWorker(); // isolates remember for a while which keys there are
  await expectKey(platform, key);
  await verify(platform, 3);
  const compared = JSON.stringify(await platform.runJob("compare-boards"));
  console.log(`  compare-boards ${compared}`);

  step("every object is lost");
  await platform.stop();
  loseObjects();
  platform = await start();
  await expectPages(platform, [maya, liam, zoe], 404);

  step("npm run operator -- board restore, for each board");
  for (const { id } of [maya, liam, zoe]) {
    const answer = await ask(platform, {
      method: "POST",
      path: `/internal/boards/${id}/restore`,
      body: { note: NOTE },
    });
    console.log(`  ${id}  ${JSON.stringify(answer)}`);
  }
  await platform.restartWorker(); // each isolate remembers for up to a minute that a board was not there
  await expectPages(platform, [maya, liam, zoe], 200);
  await pay(platform, maya.slug, "75");
  await verify(platform, 3);
}

function step(what: string): void {
  console.log(`\n${what}`);
}

function serverUrl(url: string | undefined): string {
  if (!url || !URL.canParse(url)) {
    throw new DrillProblem(
      "give it a Postgres on this machine where databases may be made, as in DRILL_POSTGRES_URL=postgres://postgres@127.0.0.1:5432/postgres npm run drill",
    );
  }
  if (!["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname)) {
    throw new DrillProblem("DRILL_POSTGRES_URL must be on this machine: the drill drops databases");
  }
  return url;
}

function at(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function admin(server: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function disconnect(database: string): string {
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`;
}

async function dropAll(server: string): Promise<void> {
  for (const name of Object.values(NAMES)) await admin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** Runs one of Postgres's own programs, of the newest version that is installed. */
function postgres(program: string, url: string, ...args: readonly string[]): void {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const command = versions.map((version) => join(DEBIAN, version, "bin", program)).find(existsSync) ?? program;
  execFileSync(command, ["-d", url, ...args], { stdio: ["ignore", "inherit", "inherit"] });
}

type DrillBoard = Readonly<{ id: string; slug: string }>;

async function openBoard({ worker, partner }: Platform, nth: number): Promise<DrillBoard> {
  const response = await fetch(`${worker}/v1/dream-boards`, {
    method: "POST",
    headers: { authorization: `Bearer ${partner.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(DEMO_BOARDS[nth]?.body(worker, new Date())),
  });
  if (response.status !== 201)
    throw new DrillProblem(`no board was opened: ${response.status} ${await response.text()}`);
  const { data } = (await response.json()) as { data: DrillBoard };
  return data;
}

async function pay(platform: Platform, slug: string, amount: string): Promise<void> {
  const { reference } = await contributeAsGuest(platform.worker, slug, { amount, name: "Thandi" });
  await platform.simulate({ provider: "payfast", reference, outcome: "pay" });
}

function operatorOf({ worker, secrets, admin: { email } }: Platform): OperatorSettings {
  return { origin: worker, secret: secrets.jobSecret, operator: email };
}

async function ask(from: Platform | undefined, request: OperatorRequest): Promise<unknown> {
  if (!from) throw new DrillProblem("no platform runs");
  return await (await call(operatorOf(from), request)).json();
}

async function newKey(from: Platform): Promise<string> {
  const { id } = (await ask(from, { method: "POST", path: "/internal/partners", body: { name: "Toy Town" } })) as {
    id: string;
  };
  const body = { environment: "live", scopes: ["payouts:read"] };
  const key = (await ask(from, { method: "POST", path: `/internal/partners/${id}/api-keys`, body })) as {
    token: string;
  };
  return key.token;
}

async function expectKey({ worker }: Platform, key: string): Promise<void> {
  const response = await fetch(`${worker}/v1/payouts/pending`, { headers: { authorization: `Bearer ${key}` } });
  if (response.status !== 200) throw new DrillProblem(`the new partner's key got ${response.status}`);
  console.log("  the new partner's key is accepted");
}

async function expectBoards(database: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM dream_boards");
  await client.end();
  if (rows[0]?.count !== count) throw new DrillProblem(`Postgres has ${rows[0]?.count} boards, not ${count}`);
}

async function expectPages({ worker }: Platform, boards: readonly DrillBoard[], status: number): Promise<void> {
  for (const { slug } of boards) {
    const response = await fetch(`${worker}/${slug}`);
    if (response.status !== status)
      throw new DrillProblem(`the page of ${slug} answered ${response.status}, not ${status}`);
  }
  console.log(`  ${boards.length} pages answer ${status}`);
}

async function verify(from: Platform, boards: number): Promise<void> {
  let seen = 0;
  for await (const { board, difference } of verifyOnline(operatorOf(from), { board: null, save: undefined })) {
    if (difference) throw new DrillProblem(`the books of ${board} differ: ${JSON.stringify(difference)}`);
    seen += 1;
  }
  if (seen !== boards) throw new DrillProblem(`${seen} boards have books, not ${boards}`);
  console.log(`  the books of ${seen} boards are right`);
}

/** Deletes the storage of all board objects, as the runtime keeps it in the platform's folder. */
function loseObjects(): void {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const objects = files.filter((file) => /DreamBoard.*\.sqlite/.test(file));
  if (objects.length === 0) throw new DrillProblem(`the platform kept no object below ${directory}`);
  for (const file of objects) rmSync(join(directory, file));
  console.log(`  ${objects.length} files deleted`);
}
