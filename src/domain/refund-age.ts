import { addDays } from "./time.ts";

/** A refund whose status has not changed for this long needs a person. */
const STUCK_DAYS = 3;

/** A refund last changed before this instant is stuck. */
export function stuckSince(now: Date): Date {
  return addDays(now, -STUCK_DAYS);
}
