import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { codeOfPublicId } from "#domain/ids";
import { codeOfSlug } from "#domain/slug";
import type { AppEnv } from "../app-env.ts";
import { refusalOf } from "../errors.ts";

/** One line per request: the route's pattern instead of the path, because a slug is a secret link. */
export const accessLog = createMiddleware<AppEnv>(async (c, next) => {
  const { now, log, requestId } = c.get("services");
  const startedAt = now().getTime();

  await next();

  log({
    event: "request",
    request_id: requestId,
    method: c.req.method,
    route: routePath(c),
    board: boardOf(c),
    status: c.res.status,
    outcome: c.error ? refusalOf(c.error).code : "ok",
    duration_ms: now().getTime() - startedAt,
  });
});

/** The code of the board the route names by slug or id. Undefined leaves the field out. */
function boardOf(c: Context<AppEnv>): string | undefined {
  const name = c.req.param("slug") ?? c.req.param("id");
  if (name === undefined) return undefined;
  return codeOfPublicId(name) ?? codeOfSlug(name) ?? undefined;
}
