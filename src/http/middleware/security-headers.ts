import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../app-env.ts";
import { HSTS } from "../ui/page-headers.ts";

const SWITCHING_PROTOCOLS = 101;

/** Of every answer that is no page. Pages have a policy of their own. (ui/page-headers.ts) */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["X-Content-Type-Options", "nosniff"],
  // Not `no-referrer`: a redirect hands its policy on, and after it Chromium would send forms with `Origin: null`.
  ["Referrer-Policy", "strict-origin-when-cross-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
];

/** Completes the headers of every answer, errors too. Outermost, so that none is missed; an upgrade cannot be changed. */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (c.res.status === SWITCHING_PROTOCOLS) return;
  // A page, made with all of them.
  if (c.res.headers.has("Content-Security-Policy")) return;
  for (const [name, value] of HEADERS) setHeader(c, name, value);
  if (c.req.url.startsWith("https:")) setHeader(c, "Strict-Transport-Security", HSTS);
});

function setHeader(c: Context<AppEnv>, name: string, value: string): void {
  try {
    c.res.headers.set(name, value);
  } catch {
    // What a fetch returned may not be changed; this copies it, which answers of our own need not pay for.
    c.header(name, value);
  }
}
