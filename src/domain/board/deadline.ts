import { addDays } from "../time.ts";

/** A deadline is set 1 to 90 days ahead. (product-facts 12.1) */
export const MIN_DEADLINE_DAYS = 1;
export const MAX_DEADLINE_DAYS = 90;
/** Clocks differ and requests take time, so a deadline of exactly one day ahead must not fail on arrival. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** Whether `deadline` may be set at the instant `now`. */
export function isDeadlineInRange(deadline: Date, now: Date): boolean {
  const earliest = addDays(now, MIN_DEADLINE_DAYS).getTime() - CLOCK_SLACK_MS;
  const latest = addDays(now, MAX_DEADLINE_DAYS).getTime() + CLOCK_SLACK_MS;
  return deadline.getTime() >= earliest && deadline.getTime() <= latest;
}
