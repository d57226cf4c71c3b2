import { callObject, isUnreachable } from "#platform/call-object";
import { messageOf } from "#platform/log";
import type { RateLimiterObject } from "#platform/objects";
import type { Services } from "#platform/services";
import { kindOf, limiterName } from "./limiter-name.ts";

/** No guest waits longer than this for a limiter. */
const TIMEOUT_MS = 2_000;

/**
 * Asks the limiter of `subject` (`ip:203.0.113.7`), which is named by a keyed digest of it. Null when it cannot be reached, which callers treat as "allowed": a
 * failing limiter must not stop a gift.
 */
export async function callLimiter<T>(
  { objects, settings, log, alert, requestId }: Services,
  subject: string,
  call: (limiter: RateLimiterObject) => T | Promise<T>,
): Promise<T | null> {
  try {
    const name = limiterName(settings, subject);
    return await callObject(() => objects.rateLimiter(name), call, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    // The subject names an address, so only its kind is logged. After a bug no limit would hold, so that is an alert.
    const kind = kindOf(subject);
    const write = isUnreachable(error) ? log : alert;
    write({ event: "rate_limiter_unreachable", kind, request_id: requestId, error: messageOf(error) });
    return null;
  }
}
