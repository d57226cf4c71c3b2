import type { Database } from "#database/client";
import type { ActOrigin, Actor, Owner } from "#domain/board/actor";
import type { Files } from "./files.ts";
import type { Log } from "./log.ts";
import type { Objects } from "./objects.ts";
import type { ImageEncoder, PictureStore } from "./pictures.ts";
import type { Queues } from "./queues.ts";
import type { Settings } from "./settings.ts";

/** A coarse limit per key, counted where the request arrives: approximate on purpose. */
export type FloodLimit = Readonly<{ limit(options: { key: string }): Promise<{ success: boolean }> }>;

/**
 * What is limited coarsely, by network (`isFlooding`). In production each location counts for itself and answers from counters that
 * may be some seconds old, so more than the limit gets through; the simulator counts exactly.
 */
export type FloodLimits = Readonly<{
  /** API keys that an isolate must look up in Postgres. */
  keyLookUps: FloodLimit;
  /** API keys that were not verified before, each of which costs a bcrypt. */
  unknownKeys: FloodLimit;
  /** Callbacks without proof. */
  unsignedCallbacks: FloodLimit;
  /** Live connections. */
  liveConnections: FloodLimit;
  /** Links that lead to no board. */
  missedBoards: FloodLimit;
  /** All attempts to contribute that their network's own limits allow. */
  allAttempts: FloodLimit;
  /** An IPv6 /48, by the limit whose counter it is. */
  wideNetworks: FloodLimit;
}>;

/** What Cloudflare keeps before the Worker. */
export type EdgeCache = Readonly<{
  /** Takes at most 100 tags; an account has five calls a minute, and 25 saved up. */
  purge(tags: readonly string[]): Promise<Readonly<{ success: boolean; errors: readonly { message: string }[] }>>;
}>;

/**
 * Links that sign in, by the digest of their secret. In production a value is visible where it was written at once and elsewhere
 * within about a minute, and so is its deletion; the simulator shows both at once. So the account's object decides what a link
 * may do, and what is missing here is looked for there.
 */
export type MagicLinks = Readonly<{
  get(digest: string): Promise<string | null>;
  /** `expirationTtl`: seconds, 60 at least. */
  put(digest: string, value: string, options: { expirationTtl: number }): Promise<void>;
  delete(digest: string): Promise<void>;
}>;

/** What one request, job run or queue batch works with; made in `src/index.ts`, handed down as the first argument. */
export type Services = Readonly<{
  settings: Settings;
  database: Database;
  objects: Objects;
  queues: Queues;
  pictures: PictureStore;
  images: ImageEncoder;
  files: Files;
  /** Null where nothing is kept before the Worker. Asked for when it is needed: the runtime makes it anew for each request that asks. */
  edgeCache(): EdgeCache | null;
  floodLimits: FloodLimits;
  magicLinks: MagicLinks;
  /** Who acts. `system` until a request has shown who it comes from. */
  actor: Actor;
  /** As whom the actor acts on a board that is not their own (`getManagedBoard`). */
  owner?: Owner;
  /** Where the request comes from, and the acting person's e-mail once it has shown one. The audit log keeps it of people only. */
  origin: ActOrigin;
  /** Lets work finish after the answer. Never the only path of something that must not be lost. */
  waitUntil(work: Promise<unknown>): void;
  now(): Date;
  requestId: string;
  log: Log;
  /** An alert: a log line an operator must look at. */
  alert: Log;
}>;

/** What answers from a board alone: Postgres and its driver are not loaded for it. */
export type BoardServices = Omit<Services, "database">;
