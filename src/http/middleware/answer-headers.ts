import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { newRequestId } from "#domain/ids";
import type { AppEnv } from "../app-env.ts";
import { isAnonymous, NO_STORE, ONLY_FOR_GOING_BACK, PICTURE_OF_BROWSER, PRIVATE_NO_STORE } from "../caching.ts";
import { HSTS } from "../ui/page-headers.ts";

const SWITCHING_PROTOCOLS = 101;

export const RESOURCE_POLICY = "Cross-Origin-Resource-Policy";
/** Said by a route whose answers pages of others may show: pictures. */
export const FOR_OTHER_SITES = "cross-origin";

/** Of every answer that is no page. Pages have a policy of their own. (ui/page-headers.ts) */
const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["X-Content-Type-Options", "nosniff"],
  // Not `no-referrer`: a redirect hands its policy on, and after it Chromium would send forms with `Origin: null`.
  ["Referrer-Policy", "strict-origin-when-cross-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  [RESOURCE_POLICY, "same-origin"],
];

/**
 * Names the request, and completes the headers of every answer, errors too: its id, who may keep it, security. Outermost, so
 * that none is missed; an upgrade cannot be changed. The id is always ours: one sent by the caller would let strangers write into our log.
 */
export const answerHeaders = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = newRequestId(new Date());
  c.set("requestId", requestId);
  await next();
  if (c.res.status === SWITCHING_PROTOCOLS) return;
  const headers = changeableHeaders(c, requestId);
  if (!mayBeKept(c)) {
    headers.set("Cache-Control", NO_STORE);
    headers.delete("Cache-Tag");
  }
  // A page, made with all of them.
  if (headers.has("Content-Security-Policy")) return;
  for (const [name, value] of SECURITY_HEADERS) {
    if (name !== RESOURCE_POLICY || headers.get(name) !== FOR_OTHER_SITES) headers.set(name, value);
  }
  if (c.req.url.startsWith("https:")) headers.set("Strict-Transport-Security", HSTS);
});

/** The answer's headers, with the request's id. */
function changeableHeaders(c: Context<AppEnv>, requestId: string): Headers {
  try {
    c.res.headers.set("X-Request-Id", requestId);
  } catch {
    // What a fetch returned may not be changed; this copies it, which answers of our own need not pay for.
    c.header("X-Request-Id", requestId);
  }
  return c.res.headers;
}

/**
 * The one place that lets an answer be kept. Without a word of its route it is `no-store`; one that says `public` must be a
 * 200 that sets no cookie, to a request that names no person.
 */
function mayBeKept({ req, res: { status, headers } }: Context<AppEnv>): boolean {
  const asked = headers.get("Cache-Control");
  if (!asked) return false;
  if ([NO_STORE, PRIVATE_NO_STORE, ONLY_FOR_GOING_BACK, PICTURE_OF_BROWSER].includes(asked)) return true;
  return asked.startsWith("public") && status === 200 && !headers.has("Set-Cookie") && isAnonymous(req.raw);
}
