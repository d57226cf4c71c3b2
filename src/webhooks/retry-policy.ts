import { fractionOf } from "#platform/fraction-of";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** How long after attempt 1, 2, … the next one follows. (product-facts 13) */
const RETRY_WAITS_SECONDS = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR, 24 * HOUR] as const;

/** Waits grow by up to this share, so that events that failed together are not all retried in the same second. */
export const JITTER = 0.05;

const GONE = 410;

export type FinishedAttempt = Readonly<{
  deliveryId: string;
  /** Counts from 1, anew when a delivery is asked for again. */
  attempt: number;
  /** Null when no answer came. */
  responseCode: number | null;
  /** Null when the receiver sent no usable `Retry-After`. */
  retryAfterSeconds: number | null;
  /** A later attempt would fail for the same reason: the URL is refused, or the endpoint is not active. */
  isPermanent: boolean;
}>;

export type NextStep =
  | { outcome: "delivered" }
  | { outcome: "retry"; at: Date }
  /** `endpointGone`: the receiver answered 410, so the endpoint is disabled. */
  | { outcome: "failed"; endpointGone: boolean };

export function isSuccess(responseCode: number | null): boolean {
  return responseCode !== null && responseCode >= 200 && responseCode < 300;
}

/** What follows from one attempt. Only 2xx is success. Redirects are failures and are never followed. */
export function afterAttempt(
  { deliveryId, attempt, responseCode, retryAfterSeconds, isPermanent }: FinishedAttempt,
  now: Date,
): NextStep {
  if (isSuccess(responseCode)) return { outcome: "delivered" };
  if (responseCode === GONE) return { outcome: "failed", endpointGone: true };
  const wait = RETRY_WAITS_SECONDS[attempt - 1];
  if (isPermanent || wait === undefined) return { outcome: "failed", endpointGone: false };
  // `Retry-After` may lengthen a wait up to the next step of the schedule. It never shortens one.
  const longest = RETRY_WAITS_SECONDS[attempt] ?? wait;
  const seconds = Math.min(Math.max(wait, retryAfterSeconds ?? 0), longest);
  const spread = 1 + JITTER * fractionOf(`${deliveryId}/${attempt}`);
  return { outcome: "retry", at: new Date(now.getTime() + Math.round(seconds * spread * 1000)) };
}
