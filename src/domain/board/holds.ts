import { MIN_CONTRIBUTION_CENTS } from "../fees.ts";
import type { BoardEvent, Hold } from "./events.ts";
import { flagKey } from "./flags.ts";
import { activeRefund, isReturning } from "./pot.ts";
import type { BoardState, Flag } from "./state.ts";

/** A hold of the same key is the same hold. */
export function holdKey({ reason, contributionId, providerPaymentId }: Hold): string {
  return [reason, contributionId ?? "", providerPaymentId ?? ""].join("/");
}

/** The hold that an event or a flag names. */
export function holdOf({ reason, contributionId, providerPaymentId }: Hold): Hold {
  return { reason, contributionId, providerPaymentId };
}

export const PERSONS_HOLD: Hold = { reason: "person", contributionId: null, providerPaymentId: null };

/**
 * What holds the payouts of the board once `events` have happened: a person, and every open flag about money that is in the
 * pot. Not the money itself, and not the list of holds that was recorded, decides: whoever starts a payout asks this.
 * (product-facts 7 and 16)
 */
export function holdsAfter(state: BoardState, events: readonly BoardEvent[]): Hold[] {
  // A cancelled or expired board has nothing to pay out.
  const isEnding = events.some(({ type }) => type === "board_cancelled" || type === "board_expired");
  if (isEnding || state.status === "cancelled" || state.status === "expired") return [];
  const flags = new Map<string, Flag>(state.flags);
  let byPerson = state.holds.has(holdKey(PERSONS_HOLD));
  for (const event of events) {
    if (event.type === "flag_opened") flags.set(flagKey(event), { ...event, cleared: false });
    if (event.type === "flag_cleared") flags.delete(flagKey(event));
    if (event.type === "payout_hold_placed" && event.reason === "person") byPerson = true;
    if (event.type === "payout_hold_lifted" && event.reason === "person") byPerson = false;
  }
  const holds = [...flags.values()]
    .filter((flag) => !flag.cleared && concernsThePot(state, events, flag))
    .map(({ flag: reason, contributionId, providerPaymentId }) => ({ reason, contributionId, providerPaymentId }));
  return byPerson ? [...holds, PERSONS_HOLD] : holds;
}

/** A flag holds what it is about. One about no contribution is about the whole pot. */
function concernsThePot(state: BoardState, events: readonly BoardEvent[], flag: Flag): boolean {
  const { contributionId, providerPaymentId } = flag;
  if (contributionId === null) return true;
  const contribution = state.contributions.get(contributionId);
  if (flag.flag === "amount_mismatch") {
    // Below the smallest contribution it cannot be what a guest meant to give.
    if ((flag.received ?? 0) < MIN_CONTRIBUTION_CENTS) return false;
    let isGoingBack = contribution !== undefined && activeRefund(contribution, providerPaymentId) !== undefined;
    for (const event of events) {
      if (!("providerPaymentId" in event) || event.providerPaymentId !== providerPaymentId) continue;
      if (event.type === "refund_requested" || event.type === "refund_completed") isGoingBack = true;
      if (event.type === "refund_withdrawn") isGoingBack = false;
    }
    return !isGoingBack;
  }
  // Late money is on its way back, unless it is paid out on top.
  let isInPot = contribution?.status === "completed" && !isReturning(contribution);
  let own = contribution?.providerPaymentId ?? null;
  for (const event of events) {
    if (!("contributionId" in event) || event.contributionId !== contributionId) continue;
    if (event.type === "payment_completed") {
      isInPot = true;
      own = event.providerPaymentId;
    }
    if (event.type === "refund_requested" && event.providerPaymentId === own) isInPot = false;
    if (event.type === "refund_completed" && event.ofContribution) isInPot = false;
    if (event.type === "refund_withdrawn") isInPot = true;
  }
  return isInPot;
}
