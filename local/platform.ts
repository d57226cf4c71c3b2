import { createHash } from "node:crypto";
import { join } from "node:path";
import { connect, type Database } from "#database/client";
import type { BoardInspection } from "#platform/objects";
import { settingsOf } from "#platform/settings";
import { MigrationError, migrate } from "../migrations/migrate.ts";
import { consoleApp } from "./console/app.ts";
import { openDataFolder } from "./data-folder.ts";
import { HOST_EMAIL } from "./demo-boards.ts";
import { serveEdgeCache } from "./edge-cache/serve.ts";
import type { SharedCache } from "./edge-cache/shared-cache.ts";
import { ADMIN_EMAIL, type Secrets, secretsOf, workerSettings } from "./environment.ts";
import { runJob, startCrons } from "./jobs.ts";
import { Mailbox } from "./mailbox.ts";
import { createNeonGateway, type NeonGateway } from "./neon-gateway.ts";
import { openPostgres } from "./open-postgres.ts";
import { findFreePort, HOST, PlatformProblem, PortTaken, requireFreePort } from "./ports.ts";
import type { LocalPostgres } from "./postgres/local-postgres.ts";
import { endpointSecrets, WebhookReceiver } from "./receiver.ts";
import { readProgress, type Seeded, type SeededPartner, seed } from "./seed.ts";
import { listen } from "./serve.ts";
import type { CallbackResult, Outcome, ProviderName } from "./simulators/outcomes.ts";
import {
  type Counterparties,
  createCounterparties,
  createSimulators,
  type Simulators,
} from "./simulators/simulators.ts";
import { ROOT } from "./worker/build-options.ts";
import type { LogLine } from "./worker/messages.ts";
import { type WorkerNews, WorkerProcess } from "./worker/worker-process.ts";

export type PlatformOptions = {
  /** 0 for any free pair; the console takes the port after it */
  port?: number;
  /** nothing is kept */
  ephemeral?: boolean;
  /** what was kept is deleted first */
  reset?: boolean;
  /** settings of the Worker, over those the platform would choose */
  set?: Readonly<Record<string, string>>;
  /** a real Postgres; the embedded one without */
  postgresUrl?: string | undefined;
  /** where things are kept */
  directory?: string;
  /** `keys` makes the partners only; `demo` also boards, contributions and a webhook endpoint */
  seed?: "keys" | "demo";
  /** whether the Worker's cron runs every minute by itself */
  crons?: boolean;
  /** whether a changed source file rebuilds the Worker */
  watch?: boolean;
  /** whether a cache stands before the Worker, as on Cloudflare */
  edgeCache?: boolean;
  report?: (step: string) => void;
  news?: WorkerNews;
};

export type Platform = Simulators & {
  /** origins, without a trailing slash */
  worker: string;
  console: string;
  partner: SeededPartner;
  otherPartner: SeededPartner;
  /** of `partner` */
  sandbox: SeededPartner;
  boards: { id: string; slug: string; url: string }[];
  host: { email: string };
  admin: { email: string };
  secrets: Secrets;
  postgres: LocalPostgres;
  /** between the Worker and Postgres; can be paused */
  gateway: NeonGateway;
  /** Postgres as the Worker sees it, through the gateway */
  database: Database;
  /** who receives payouts, and `books` of what they were paid */
  counterparties: Counterparties;
  mailbox: Mailbox;
  receiver: WebhookReceiver;
  /** null without one */
  edgeCache: SharedCache | null;
  /** @returns what the job's route answered @throws Error when it was not 200 */
  runJob(name: string, now?: Date): Promise<unknown>;
  /** Fires one cron trigger of the Worker now. */
  runCron(cron: string): Promise<void>;
  /** @returns what our callback route answered to each notice @throws Error for an unknown reference */
  simulate(payment: { provider: ProviderName; reference: string; outcome: Outcome }): Promise<CallbackResult[]>;
  /** Ends the Workers runtime as a crash does, and resolves when it serves again on the same storage. */
  restartWorker(how?: { signal?: NodeJS.Signals }): Promise<void>;
  /** of the Workers runtime */
  workerPid(): number | null;
  workerLog(): Promise<LogLine[]>;
  /** The state of a board's log, read from its object. */
  inspectBoard(code: string): Promise<BoardInspection>;
  stop(): Promise<void>;
};

/** With ports of its own choice it begins again with others when a chosen one was taken meanwhile. */
const MAX_TRIES = 5;

/**
 * Starts everything ChipIn needs to run on one machine.
 * @throws PlatformProblem for a problem that a person can solve: a port in use, an unreachable Postgres.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  for (let attempt = 1; ; attempt += 1) {
    // When a later step fails, the started parts are stopped in reverse order.
    const started = new AsyncDisposableStack();
    try {
      return await start(options, started);
    } catch (error) {
      await started.disposeAsync();
      const mayChoose = !options.port && attempt < MAX_TRIES;
      if (!(error instanceof PortTaken && mayChoose)) throw error;
    }
  }
}

async function start(options: PlatformOptions, started: AsyncDisposableStack): Promise<Platform> {
  const { postgresUrl, report = () => {} } = options;
  const ports = await choosePorts(options.port ?? 0);
  const origins = { worker: `http://${HOST}:${ports.worker}`, console: `http://${HOST}:${ports.console}` };
  const keep = keeper(options);
  // The driver tells databases apart by their address, so the embedded one gets an address of its own.
  const databaseUrl = postgresUrl ?? `postgres://chipin:local@${HOST}:${ports.console}/chipin`;
  const purging = options.edgeCache ? { LOCAL_EDGE_CACHE_URL: `${origins.console}/edge-cache/purge` } : {};
  const set = { ...purging, ...options.set };
  const settings = workerSettings({ ...origins, databaseUrl }, keep("secrets.json"), set);
  requireUsable(settings);
  const secrets = secretsOf(settings);

  const progress = readProgress(keep("seed.json"));

  report(postgresUrl ? "connecting to Postgres" : "starting the embedded Postgres");
  const postgres = await openPostgres(postgresUrl, keep("postgres"));
  started.defer(() => postgres.stop());
  const gateway = createNeonGateway(postgres);
  const database = connect({ databaseUrl, neonHttpEndpoint: `${origins.console}/sql` });

  const worker = new WorkerProcess(options.news);
  started.defer(() => worker.stop());
  const mailbox = new Mailbox(keep("mail.jsonl"));
  const receiver = new WebhookReceiver(keep("webhooks.jsonl"), endpointSecrets(postgres, settings));
  const simulators = simulateProviders(settings, origins.console, keep, worker);
  const counterparties = createCounterparties({ settings, keep });
  started.defer(() => {
    for (const simulator of Object.values(simulators)) simulator.stop();
  });

  // With a cache the Worker is behind it, on a port that is told to nothing else.
  const workerPort = options.edgeCache ? await findFreePort() : ports.worker;
  const edge = options.edgeCache ? await serveEdgeCache({ port: ports.worker, workerPort }) : null;
  started.defer(async () => edge?.stop());

  let seeded: Seeded | null = null;
  const app = consoleApp({
    ...origins,
    postgres,
    gateway,
    simulators,
    counterparties,
    mailbox,
    receiver,
    jobSecret: secrets.jobSecret,
    hostEmail: HOST_EMAIL,
    adminEmail: ADMIN_EMAIL,
    partner: () => seeded?.partner ?? null,
    workerLog: () => worker.log(),
    purge: (tags) => edge?.cache.purge(tags) ?? 0,
  });
  started.defer(await listen(app.fetch, ports.console));

  report("starting the Worker");
  const kept = { persistTo: keep("worker"), logFile: keep("worker.log") };
  await Promise.all([
    applyMigrations(postgres),
    worker.start({ port: workerPort, settings, watch: options.watch ?? false, ...kept }),
  ]);

  const places = { path: keep("seed.json"), worker: origins.worker, receiver: `${origins.console}/receiver` };
  seeded = await seed({ extent: options.seed ?? "demo", database, simulators, report, progress, ...places });
  for (const simulator of Object.values(simulators)) simulator.resume();
  if (options.crons ?? true) started.defer(startCrons(worker));

  return {
    ...origins,
    partner: seeded.partner,
    otherPartner: seeded.otherPartner,
    sandbox: seeded.sandbox,
    boards: seeded.boards.map(({ id, slug }) => ({ id, slug, url: `${origins.worker}/${slug}` })),
    host: { email: HOST_EMAIL },
    admin: { email: ADMIN_EMAIL },
    ...simulators,
    secrets,
    postgres,
    gateway,
    database,
    counterparties,
    mailbox,
    receiver,
    edgeCache: edge?.cache ?? null,
    runJob: (name, now) => runJob(origins.worker, name, now),
    runCron: (cron) => worker.runCron(cron),
    simulate: async ({ provider, reference, outcome }) => {
      const callbacks = await simulators[provider].simulate(reference, outcome);
      if (!callbacks) throw new Error(`no payment has the reference ${reference}`);
      return callbacks;
    },
    restartWorker: ({ signal = "SIGKILL" } = {}) => worker.restart(signal),
    workerPid: () => worker.runtimePid,
    workerLog: () => worker.log(),
    inspectBoard: (code) => worker.inspectBoard(code),
    stop: () => started.disposeAsync(),
  };
}

/** Checks the settings at the start. The Worker would only refuse them on its first request. */
function requireUsable(settings: Readonly<Record<string, string>>): void {
  try {
    settingsOf({ ENVIRONMENT: "development", ...settings });
  } catch (error) {
    throw new PlatformProblem(error instanceof Error ? error.message : String(error));
  }
}

async function choosePorts(port: number): Promise<{ worker: number; console: number }> {
  if (port === 0) {
    const worker = await findFreePort(2);
    return { worker, console: worker + 1 };
  }
  await requireFreePort(port, "the Worker");
  await requireFreePort(port + 1, "the console");
  return { worker: port, console: port + 1 };
}

/** The sentence of a migration that is refused says what to do. */
async function applyMigrations(postgres: LocalPostgres): Promise<void> {
  try {
    await postgres.session((session) => migrate(session));
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    throw new PlatformProblem(error.message);
  }
}

type Keep = (name: string) => string | null;

/** The path of a kept file, or null when nothing is kept. Each Postgres has files of its own. */
function keeper({ ephemeral = false, reset = false, directory, postgresUrl }: PlatformOptions): Keep {
  if (ephemeral) return () => null;
  const root = directory ?? join(ROOT, ".local");
  const mark = postgresUrl && createHash("sha256").update(postgresUrl).digest("hex").slice(0, 8);
  const home = mark ? join(root, `postgres-${mark}`) : root;
  openDataFolder(home, { reset, isOfRealPostgres: mark !== undefined });
  return (name) => join(home, name);
}

function simulateProviders(
  settings: Readonly<Record<string, string>>,
  origin: string,
  keep: Keep,
  worker: WorkerProcess,
): Simulators {
  const findContribution = (provider: ProviderName) => async (reference: string) => {
    const receipt = await worker.receipt(reference);
    return receipt?.provider === provider ? { amountCents: receipt.amount } : null;
  };
  return createSimulators({ settings, origin, keep, findContribution });
}
