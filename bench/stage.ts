import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApiKey } from "#accounts/api-keys";
import { SCOPES } from "#accounts/scopes";
import { partners } from "#database/schema";
import { DEMO_BOARDS } from "../local/demo-boards.ts";
import { secretsOf, workerSettings } from "../local/environment.ts";
import { RAISED_LIMITS, raiseBoardsPerHost } from "../local/seed.ts";
import { startTestDatabase, type TestDatabase } from "../test/support/database.ts";
import { bundle } from "./bundle.ts";
import type { Cores } from "./cores.ts";
import type { Board, Door } from "./gifts.ts";
import {
  NOBODYS,
  OZOW_BASE_PATH,
  OZOW_SITE_CODE,
  ozowTransactionPath,
  SNAP_CODE,
  SNAPSCAN_BASE_PATH,
  snapscanPaymentPath,
  VALIDATE_PATH,
} from "./outside.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import { type Sink, startSink } from "./sink.ts";

/** Everything the rows on raw workerd need: ChipIn, what it is compared with, Postgres, and the world outside. */
export type Stage = {
  cores: Cores;
  /** For files of this run. */
  directory: string;
  runtime: Runtime;
  /**
   * Origins of ChipIn, of ChipIn without its key check, of ChipIn that believes SnapScan's notices without asking back,
   * and of the Workers they are compared with.
   */
  origins: { chipin: string; unchecked: string; unconfirmed: string; same: string; bare: string };
  /** ChipIn's, for guests and providers. */
  door: Door;
  settings: Readonly<Record<string, string>>;
  database: TestDatabase;
  sink: Sink;
  partner: { id: string; apiKey: string };
  /** A board whose goal is far away, so that it stays in gift mode. */
  openBoard(origin?: string, apiKey?: string): Promise<Board>;
  stop(): Promise<void>;
};

/** What pages and pictures are addressed by; no server listens there. */
const PUBLIC_ORIGIN = "http://127.0.0.1:8787";
/** More than any run raises, so that a board under load stays in gift mode. */
const GOAL_CENTS = 2_000_000_000;

/** Requests an hour, of which a minute may take a twentieth: more than any load makes. */
const RATE_LIMIT = 1_000_000_000;

/** The module of what stands in for rate limits. */
const UNLIMITED = "bench:unlimited";

/** What it starts is in `running` at once, so that it is stopped also when the start is interrupted. */
export async function startStage(cores: Cores, running: AsyncDisposableStack): Promise<Stage> {
  const started = running.use(new AsyncDisposableStack());
  try {
    const directory = await mkdtemp(join(tmpdir(), "chipin-bench-"));
    started.defer(() => rm(directory, { recursive: true, force: true }));
    const sink = await startSink();
    started.defer(() => sink.stop());
    const database = await startTestDatabase();
    started.defer(() => database.stop());
    const settings = settingsFor(database, sink);
    const runtime = await startRuntime(directory, await workers(settings, sink), {
      cores,
      extensions: { [UNLIMITED]: await bundle("bench/workers/unlimited.ts") },
    });
    started.defer(() => runtime.stop());
    const { chipin = "", unchecked = "", unconfirmed = "", same = "", bare = "" } = runtime.origins;
    const door = { origin: chipin, publicOrigin: PUBLIC_ORIGIN, secrets: secretsOf(settings) };
    const partner = await makePartner(database);
    await subscribe(chipin, partner.apiKey, sink);
    return {
      cores,
      directory,
      runtime,
      database,
      sink,
      partner,
      settings,
      door,
      origins: { chipin, unchecked, unconfirmed, same, bare },
      openBoard: (origin = chipin, apiKey = partner.apiKey) => openBoard(origin, apiKey, PUBLIC_ORIGIN),
      stop: () => started.disposeAsync(),
    };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** The same stage, through the door of another of its builds of ChipIn, whose boards are its own. */
export function through(origin: string, stage: Stage): Stage {
  return {
    ...stage,
    door: { ...stage.door, origin },
    openBoard: (at = origin, apiKey) => stage.openBoard(at, apiKey),
  };
}

export const WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The partner wants to hear of every contribution, at the sink. */
export async function subscribe(origin: string, apiKey: string, sink: Pick<Sink, "origin">): Promise<void> {
  const endpoint = { url: `${sink.origin}/hook`, events: ["contribution.received"], secret: WEBHOOK_SECRET };
  await post(origin, "/v1/webhooks", apiKey, endpoint);
}

export async function openBoard(origin: string, apiKey: string, publicOrigin: string): Promise<Board> {
  const [demo] = DEMO_BOARDS;
  if (!demo) throw new Error("there is no demo board to copy");
  const body = { ...demo.body(publicOrigin, new Date()), goal_cents: GOAL_CENTS };
  return post<Board>(origin, "/v1/dream-boards", apiKey, body);
}

async function makePartner({ db }: TestDatabase): Promise<Stage["partner"]> {
  const [partner] = await db.insert(partners).values({ name: "Benchmark Toys" }).returning({ id: partners.id });
  if (!partner) throw new Error("the partner was not made");
  await raiseBoardsPerHost(db, partner.id, RAISED_LIMITS.boardsPerHost);
  const owner = { partnerId: partner.id, partnerName: "Benchmark Toys" };
  const key = { environment: "live", scopes: SCOPES, rateLimit: RATE_LIMIT, ...owner } as const;
  const { token } = await createApiKey(db, key);
  return { id: partner.id, apiKey: token };
}

async function post<Data>(origin: string, path: string, apiKey: string, body: unknown): Promise<Data> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const response = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = (await response.json().catch(() => null)) as { data?: Data } | null;
  if (response.ok && answer?.data) return answer.data;
  throw new Error(`POST ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
}

function settingsFor(database: TestDatabase, sink: Sink): Record<string, string> {
  const addresses = { worker: PUBLIC_ORIGIN, console: sink.origin, databaseUrl: database.databaseUrl };
  return workerSettings(addresses, null, {
    NEON_HTTP_ENDPOINT: database.neonHttpEndpoint,
    PAYFAST_SANDBOX: "true",
    PAYFAST_SOURCE_CHECK: "enforce",
    OZOW_BASE_URL: sink.origin + OZOW_BASE_PATH,
    OZOW_SITE_CODE,
    SNAPSCAN_BASE_URL: sink.origin + SNAPSCAN_BASE_PATH,
    SNAPSCAN_SNAPCODE: SNAP_CODE,
  });
}

async function workers(settings: Readonly<Record<string, string>>, sink: Sink) {
  const objects = {
    DREAM_BOARD: "DreamBoard",
    RATE_LIMITER: "RateLimiter",
    PROVIDER_SWITCH: "ProviderSwitch",
    HOST_ACCOUNT: "HostAccount",
  };
  const standIns = {
    queues: ["WEBHOOK_DELIVERIES", "WEBHOOK_DELIVERIES_SLOW", "MAIL"],
    limiters: [
      "UNKNOWN_KEY_LIMIT",
      "CALLBACK_LIMIT",
      "LIVE_LIMIT",
      "KEY_LOOK_UP_LIMIT",
      "MISSED_BOARD_LIMIT",
      "WIDE_NETWORK_LIMIT",
      "ATTEMPT_LIMIT",
    ],
    unlimited: UNLIMITED,
  };
  const [same, chipin, unchecked, bare, taking] = await Promise.all([
    bundle("bench/workers/same-answer.ts"),
    bundle("src/index.ts"),
    bundle("src/index.ts", { "#accounts/verify-api-key": "bench/workers/known-api-key.ts" }),
    bundle("bench/workers/bare-object.ts"),
    bundle("bench/workers/stand-ins.ts"),
  ]);
  return [
    { name: "same", modules: same, services: { CHIPIN: "chipin" } },
    { name: "chipin", modules: chipin, settings, objects, standIns },
    { name: "unchecked", modules: unchecked, settings, objects, standIns },
    {
      name: "unconfirmed",
      modules: chipin,
      objects,
      standIns,
      settings: { ...settings, SNAPSCAN_CONFIRM_WITH_API: "false" },
    },
    {
      name: "bare",
      modules: bare,
      objects: { COUNTER: "Counter" },
      settings: {
        PAYFAST_URL: sink.origin + VALIDATE_PATH,
        OZOW_URL: sink.origin + ozowTransactionPath(NOBODYS.reference),
        SNAPSCAN_URL: sink.origin + snapscanPaymentPath(NOBODYS.number),
      },
    },
    { name: "stand-ins", modules: taking },
  ];
}
