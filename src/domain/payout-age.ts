import { UNKNOWN_OUTCOME_HOURS } from "./board/decide-payouts.ts";
import { addDays, addHours } from "./time.ts";

/** A payout that nobody has begun to pay for this long needs a person. */
const UNPAID_DAYS = 3;

/** A payout that is under way since before this instant may have been paid or not: a person finds out. */
export function unknownSince(now: Date): Date {
  return addHours(now, -UNKNOWN_OUTCOME_HOURS);
}

/** A payout that was planned before this instant and is not paid or under way needs a person. */
export function unpaidSince(now: Date): Date {
  return addDays(now, -UNPAID_DAYS);
}
