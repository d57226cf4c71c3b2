import type { Context } from "hono";
import { ChipInError } from "#platform/errors";
import { alert, messageOf, stackOf } from "#platform/log";
import type { AppEnv } from "./app-env.ts";
import { errorPage } from "./error-page.tsx";
import { RETRY_AFTER_SECONDS, refusalOf, STATUS_OF } from "./errors.ts";
import { errorEnvelope } from "./partner-api/envelope.ts";

/** Whatever was thrown, answered in the way of its route: an envelope for machines, a page for people. */
export function answerError(c: Context<AppEnv>, thrown: unknown): Response | Promise<Response> {
  const refusal = refusalOf(thrown);
  const { code } = refusal;
  if (code === "internal_error") {
    const error = messageOf(refusal.cause ?? thrown);
    alert({ event: "internal_error", request_id: c.get("requestId"), error, stack: stackOf(thrown) });
  }

  const retryAfterSeconds = RETRY_AFTER_SECONDS[code];
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
  if (code === "unauthorized") c.header("WWW-Authenticate", 'Bearer realm="ChipIn"');
  if (c.req.path.startsWith("/api/webhooks/")) return c.body(null, STATUS_OF[code]);
  if (isForMachines(c.req.path)) return c.json(errorEnvelope(c, refusal), STATUS_OF[code]);
  return errorPage(c, code);
}

export function answerNotFound(c: Context<AppEnv>): Response | Promise<Response> {
  return answerError(c, new ChipInError("not_found", "There is no such route"));
}

function isForMachines(path: string): boolean {
  return /^\/(v1|api|health|internal|__local)(\/|$)/.test(path);
}
