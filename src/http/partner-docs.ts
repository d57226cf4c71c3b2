import { type Context, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { answerNoRoute } from "./error-envelope.ts";
import { HSTS } from "./ui/page-headers.ts";

/**
 * The partners' documentation. Its pages are files (local/docs/build-docs.ts), which the Worker hands out itself, so that they are at the
 * API's host only, with a policy of their own. (`run_worker_first` in wrangler.toml)
 */
export const partnerDocs = new Hono<AppEnv>();
partnerDocs.get("/docs", (c) => answerFile(c, "/docs/"));
partnerDocs.get("/docs/", (c) => c.redirect("/docs", 308));
partnerDocs.get("/docs/reference", (c) => answerFile(c, "/docs/reference", REFERENCE_POLICY));
partnerDocs.get("/docs/:file", (c) => answerFile(c, `/docs/${encodeURIComponent(c.req.param("file"))}`));
partnerDocs.get("/llms.txt", (c) => answerFile(c, "/docs/llms.txt"));
partnerDocs.all("/docs/*", answerNoRoute);
partnerDocs.all("/docs", answerNoRoute);
partnerDocs.all("/llms.txt", answerNoRoute);

const COMMON_POLICY =
  "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PAGE_POLICY = `${COMMON_POLICY}; style-src 'self'`;
/** Redoc writes its styles when it runs, fetches the document and searches in a worker. */
const REFERENCE_POLICY = `${COMMON_POLICY}; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src blob:`;

const KEPT_HEADERS = ["Content-Type", "ETag", "Location"];

async function answerFile(c: Context<AppEnv>, path: string, policy = PAGE_POLICY): Promise<Response> {
  const known = c.req.header("If-None-Match");
  const ask = (file: string) =>
    c.env.ASSETS.fetch(new URL(file, c.req.url), {
      redirect: "manual",
      ...(known && { headers: { "If-None-Match": known } }),
    });
  const found = await ask(path);
  const file = found.status === 404 ? await ask("/docs/404") : found;
  const headers = new Headers({
    "Content-Security-Policy": policy,
    "Cache-Control": "public, max-age=60",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    ...(c.req.url.startsWith("https:") && { "Strict-Transport-Security": HSTS }),
  });
  for (const name of KEPT_HEADERS) {
    const value = file.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(file.body, { status: found.status, headers });
}
