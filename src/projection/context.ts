import { settingsOf } from "#platform/settings";
import { databaseOf } from "#platform/wiring";
import { keyringOf } from "#privacy/encryption";
import type { ProjectionContext } from "./project.ts";

/** What a board's object needs to write its log to Postgres. @throws Error when the settings are not usable. */
export function projectionContextOf(env: Env): ProjectionContext {
  const settings = settingsOf(env);
  return { database: databaseOf(settings), keyring: keyringOf(settings), publicOrigin: settings.PUBLIC_ORIGIN };
}
