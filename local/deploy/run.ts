import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig as readConfig } from "wrangler";
import { settingsOf } from "#platform/settings";
import { migrate } from "../../migrations/migrate.ts";
import { openPostgres } from "../open-postgres.ts";
import { startPlatform } from "../platform.ts";
import { ROOT } from "../worker/build-options.ts";
import { missingFactsInWords } from "./missing-facts.ts";
import { SmokeProblem, smoke } from "./smoke.ts";

const USAGE = `npm run deploy:staging -- --secrets FILE --dry-run       everything that can be tried without an account
npm run deploy:staging [-- --secrets FILE]               migrate, deploy, smoke
npm run deploy:production [-- --at-once]                 migrate, upload, 10 %, smoke, 100 %; --at-once for a class migration

--secrets FILE is JSON outside the repository; it is uploaded with the deployment, and needed the first time only.
DATABASE_URL is Neon's direct string, for the migrations. CHIPIN_API_KEY is the key of the partner for the smoke test.
--first deploys without the smoke test, for a Worker that has no partner yet. Put the key and run npm run smoke then.`;

type Environment = "staging" | "production";
type Options = { secrets?: string | undefined; dryRun: boolean; atOnce: boolean; first: boolean };

/** A sentence with the remedy. */
class DeployProblem extends Error {
  override name = "DeployProblem";
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      secrets: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      "at-once": { type: "boolean", default: false },
      first: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [environment, ...more] = positionals;
  if (values.help) console.log(USAGE);
  else if ((environment !== "staging" && environment !== "production") || more.length > 0)
    throw new DeployProblem(USAGE);
  else {
    await deploy(environment, {
      secrets: values.secrets,
      dryRun: values["dry-run"],
      atOnce: values["at-once"],
      first: values.first,
    });
  }
} catch (error) {
  const isSentence = error instanceof DeployProblem || error instanceof SmokeProblem;
  console.error(isSentence ? `\n${error.message}` : error);
  process.exitCode = 1;
}

async function deploy(environment: Environment, options: Options): Promise<void> {
  const config = readConfig({ config: join(ROOT, "wrangler.toml"), env: environment });
  const { PUBLIC_ORIGIN, API_ORIGIN } = config.vars as Record<string, string>;
  if (!config.name || !PUBLIC_ORIGIN || !API_ORIGIN) throw new DeployProblem("wrangler.toml lacks a name or an origin");

  title("what is deployed");
  const message = describeCommit(options.dryRun);
  console.log(`${message} → ${config.name}`);

  title("settings");
  checkSettings(config.vars, options.secrets);

  if (environment === "production") {
    title("the texts of the plain pages");
    checkTexts(options.dryRun);
  }

  title("the modules, as wrangler uploads them");
  wrangler(["deploy", "--dry-run", "--outdir", join(tmpdir(), "chipin-modules"), "--env", environment, "--strict"]);

  title("the database");
  await migrateDatabase(options.dryRun);

  if (options.dryRun) {
    wrangler(["triggers", "deploy", "--dry-run", "--env", environment]);
    await rehearse(environment);
    return;
  }

  const secrets = options.secrets ? ["--secrets-file", options.secrets] : [];
  const common = ["--env", environment, "--strict", "--message", message, ...secrets];
  if (environment === "staging" || options.first || options.atOnce) {
    title("deploy to 100 %");
    wrangler(["deploy", ...common]);
    if (options.first)
      return console.log("No smoke test yet: make a partner, then npm run smoke. (docs/deploy.md 9, 10)");
    title("smoke");
    return await smoke({ origin: PUBLIC_ORIGIN, api: API_ORIGIN, apiKey: smokeKeyOf(), print: console.log });
  }

  const apiKey = smokeKeyOf();
  title("upload, without traffic");
  const uploaded = join(tmpdir(), `chipin-upload-${process.pid}.ndjson`);
  writeFileSync(uploaded, "");
  wrangler(["versions", "upload", ...common], { WRANGLER_OUTPUT_FILE_PATH: uploaded }, CLASS_MIGRATION);
  const version = uploadedVersion(readFileSync(uploaded, "utf8"));

  title("10 % of the traffic");
  const toVersion = (share: string) => ["versions", "deploy", ...share.split(" "), "--env", environment, "--yes"];
  wrangler([...toVersion(`${version}@10 ${currentVersion(environment)}@90`), "--message", message]);
  title("smoke, of the new version");
  await smoke({
    origin: PUBLIC_ORIGIN,
    api: API_ORIGIN,
    apiKey,
    version: { worker: config.name, id: version },
    print: console.log,
  }).catch((error: unknown) => {
    if (!(error instanceof SmokeProblem)) throw error;
    throw new DeployProblem(
      `${error.message}\nThe new version has 10 % of the traffic. Take it away: npx wrangler rollback --env ${environment}`,
    );
  });
  title("100 %");
  wrangler([...toVersion(`${version}@100`), "--message", message]);
  // A version holds no domains, crons or queue consumers.
  title("domains, crons and queue consumers");
  wrangler(["triggers", "deploy", "--env", environment]);
}

const CLASS_MIGRATION =
  "If wrangler names a migration of a Durable Object class: such a release cannot be split. Deploy it with -- --at-once; it cannot be rolled back across.";

/** Every part that needs no account: what wrangler would upload is made above; the smoke test runs on this machine. */
async function rehearse(environment: Environment): Promise<void> {
  title("smoke, on the local platform");
  const platform = await startPlatform({ ephemeral: true, seed: "keys", crons: false });
  try {
    await smoke({ origin: platform.worker, apiKey: platform.partner.apiKey, print: console.log });
  } finally {
    await platform.stop();
  }
  console.log(`\nNothing was uploaded. To deploy: npm run deploy:${environment} -- --secrets FILE`);
}

/** `a1b2c3d subject`, with the tag if there is one. A dry run accepts changes that are not committed. */
function describeCommit(dryRun: boolean): string {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: ROOT, encoding: "utf8" }).stdout?.trim() ?? "";
  const changed = git("status", "--porcelain", "--untracked-files=no");
  if (changed && !dryRun)
    throw new DeployProblem("there are changes that are not committed: commit or stash them first");
  if (changed) console.log("changes that are not committed: a deployment refuses them");
  const tag = git("tag", "--points-at", "HEAD").split("\n")[0];
  const commit = git("log", "-1", "--format=%h %s");
  if (!commit) throw new DeployProblem("git shows no commit here: deploy from a clone of the repository");
  return `${tag ? `${tag} ` : ""}${commit}`.slice(0, 100);
}

/** The variables of the environment and the secrets of the file, judged as the Worker will. */
function checkSettings(vars: Record<string, unknown>, file: string | undefined): void {
  if (!file) {
    console.log("no --secrets FILE: the Worker's stored secrets are used and not checked here");
    return;
  }
  const secrets = readSecrets(file);
  try {
    settingsOf({ ...vars, ...secrets });
  } catch (error) {
    throw new DeployProblem(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  console.log(`${Object.keys(secrets).length} secrets, usable`);
}

/** A dry run lists what is missing and goes on. */
function checkTexts(dryRun: boolean): void {
  const missing = missingFactsInWords();
  if (missing && !dryRun) throw new DeployProblem(`${missing}\nFill them in, and have a lawyer read the pages.`);
  console.log(missing ? `${missing}\na deployment refuses them` : "complete");
}

function readSecrets(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new DeployProblem(`${file} cannot be read as JSON: write it as docs/deploy.md 7 shows`);
  }
}

async function migrateDatabase(dryRun: boolean): Promise<void> {
  if (!dryRun) {
    if (!process.env.DATABASE_URL) {
      throw new DeployProblem("DATABASE_URL is not set: it is Neon's direct string, without -pooler");
    }
    return run(
      process.execPath,
      [join(ROOT, "migrations/migrate.ts")],
      {},
      "The sentence above says what to mend. Nothing was deployed.",
    );
  }
  let files = 0;
  const postgres = await openPostgres(undefined, null);
  try {
    await postgres.session((session) => migrate(session, { report: () => (files += 1) }));
  } finally {
    await postgres.stop();
  }
  console.log(`${files} files apply to an empty Postgres; your own database was not touched`);
}

function smokeKeyOf(): string {
  const key = process.env.CHIPIN_API_KEY;
  if (key) return key;
  throw new DeployProblem(
    "CHIPIN_API_KEY is not set: it is the key of the partner for the smoke test; with none yet: -- --first",
  );
}

/** Wrangler writes a line of JSON for each thing it did. */
function uploadedVersion(lines: string): string {
  for (const line of lines.split("\n").filter(Boolean)) {
    const { type, version_id: id } = JSON.parse(line) as { type: string; version_id?: string };
    if (type === "version-upload" && id) return id;
  }
  throw new DeployProblem("wrangler did not say which version it uploaded: see npx wrangler versions list");
}

/** The version that has the traffic now. */
function currentVersion(environment: Environment): string {
  const args = ["wrangler", "deployments", "status", "--json", "--env", environment];
  const { stdout } = spawnSync("npx", args, { cwd: ROOT, encoding: "utf8" });
  const versions = /\{[\s\S]*\}/.exec(stdout ?? "")?.[0];
  const deployed: { versions?: { version_id: string; percentage: number }[] } = versions ? JSON.parse(versions) : {};
  const [largest] = (deployed.versions ?? []).toSorted((one, other) => other.percentage - one.percentage);
  if (largest) return largest.version_id;
  throw new DeployProblem("no version is deployed yet: deploy the first one with -- --first");
}

function wrangler(args: readonly string[], env: Record<string, string> = {}, hint = ""): void {
  run("npx", ["wrangler", ...args], env, hint || "Wrangler's words are above. Are you logged in (npx wrangler login)?");
}

function run(command: string, args: readonly string[], env: Record<string, string>, hint: string): void {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0)
    throw new DeployProblem(`${args.slice(0, 3).join(" ")} failed${error ? `: ${error.message}` : ""}. ${hint}`);
}

function title(text: string): void {
  console.log(`\n== ${text}`);
}
