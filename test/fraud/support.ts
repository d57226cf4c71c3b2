import { connect } from "#database/client";
import { NO_ORIGIN, SYSTEM } from "#domain/board/actor";
import { planEndLease, planTakeWithLease } from "#domain/rate-lease";
import {
  blockOf,
  isCounted,
  isStale,
  judge,
  planCount,
  planGiveBack,
  planStrike,
  planTake,
  STALE_KEY,
  type Subject,
} from "#domain/rate-limit";
import type { Objects, RateLimiterObject } from "#platform/objects";
import { settingsOf } from "#platform/settings";
import type { LogEntry } from "../../src/platform/log.ts";
import type { Services } from "../../src/platform/services.ts";

const SETTINGS = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.test",
  DATABASE_URL: "postgres://x:x@nowhere.test/none",
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
  SESSION_SECRET: "a session secret for tests, 3",
};

export const TURNSTILE = { TURNSTILE_SITE_KEY: "1x00000000000000000000AA", TURNSTILE_SECRET_KEY: "1x0000" };

/** An error of the runtime about an object that cannot be reached. */
export const runtimeTrouble = (trouble: { retryable?: boolean; overloaded?: boolean }) =>
  Object.assign(new Error("the object cannot be reached"), trouble);

/** Limiters in memory that use the real rules. `test/workers/rate-limiter.test.ts` tests the real objects. */
export function limitersInMemory(): {
  rateLimiter(subject: string): RateLimiterObject;
  subjects: Map<string, Subject>;
} {
  const subjects = new Map<string, Subject>();
  const changesOf = new Map<string, Map<string, number>>();
  const rateLimiter = (name: string): RateLimiterObject => {
    const held = () => subjects.get(name) ?? { counters: new Map(), blockedUntil: null };
    const keep = <T>({ outcome, subject }: { outcome: T; subject: Subject }) => {
      subjects.set(name, subject);
      return outcome;
    };
    return {
      take: async (rules, now = new Date(), { key, lease, endedLease } = {}) => {
        if (endedLease) subjects.set(name, planEndLease(held(), rules, endedLease));
        if (key && isStale(changesOf.get(name) ?? new Map(), key)) return STALE_KEY;
        return keep(lease ? planTakeWithLease(held(), rules, lease, now) : planTake(held(), rules, now));
      },
      endLease: async (rules, ended) => void subjects.set(name, planEndLease(held(), rules, ended)),
      noteKeyChange: async (keyId, now = new Date()) =>
        void changesOf.set(name, new Map(changesOf.get(name)).set(keyId, now.getTime())),
      giveBack: async (rule, now = new Date()) => keep(planGiveBack(held(), rule, now)),
      peek: async (rule, key, now = new Date()) => ({
        ...judge(held(), rule, now),
        counted: isCounted(held(), rule, key, now),
      }),
      count: async (rule, key, now = new Date()) => keep(planCount(held(), rule, key, now)),
      strike: async (rule, block, now = new Date()) => keep(planStrike(held(), rule, block, now)),
      blockedUntil: async (now = new Date()) => blockOf(held(), now),
    };
  };
  return { rateLimiter, subjects };
}

/** Services with the given objects, an unreachable Postgres, and a clock that only `later` moves. */
export function aDesk(objects: Partial<Objects>, settings: Record<string, string> = {}) {
  const logged: (LogEntry & { alert?: boolean })[] = [];
  const clock = { now: new Date("2026-12-01T08:00:00.000Z") };
  const allAttempts = { allows: true };
  const services = {
    settings: settingsOf({ ...SETTINGS, ...settings }),
    floodLimits: { allAttempts: { limit: async () => ({ success: allAttempts.allows }) } },
    objects,
    database: connect({ databaseUrl: SETTINGS.DATABASE_URL, neonHttpEndpoint: "http://127.0.0.1:9/sql" }),
    actor: SYSTEM,
    origin: NO_ORIGIN,
    waitUntil: () => undefined,
    now: () => clock.now,
    requestId: "req_test",
    log: (entry: LogEntry) => void logged.push(entry),
    alert: (entry: LogEntry) => void logged.push({ ...entry, alert: true }),
  } as unknown as Services; // only the parts that these tests use
  const later = (ms: number) => {
    clock.now = new Date(clock.now.getTime() + ms);
  };
  return { services, logged, clock, later, allAttempts };
}
