import type { RateRule, Strike, Taking, Verdict } from "#domain/rate-limit";
import { callObject, isOutOfReach } from "#platform/call-object";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

type MaybePromise<T> = T | Promise<T>;

/**
 * The calls of the limiter of one subject. Callers and the object may be one deployment apart, so methods are added, never
 * changed. `now` is the caller's clock; without it the object uses its own.
 */
export interface RateLimiterObject {
  /** Charges all rules when all of them allow it. A call that the runtime repeats may be charged twice. */
  take(rules: readonly RateRule[], now?: Date): MaybePromise<Taking>;
  /** The state of a rule, and whether `key` is counted under it. Charges nothing. */
  peek(rule: RateRule, key: string, now?: Date): MaybePromise<Verdict & { counted: boolean }>;
  /** Counts `key` under the rule once, also beyond the limit. */
  count(rule: RateRule, key: string, now?: Date): MaybePromise<Verdict>;
  /** Counts one bad event, each `key` once. Blocks the subject for `blockMs` when the limit is reached. */
  strike(rule: RateRule, block: { key: string; blockMs: number }, now?: Date): MaybePromise<Strike>;
  /** In ms since 1970; null when the subject is not blocked. */
  blockedUntil(now?: Date): MaybePromise<number | null>;
}

/** The longest time a guest waits for a limiter. */
const TIMEOUT_MS = 2_000;

/**
 * Calls the limiter of `subject` (`ip:203.0.113.7`). Null when it cannot be reached, which callers treat as allowed: a
 * failing limiter must not stop a contribution.
 */
export async function askLimiter<T>(
  { env, log, alert, requestId }: Services,
  subject: string,
  call: (limiter: RateLimiterObject) => MaybePromise<T>,
): Promise<T | null> {
  try {
    // The runtime's RPC types do not keep unions. The class implements this interface, which the compiler checks.
    const stubOf = () => env.RATE_LIMITER.getByName(subject) as unknown as RateLimiterObject;
    return await callObject(stubOf, call, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    // The subject holds an address, so only its kind is logged. A bug would allow everything, so it is an alert.
    const kind = subject.slice(0, subject.indexOf(":"));
    const write = isOutOfReach(error) ? log : alert;
    write({ event: "rate_limiter_unreachable", kind, request_id: requestId, error: messageOf(error) });
    return null;
  }
}
