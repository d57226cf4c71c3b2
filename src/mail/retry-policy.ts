const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after attempt 1, 2, … the next one follows. The sum is below the 24 hours for which Resend recognises a repeated key. */
export const MAIL_RETRY_WAITS_MS = [1 * MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS] as const;

/** When a failed mail is retried; null after the last attempt. `attempt` counts from 1. */
export function nextMailAttempt(attempt: number, now: Date): Date | null {
  const wait = MAIL_RETRY_WAITS_MS[attempt - 1];
  return wait === undefined ? null : new Date(now.getTime() + wait);
}
