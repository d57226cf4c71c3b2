import type { Context } from "hono";
import type { Charged } from "#accounts/api-quota";

/**
 * Puts the quota into the answer's headers: `X-RateLimit-*` has the hour, unless the burst refused; `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers) have both.
 */
export function showQuota(c: Context, charged: Charged): void {
  const { hour, burst, at, refusedBy } = charged;
  const { limit, remaining, resetAt } = refusedBy === "burst" ? burst : hour;
  // `c.header` copies an answer that is there already.
  const show = (name: string, value: string) => (c.finalized ? c.res.headers.set(name, value) : c.header(name, value));
  show("X-RateLimit-Limit", String(limit));
  show("X-RateLimit-Remaining", String(remaining));
  show("X-RateLimit-Reset", String(Math.ceil(resetAt / 1_000)));
  const secondsTo = (instant: number) => Math.max(0, Math.ceil((instant - at) / 1_000));
  show("RateLimit-Policy", `"hour";q=${hour.limit};w=3600, "burst";q=${burst.limit};w=60`);
  show(
    "RateLimit",
    `"hour";r=${hour.remaining};t=${secondsTo(hour.resetAt)}, "burst";r=${burst.remaining};t=${secondsTo(burst.resetAt)}`,
  );
}
