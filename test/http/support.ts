import type { BoardObject } from "#boards/board-object";
import { connect } from "#database/client";
import { settingsOf } from "#platform/settings";
import { createApp } from "../../src/http/app.ts";
import type { LogEntry } from "../../src/platform/log.ts";
import type { Services } from "../../src/platform/services.ts";
import { limitersInMemory } from "../fraud/support.ts";
import { switchesInMemory } from "../payments/availability/support.ts";
import type { TestDatabase } from "../support/database.ts";

export const PUBLIC_ORIGIN = "https://chipin.test";

const SETTINGS = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN,
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
};

const nowhere = { databaseUrl: "postgres://x:x@nowhere.test/none", neonHttpEndpoint: "http://127.0.0.1:9/sql" };
/** For routes that must not need Postgres: nothing answers there. */
export const NO_DATABASE = { ...nowhere, db: connect(nowhere) };

const noBoard = (): Partial<BoardObject> => ({ snapshot: () => null, view: () => null, receipt: () => null });

/** A rate limiting binding: `most` calls a key succeed, unless it allows none. */
export type LimitBinding = { allows: boolean; most: number; asked: string[] };

export type TestSite = {
  services: Services;
  /** What was logged, alerts among it. */
  logged: (LogEntry & { alert?: boolean })[];
  /** Work that was left for after the answer. */
  settled(): Promise<void>;
  clock: { now: Date };
  /** The limit on checks of unknown API keys. */
  unknownKeyLimit: LimitBinding;
  /** The limit on callbacks without proof. */
  callbackBrake: LimitBinding;
  limiters: ReturnType<typeof limitersInMemory>;
  switches: ReturnType<typeof switchesInMemory>;
  request(path: string, init?: RequestInit): Promise<Response>;
};

/**
 * The routes as they are, on a database of its own. What only the runtime has stands at its seams: the board objects (by
 * `board`), the rate limits, the clock.
 */
export function testSite(
  database: Pick<TestDatabase, "databaseUrl" | "neonHttpEndpoint" | "db">,
  { settings = {}, board }: { settings?: Record<string, string>; board?: (code: string) => Partial<BoardObject> } = {},
): TestSite {
  const { databaseUrl: DATABASE_URL, neonHttpEndpoint: NEON_HTTP_ENDPOINT } = database;
  const logged: TestSite["logged"] = [];
  const waiting: Promise<unknown>[] = [];
  const clock = { now: new Date("2026-12-01T08:00:00.000Z") };
  const unknownKeyLimit: LimitBinding = { allows: true, most: Number.POSITIVE_INFINITY, asked: [] };
  const callbackBrake: LimitBinding = { ...unknownKeyLimit, asked: [] };
  const limiters = limitersInMemory();
  const switches = switchesInMemory();
  const limitOf = (it: LimitBinding) => ({
    limit: async ({ key }: { key: string }) => {
      it.asked.push(key);
      return { success: it.allows && it.asked.filter((asked) => asked === key).length <= it.most };
    },
  });
  const env = {
    DREAM_BOARD: { getByName: board ?? noBoard },
    RATE_LIMITER: limiters,
    PROVIDER_SWITCH: switches,
    UNKNOWN_KEY_LIMIT: limitOf(unknownKeyLimit),
    CALLBACK_LIMIT: limitOf(callbackBrake),
  } as unknown as Env; // only the bindings these routes reach for
  const servicesFor = (requestId: string): Services => ({
    settings: settingsOf({ ...SETTINGS, DATABASE_URL, NEON_HTTP_ENDPOINT, ...settings }),
    database: database.db,
    env,
    waitUntil: (work) => void waiting.push(work),
    now: () => clock.now,
    requestId,
    log: (entry) => void logged.push(entry),
    alert: (entry) => void logged.push({ ...entry, alert: true }),
  });
  const services = servicesFor("req_test");
  const app = createApp({
    servicesFor: (_env, _execution, requestId) => ({ ...services, requestId }),
    jobs: { names: ["count-boards"], run: async (name, _services, now) => ({ ran: name, at: now.toISOString() }) },
  });
  const execution = { waitUntil: services.waitUntil, passThroughOnException() {}, props: {} } as ExecutionContext;
  return {
    services,
    logged,
    clock,
    unknownKeyLimit,
    callbackBrake,
    limiters,
    switches,
    settled: async () => void (await Promise.all(waiting.splice(0))),
    request: async (path, init = {}) => app.request(path, init, env, execution),
  };
}
