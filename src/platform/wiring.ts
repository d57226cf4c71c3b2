import { connect, type Database } from "#database/client";
import { NO_ORIGIN, SYSTEM } from "#domain/board/actor";
import { alert, log } from "./log.ts";
import { objectsOf } from "./objects.ts";
import { queuesOf } from "./queues.ts";
import type { Services } from "./services.ts";
import { type Settings, settingsOf } from "./settings.ts";

const databases = new WeakMap<Settings, Database>();

/** One database handle an isolate: it holds no socket, so requests may share it. */
export function databaseOf(settings: Settings): Database {
  const known = databases.get(settings);
  if (known) return known;
  const database = connect({ databaseUrl: settings.DATABASE_URL, neonHttpEndpoint: settings.NEON_HTTP_ENDPOINT });
  databases.set(settings, database);
  return database;
}

/** What one request, queue batch or job run works with. @throws Error when the settings are not usable. */
export function servicesOf(
  env: Env,
  context: { waitUntil(work: Promise<unknown>): void },
  requestId: string,
): Services {
  const settings = settingsOf(env);
  return {
    settings,
    database: databaseOf(settings),
    objects: objectsOf(env),
    queues: queuesOf(env),
    floodLimits: {
      keyLookUps: env.KEY_LOOK_UP_LIMIT,
      unknownKeys: env.UNKNOWN_KEY_LIMIT,
      unsignedCallbacks: env.CALLBACK_LIMIT,
      liveConnections: env.LIVE_LIMIT,
      missedBoards: env.MISSED_BOARD_LIMIT,
      allAttempts: env.ATTEMPT_LIMIT,
      wideNetworks: env.WIDE_NETWORK_LIMIT,
    },
    actor: SYSTEM,
    origin: NO_ORIGIN,
    waitUntil: (work) => context.waitUntil(work),
    now: () => new Date(),
    requestId,
    log,
    alert,
  };
}
