import { PAYOUT_METHODS, type PayoutMethod } from "#domain/gift";
import { type PayoutExecutors, payoutExecutors } from "#payouts/configure";
import { executePayout, type PayoutStep, troubleOf } from "#payouts/execute-payout";
import { duePayouts } from "#payouts/payout-rows";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** For each type, of those to look up and of those to start. One costs a counterparty a request or two, a board two commits. */
const MAX_PER_RUN = 100;
/** The next run comes after five minutes; what is left is first then. */
const LONGEST_RUN_MS = 4 * 60_000;

/**
 * Looks up every payout that automation has begun, then starts and sends those that are due. Two runs side by side work on
 * different payouts; counterparties are served side by side. One that refuses us or cannot be reached is left alone for the
 * rest of the run, so that an outage leaves one payout with an unknown outcome behind and not all of them.
 */
export async function executePayouts(
  services: Services,
  now: Date,
  executors: PayoutExecutors = payoutExecutors(services.settings),
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await Promise.all(PAYOUT_METHODS.map((type) => executeOfType(services, type, { now, executors, counts })));
  return counts;
}

type Executing = { now: Date; executors: PayoutExecutors; counts: Record<string, number> };

async function executeOfType(
  services: Services,
  type: PayoutMethod,
  { now, executors, counts }: Executing,
): Promise<void> {
  const startedAt = services.now().getTime();
  // What was begun before its automation was switched off still needs a person's eyes.
  for (const status of executors.has(type) ? (["processing", "pending"] as const) : (["processing"] as const)) {
    for (const id of await duePayouts(services, { type, status, now, limit: MAX_PER_RUN })) {
      if (services.now().getTime() - startedAt > LONGEST_RUN_MS) return;
      let done: PayoutStep | null = null;
      try {
        done = await executePayout(services, executors, { id, now, onlyDue: true });
      } catch (error) {
        services.log({ event: "payout_step_failed", payout_id: id, type, error: messageOf(error) });
      }
      const step = done?.step ?? "step_failed";
      counts[step] = (counts[step] ?? 0) + 1;
      const trouble = done && troubleOf(done);
      if (trouble === "refuses_us") services.alert({ event: "payouts_refused", type });
      if (trouble) return;
    }
  }
}
