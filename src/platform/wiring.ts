import { connect, type Database } from "#database/client";
import { boardServicesOf, type Context } from "./board-services.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";

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
export function servicesOf(env: Env, context: Context, requestId: string): Services {
  const services = boardServicesOf(env, context, requestId);
  return Object.assign(services, { database: databaseOf(services.settings) });
}
