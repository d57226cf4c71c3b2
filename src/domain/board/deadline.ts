import { addDays, zoneDate } from "../time.ts";

/** A deadline is set 1 to 90 days ahead. (product-facts 12.1) */
const MIN_DAYS = 1;
const MAX_DAYS = 90;
/** The rule, as the end of a sentence that begins with the field. */
export const DEADLINE_RANGE = `must be ${MIN_DAYS} to ${MAX_DAYS} days ahead`;
/** Clocks differ and requests take time, so a deadline of exactly one day ahead must not fail on arrival. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** Whether `deadline` may be set at the instant `now`. */
export function isDeadlineInRange(deadline: Date, now: Date): boolean {
  const earliest = addDays(now, MIN_DAYS).getTime() - CLOCK_SLACK_MS;
  const latest = addDays(now, MAX_DAYS).getTime() + CLOCK_SLACK_MS;
  return deadline.getTime() >= earliest && deadline.getTime() <= latest;
}

/** The first and the last day that may be chosen as the last day of a board, `YYYY-MM-DD` in South Africa. */
export function lastDayRange(now: Date): Readonly<{ first: string; last: string }> {
  return { first: zoneDate(addDays(now, MIN_DAYS)), last: zoneDate(addDays(now, MAX_DAYS)) };
}

/** A day that was chosen as the last one means its end in South Africa. (product-facts 9) */
export function endOfDay(date: string): Date {
  return new Date(`${date}T23:59:59+02:00`);
}
