import { addDays } from "./time.ts";

/** A webhook endpoint that has failed for so long without one success is reported to its partner, and later disabled. */
export const WARNED_AFTER_DAYS = 3;
export const DISABLED_AFTER_DAYS = 5;

/** Endpoints that have failed since this instant or longer are reported. */
export function warnedSince(now: Date): Date {
  return addDays(now, -WARNED_AFTER_DAYS);
}

/** Endpoints that have failed since this instant or longer are disabled. */
export function disabledSince(now: Date): Date {
  return addDays(now, -DISABLED_AFTER_DAYS);
}

/** When an endpoint that has failed since then is disabled, unless it works before. */
export function disabledAt(failingSince: Date): Date {
  return addDays(failingSince, DISABLED_AFTER_DAYS);
}
