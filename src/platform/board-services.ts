import { NO_ORIGIN, SYSTEM } from "#domain/board/actor";
import { edgeCacheOf } from "./edge-cache.ts";
import { filesOf } from "./files.ts";
import { alert, log } from "./log.ts";
import { objectsOf } from "./objects.ts";
import { imageEncoderOf, pictureStoreOf } from "./pictures.ts";
import { queuesOf } from "./queues.ts";
import type { BoardServices } from "./services.ts";
import { settingsOf } from "./settings.ts";

export type Context = { waitUntil(work: Promise<unknown>): void; cache?: CacheContext };

/** What no request changes. */
export type FixedServices = Omit<BoardServices, "edgeCache" | "waitUntil" | "requestId">;
const made = new WeakMap<Env, FixedServices>();

/** What an answer from a board works with. @throws Error when the settings are not usable. */
export function boardServicesOf(env: Env, context: Context, requestId: string): BoardServices {
  const fixed = fixedServicesOf(env);
  const { settings } = fixed;
  return {
    ...fixed,
    edgeCache: () => edgeCacheOf(context, settings),
    waitUntil: (work) => context.waitUntil(work),
    requestId,
  };
}

/** @throws Error when the settings are not usable. */
export function fixedServicesOf(env: Env): FixedServices {
  let fixed = made.get(env);
  if (!fixed) {
    fixed = fixedServices(env);
    made.set(env, fixed);
  }
  return fixed;
}

function fixedServices(env: Env): FixedServices {
  return {
    settings: settingsOf(env),
    objects: objectsOf(env),
    queues: queuesOf(env),
    pictures: pictureStoreOf(env),
    images: imageEncoderOf(env),
    files: filesOf(env),
    floodLimits: {
      keyLookUps: env.KEY_LOOK_UP_LIMIT,
      unknownKeys: env.UNKNOWN_KEY_LIMIT,
      unsignedCallbacks: env.CALLBACK_LIMIT,
      liveConnections: env.LIVE_LIMIT,
      missedBoards: env.MISSED_BOARD_LIMIT,
      allAttempts: env.ATTEMPT_LIMIT,
      wideNetworks: env.WIDE_NETWORK_LIMIT,
    },
    magicLinks: env.MAGIC_LINKS,
    actor: SYSTEM,
    origin: NO_ORIGIN,
    now: () => new Date(),
    log,
    alert,
  };
}
