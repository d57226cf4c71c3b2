import { fractionOf } from "#platform/fraction-of";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after attempt 1, 2, … the next one follows. The sum is below the 24 hours for which Resend recognises a repeated key. */
export const MAIL_RETRY_WAITS_MS = [1 * MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS] as const;

/** Waits grow by up to this share, so that mails that failed together are not all sent again in the same second. */
export const MAIL_JITTER = 0.1;

/**
 * When a failed mail is retried; null after the last attempt. `attempt` counts from 1. Mails of one call, and of one digest, give
 * the same `call` and are retried at the same instant.
 */
export function nextMailAttempt(attempt: number, call: string, now: Date): Date | null {
  const wait = MAIL_RETRY_WAITS_MS[attempt - 1];
  if (wait === undefined) return null;
  return new Date(now.getTime() + Math.round(wait * (1 + MAIL_JITTER * fractionOf(`${call}/${attempt}`))));
}

const USUAL_PAUSE_SECONDS = 2;
const QUOTA_PAUSE_SECONDS = 3_600;

/** When mails follow that Resend took none of because we sent too much (429). It counts as no attempt. */
export function afterLimit(
  { retryAfterSeconds, isQuota }: { retryAfterSeconds: number | null; isQuota: boolean },
  call: string,
  now: Date,
): Date {
  const seconds = retryAfterSeconds ?? (isQuota ? QUOTA_PAUSE_SECONDS : USUAL_PAUSE_SECONDS);
  const pauseMs = Math.min(Math.max(seconds, 1), 24 * 3_600) * SECOND_MS;
  return new Date(now.getTime() + Math.round(pauseMs * (1 + fractionOf(`${call}/${now.getTime()}`))));
}
