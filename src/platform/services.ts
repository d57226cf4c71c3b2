import type { Database } from "#database/client";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

/** What one request, job run or queue batch works with; made in `src/index.ts`, handed down as the first argument. */
export type Services = Readonly<{
  settings: Settings;
  database: Database;
  env: Env;
  /** Lets work finish after the answer. Never the only path of something that must not be lost. */
  waitUntil(work: Promise<unknown>): void;
  now(): Date;
  requestId: string;
  log: Log;
  /** An alert: a log line somebody must look at. */
  alert: Log;
}>;
