const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** How long after attempt 1, 2, … the next one follows. (product-facts 13) */
export const RETRY_WAITS_SECONDS = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR, 24 * HOUR] as const;
export const MAX_ATTEMPTS = RETRY_WAITS_SECONDS.length + 1;

/** Waits grow by up to this share, so that the many events of one bad minute do not come back in one second. */
export const JITTER = 0.05;

const GONE = 410;

export type Attempt = Readonly<{
  deliveryId: string;
  /** Counts from 1. */
  attempt: number;
  /** Null when no answer came. */
  responseCode: number | null;
  /** The receiver's wish, when it stated one. */
  retryAfterSeconds: number | null;
  /** No later attempt can go better: the URL is not one we send to, or the endpoint was switched off. */
  hopeless: boolean;
}>;

export type NextStep =
  | { do: "settle" }
  | { do: "retry"; at: Date }
  /** `endpointGone`: the receiver said it wants no more of anything. */
  | { do: "give_up"; endpointGone: boolean };

/** What follows from one attempt. Success is any 2xx; redirects are failures, they are never followed. */
export function afterAttempt(
  { deliveryId, attempt, responseCode, retryAfterSeconds, hopeless }: Attempt,
  now: Date,
): NextStep {
  if (responseCode !== null && responseCode >= 200 && responseCode < 300) return { do: "settle" };
  if (responseCode === GONE) return { do: "give_up", endpointGone: true };
  const wait = RETRY_WAITS_SECONDS[attempt - 1];
  if (hopeless || wait === undefined) return { do: "give_up", endpointGone: false };
  // A receiver may ask for more time, but no more than one step of the schedule, and never for less.
  const longest = RETRY_WAITS_SECONDS[attempt] ?? wait;
  const seconds = Math.min(Math.max(wait, retryAfterSeconds ?? 0), longest);
  const spread = 1 + JITTER * fractionOf(`${deliveryId}/${attempt}`);
  return { do: "retry", at: new Date(now.getTime() + Math.round(seconds * spread * 1000)) };
}

/** `Retry-After` as seconds from `now`: a number of seconds or a date. Null when absent, unreadable or past. */
export function parseRetryAfter(header: string | null, now: Date): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const seconds = (Date.parse(header) - now.getTime()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : null;
}

/** From 0 to just under 1, always the same for the same text (FNV-1a). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32;
}
