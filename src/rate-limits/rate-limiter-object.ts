import type { RateRule, Strike, Taking, Verdict } from "#domain/rate-limit";
import { callObject, isOutOfReach } from "#platform/call-object";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

type Answer<T> = T | Promise<T>;

/**
 * What the limiter of one subject can be asked. Callers and the object may be one deployment apart, so methods are added,
 * never changed. `now` is the caller's; without it the object's own clock decides.
 */
export interface RateLimiterObject {
  /** All rules must allow, then all are charged. A call the runtime repeats may be charged twice. */
  take(rules: readonly RateRule[], now?: Date): Answer<Taking>;
  /** How a rule stands, and whether `key` is counted under it already. Charges nothing. */
  peek(rule: RateRule, key: string, now?: Date): Answer<Verdict & { counted: boolean }>;
  /** Counts `key` under the rule, once, whatever the limit. */
  count(rule: RateRule, key: string, now?: Date): Answer<Verdict>;
  /** Counts one bad event, each `key` once; blocks the subject for `blockMs` when the limit is reached. */
  strike(rule: RateRule, block: { key: string; blockMs: number }, now?: Date): Answer<Strike>;
  /** In ms since 1970; null when the subject is not blocked. */
  blockedUntil(now?: Date): Answer<number | null>;
}

/** No guest waits longer than this for a limiter. */
const PATIENCE_MS = 2_000;

/**
 * Asks the limiter of `subject` (`ip:203.0.113.7`). Null when it cannot be asked, which callers take for "allowed": a
 * limiter's trouble must not stop a gift.
 */
export async function askLimiter<T>(
  { env, log, alert, requestId }: Services,
  subject: string,
  call: (limiter: RateLimiterObject) => Answer<T>,
): Promise<T | null> {
  try {
    // The runtime's RPC types take unions apart; the class implements this very interface, and the compiler checks that.
    const stubOf = () => env.RATE_LIMITER.getByName(subject) as unknown as RateLimiterObject;
    return await callObject(stubOf, call, { patienceMs: PATIENCE_MS });
  } catch (error) {
    // The subject names an address, so only its kind is logged. A bug would let everybody through for ever: an alert.
    const kind = subject.slice(0, subject.indexOf(":"));
    const write = isOutOfReach(error) ? log : alert;
    write({ event: "rate_limiter_unreachable", kind, request_id: requestId, error: messageOf(error) });
    return null;
  }
}
