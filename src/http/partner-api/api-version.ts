import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { API_VERSION, API_VERSIONS } from "#domain/api-version";
import { invalid } from "./validation.ts";

const HEADER = "Chipin-Version";

/** Says in every answer, errors too, which version it has. Afterwards: an answer that is made without headers is made faster. */
export const showVersion = createMiddleware(async (c, next) => {
  await next();
  c.res.headers.set(HEADER, API_VERSION);
});

/** @throws ChipInError `validation_error` for a request that was written for a version that there is not. */
export function requireKnownVersion(c: Context): void {
  const asked = c.req.header(HEADER);
  if (asked === undefined || API_VERSIONS.some((version) => version === asked)) return;
  throw invalid([
    { field: HEADER, reason: `must be ${API_VERSIONS.length > 1 ? "one of " : ""}${API_VERSIONS.join(", ")}` },
  ]);
}
