import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { isAnonymous, NO_STORE, ONLY_FOR_GOING_BACK } from "../caching.ts";

const SWITCHING_PROTOCOLS = 101;

/**
 * The one place that lets an answer be kept. Without a word of its route it is `no-store`; one that says `public` must be a
 * 200 that sets no cookie, to a request that names no person.
 */
export const caching = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { status, headers } = c.res;
  if (status === SWITCHING_PROTOCOLS) return;
  const asked = headers.get("Cache-Control");
  if (asked === NO_STORE || asked === ONLY_FOR_GOING_BACK) return;
  const isAllowed =
    asked?.startsWith("public") && status === 200 && !headers.has("Set-Cookie") && isAnonymous(c.req.raw);
  if (isAllowed) return;
  try {
    headers.set("Cache-Control", NO_STORE);
    headers.delete("Cache-Tag");
  } catch {
    // What a fetch returned may not be changed; this copies it.
    c.header("Cache-Control", NO_STORE);
    c.header("Cache-Tag", undefined);
  }
});
