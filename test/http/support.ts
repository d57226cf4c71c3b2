import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "#database/client";
import { NO_ORIGIN, SYSTEM } from "#domain/board/actor";
import type { BoardObject } from "#platform/objects";
import { type Settings, settingsOf } from "#platform/settings";
import { createApp } from "../../src/http/app.ts";
import type { LogEntry } from "../../src/platform/log.ts";
import type { MessageQueue } from "../../src/platform/queues.ts";
import type { FloodLimit, Services } from "../../src/platform/services.ts";
import { hostAccountsInMemory, magicLinksInMemory } from "../accounts/host-accounts.ts";
import { limitersInMemory } from "../fraud/support.ts";
import { switchesInMemory } from "../payments/availability/support.ts";
import { MemoryBoards } from "../support/board.ts";
import type { TestDatabase } from "../support/database.ts";
import { PicturesInMemory, publicFiles, sharpEncoder } from "../support/pictures.ts";

/** An admin of `testSite`, as `ADMIN_EMAIL_ALLOWLIST` has it, and the headers of what the admin does under `/internal`. */
export const OPERATOR = "nomsa@chipin.test";
const JOB_SECRET = "a job secret for tests only";
export const OPERATOR_HEADERS = { Authorization: `Bearer ${JOB_SECRET}`, "ChipIn-Operator": OPERATOR };

export const PUBLIC_ORIGIN = "https://chipin.test";

const SETTINGS = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN,
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")}`,
  RECEIPT_SIGNING_KEYS: `test:${Buffer.alloc(32, 5).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: JOB_SECRET,
  SESSION_SECRET: "a session secret for tests, 3",
  ADMIN_EMAIL_ALLOWLIST: `sipho@chipin.test, ${OPERATOR}`,
};

const nowhere = { databaseUrl: "postgres://x:x@nowhere.test/none", neonHttpEndpoint: "http://127.0.0.1:9/sql" };
/** For routes that must work without Postgres. No server listens at this address. */
export const NO_DATABASE = { ...nowhere, db: connect(nowhere) };

const TYPES = { html: "text/html", md: "text/markdown", txt: "text/plain" };

/** The built pages of the documentation, as the platform's assets serve them: `/docs/errors` is `errors.html`. */
const BUILT_FILES = {
  fetch: async (url: URL, { headers = {} }: { headers?: Record<string, string> } = {}) => {
    const [, name = "", extension = "html"] = /^\/docs\/([a-z0-9-]*)(?:\.(md|txt))?$/.exec(url.pathname) ?? ["", "?"];
    const file = `public/docs/${name || "index"}.${extension}`;
    if (!existsSync(file)) return new Response(null, { status: 404 });
    const text = readFileSync(file, "utf8");
    const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
    if (headers["If-None-Match"] === etag) return new Response(null, { status: 304, headers: { ETag: etag } });
    const type = `${TYPES[extension as keyof typeof TYPES]}; charset=utf-8`;
    return new Response(text, { headers: { "Content-Type": type, ETag: etag } });
  },
};

const noQueue: MessageQueue<unknown> = { sendBatch: unused };

async function unused(): Promise<never> {
  throw new Error("no route sends to a queue");
}

/** A rate limiting binding. It allows `most` calls per key, or none while `allows` is false. */
export type LimitBinding = { allows: boolean; most: number; asked: string[] };

export type TestSite = {
  services: Services;
  /** All log entries, including alerts. */
  logged: (LogEntry & { alert?: boolean })[];
  /** Resolves when the work passed to `waitUntil` is done. */
  settled(): Promise<void>;
  clock: { now: Date };
  /** Ids of the deliveries that were enqueued. */
  webhookQueue: { isDown: boolean; sent: string[] };
  /** Ids of the boards whose pictures were queued to be copied. */
  queuedPictures: string[];
  /** The limit on checks of unknown API keys. */
  unknownKeyLimit: LimitBinding;
  /** The limit on callbacks without a valid signature. */
  callbackLimit: LimitBinding;
  liveLimit: LimitBinding;
  /** The limit on look-ups of API keys in Postgres. */
  keyLookUpLimit: LimitBinding;
  /** The limit on links that lead to no board. */
  missedBoardLimit: LimitBinding;
  /** The limit on all of these, of an IPv6 /48. */
  wideNetworkLimit: LimitBinding;
  /** The limit on all attempts to contribute. */
  attemptLimit: LimitBinding;
  limiters: ReturnType<typeof limitersInMemory>;
  switches: ReturnType<typeof switchesInMemory>;
  accounts: ReturnType<typeof hostAccountsInMemory>;
  magicLinks: ReturnType<typeof magicLinksInMemory>;
  /** `path`: below `http://localhost`, or a whole URL. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** What the app has registered: methods, paths with their parameters, middleware as `ALL`. */
  routes: readonly { method: string; path: string }[];
};

/**
 * The real routes on the test's own database. Board objects are in memory, unopened unless `board` provides others. `as`
 * changes settings after their check, which would refuse a deployed environment on this database.
 */
export function testSite(
  database: Pick<TestDatabase, "databaseUrl" | "neonHttpEndpoint" | "db">,
  {
    settings = {},
    as = {},
    board,
  }: { settings?: Record<string, string>; as?: Partial<Settings>; board?: (code: string) => BoardObject } = {},
): TestSite {
  const { databaseUrl: DATABASE_URL, neonHttpEndpoint: NEON_HTTP_ENDPOINT } = database;
  const logged: TestSite["logged"] = [];
  const waiting: Promise<unknown>[] = [];
  const clock = { now: new Date("2026-12-01T08:00:00.000Z") };
  const unlimited = (): LimitBinding => ({ allows: true, most: Number.POSITIVE_INFINITY, asked: [] });
  const limits = {
    unknownKeyLimit: unlimited(),
    callbackLimit: unlimited(),
    liveLimit: unlimited(),
    keyLookUpLimit: unlimited(),
    missedBoardLimit: unlimited(),
    wideNetworkLimit: unlimited(),
    attemptLimit: unlimited(),
  };
  const webhookQueue = { isDown: false, sent: [] as string[] };
  const webhookDeliveries: Services["queues"]["webhookDeliveries"] = {
    sendBatch: async (messages) => {
      if (webhookQueue.isDown) throw new Error("the queue is down");
      webhookQueue.sent.push(...[...messages].map(({ body }) => body.deliveryId));
    },
  };
  const queuedPictures: string[] = [];
  const pictureCopies: Services["queues"]["pictureCopies"] = {
    sendBatch: async (messages) => void queuedPictures.push(...[...messages].map(({ body }) => body.boardId)),
  };
  const limiters = limitersInMemory();
  const switches = switchesInMemory();
  const accounts = hostAccountsInMemory();
  const magicLinks = magicLinksInMemory();
  const boards = new MemoryBoards({ now: () => clock.now });
  const limitOf = (it: LimitBinding): FloodLimit => ({
    limit: async ({ key }) => {
      it.asked.push(key);
      return { success: it.allows && it.asked.filter((asked) => asked === key).length <= it.most };
    },
  });
  const floodLimits = {
    unknownKeys: limitOf(limits.unknownKeyLimit),
    unsignedCallbacks: limitOf(limits.callbackLimit),
    liveConnections: limitOf(limits.liveLimit),
    keyLookUps: limitOf(limits.keyLookUpLimit),
    missedBoards: limitOf(limits.missedBoardLimit),
    wideNetworks: limitOf(limits.wideNetworkLimit),
    allAttempts: limitOf(limits.attemptLimit),
  };
  const servicesFor = (requestId: string): Services => ({
    settings: { ...settingsOf({ ...SETTINGS, DATABASE_URL, NEON_HTTP_ENDPOINT, ...settings }), ...as },
    database: database.db,
    // Looked up at every call, so that a test can replace one.
    objects: {
      board: board ?? boards.board,
      rateLimiter: (subject) => limiters.rateLimiter(subject),
      providerSwitch: (name) => switches.providerSwitch(name),
      hostAccount: (name) => accounts.hostAccount(name),
    },
    queues: {
      webhookDeliveries,
      slowWebhookDeliveries: noQueue,
      mail: noQueue,
      boardComparison: noQueue,
      pictureCopies,
    },
    pictures: new PicturesInMemory(),
    images: sharpEncoder,
    files: publicFiles,
    edgeCache: () => null,
    floodLimits,
    magicLinks,
    actor: SYSTEM,
    origin: NO_ORIGIN,
    waitUntil: (work) => void waiting.push(work),
    now: () => clock.now,
    requestId,
    log: (entry) => void logged.push(entry),
    alert: (entry) => void logged.push({ ...entry, alert: true }),
  });
  const services = servicesFor("req_test");
  const app = createApp({
    servicesFor: (_env, _execution, requestId) => ({ ...services, requestId }),
    jobs: {
      names: ["count-boards"],
      run: async (name, _services, now) => ({ ran: name, at: now.toISOString() }),
      expected: () => [],
    },
  });
  const execution = { waitUntil: services.waitUntil, passThroughOnException() {}, props: {} } as ExecutionContext;
  return {
    services,
    logged,
    clock,
    webhookQueue,
    queuedPictures,
    ...limits,
    limiters,
    switches,
    accounts,
    magicLinks,
    settled: async () => void (await Promise.all(waiting.splice(0))),
    request: async (path, init = {}) => app.request(path, init, { ASSETS: BUILT_FILES }, execution),
    routes: app.routes,
  };
}
