import { join, resolve } from "node:path";
import { alertPrinter } from "./alert-printer.ts";
import { readArguments, type StartArguments, USAGE } from "./arguments.ts";
import { createBoardCurl } from "./first-curl.ts";
import { HandleFile } from "./handle-file.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { DEFAULT_HOME, isDiskFull, PlatformProblem } from "./ports.ts";

const startedAt = performance.now();

try {
  const args = readArguments(process.argv.slice(2));
  if (args.help) console.log(USAGE);
  else await run(args);
} catch (error) {
  explain("ChipIn could not start:", error);
  process.exit(1);
}

/** What a person can solve is one sentence, anything else is shown in full. */
function explain(what: string, error: unknown): void {
  if (error instanceof PlatformProblem) console.error(`\n${error.message}\n`);
  else if (isDiskFull(error))
    console.error(`\nThe disk is full (${(error as Error).message}). Make room and start again.\n`);
  else console.error(`\n${what}`, error);
}

async function run(args: StartArguments): Promise<void> {
  let stopping = false;
  const print = (line: string) => !stopping && console.log(`  ${line}`);
  const printAlert = alertPrinter((line) => print(`! ${line}`));
  let stop = async (code: number): Promise<void> => process.exit(code);
  // Registered first: a Ctrl-C during the start ends this process, and the Worker's process ends with it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));

  process.on("uncaughtException", (error) => {
    explain("ChipIn has to stop:", error);
    void stop(1);
  });

  const directory = resolve(args.directory ?? DEFAULT_HOME);
  const handle = new HandleFile(join(directory, "platform.json"));
  await handle.removeStale();
  const platform = await startPlatform({
    port: args.port,
    directory,
    ephemeral: args.ephemeral,
    reset: args.reset,
    set: args.set,
    postgresUrl: process.env.LOCAL_POSTGRES_URL || undefined,
    watch: args.watch,
    edgeCache: args.edgeCache,
    report: print,
    news: {
      onComplaint: printAlert,
      onRebuilt: () => print("the Worker was rebuilt"),
      onBuildFailed: (errors) =>
        print(`the Worker could not be rebuilt; the last good one goes on\n${errors.join("\n")}`),
      onDied: () => {
        console.error("\nThe Worker's process ended unexpectedly; start again with npm start.");
        void stop(1);
      },
    },
  });
  stop = async (code) => {
    if (stopping) return;
    stopping = true;
    console.log("\nStopping…");
    handle.remove();
    await platform.stop();
    process.exit(code);
  };
  handle.write(platform);
  console.log(welcome(platform, args));
}

function welcome(platform: Platform, args: StartArguments): string {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return `
ChipIn is running (ready in ${seconds} s)

  Site      ${platform.worker}
  Console   ${platform.console}   payments, mail, webhooks, faults
  Docs      ${platform.worker}/docs   for partners
${platform.boards.map(({ url }) => `  Board     ${url}`).join("\n")}
  Postgres  ${whereIsPostgres(platform, args)}
  API key   ${platform.partner.apiKey}
  Test key  ${platform.sandbox.apiKey}

Make a board of your own:

${createBoardCurl(platform.worker, platform.partner.apiKey, new Date())}

Open the public_url it answers, chip in, and press a button on the payment page. Then look at the console.
Ctrl-C stops everything${args.ephemeral ? " and keeps nothing" : "; npm start goes on where it was"}.
`;
}

function whereIsPostgres({ postgres }: Platform, { ephemeral, directory = ".local" }: StartArguments): string {
  if (!postgres.url) return ephemeral ? "embedded, in memory" : `embedded, kept in ${directory}`;
  const url = new URL(postgres.url);
  if (url.password) url.password = "…";
  return decodeURI(url.href);
}
