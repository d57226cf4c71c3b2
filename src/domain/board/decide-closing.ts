import { cents } from "../money.ts";
import type { CloseBoard, PassDeadline } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import type { BoardEvent } from "./events.ts";
import { holdsAfter } from "./holds.ts";
import { type CloseReason, isOpenStatus, nextBoardStatus } from "./lifecycle.ts";
import { planPayouts } from "./plan-payouts.ts";
import { activeRefund, netOf, potOf, totalsAfter } from "./pot.ts";
import type { BoardState } from "./state.ts";

/** A payment begun before the deadline may still be reported: this long the board waits for its provider to be asked. */
export const CLOSING_GRACE_MS = 15 * 60_000;

export function closeBoard(rules: Rules, { reason }: CloseBoard): Ruling {
  const { state, terms, now } = rules;
  if (state.status === "closed" || state.status === "paid_out") return [];
  if (!nextBoardStatus(state.status, "close")) return { refused: "cannot_close", status: state.status };
  if (reason === "goal_reached" && potOf(state).payable < terms.goal) return { refused: "goal_not_reached" };
  if (reason === "deadline_reached" && now < state.deadline) return { refused: "deadline_not_reached" };
  return [closing(rules, reason)];
}

/** Every completed contribution goes back whole, the fee too. (product-facts 8) */
export function cancelBoard({ state, at }: Rules): Ruling {
  if (state.status === "cancelled") return [];
  if (!nextBoardStatus(state.status, "cancel")) return { refused: "cannot_cancel", status: state.status };
  const events: BoardEvent[] = [{ type: "board_cancelled", after: totalsAfter(state, at, { status: "cancelled" }) }];
  let { returning } = state;
  for (const contribution of state.contributions.values()) {
    const { id: contributionId, status, provider, amount, providerPaymentId, refunds } = contribution;
    if (status !== "completed" || providerPaymentId === null || activeRefund(contribution, providerPaymentId)) continue;
    returning = cents(returning + netOf(contribution));
    events.push({
      type: "refund_requested",
      contributionId,
      provider,
      providerPaymentId,
      amount,
      cause: "board_cancelled",
      attempt: (refunds.get(providerPaymentId)?.attempt ?? 0) + 1,
      after: { ...totalsAfter(state, at, { status: "cancelled", returning }) },
    });
  }
  return events;
}

/** The owner ends a board without money. */
export function expireBoard({ state, at }: Rules): Ruling {
  if (state.status === "expired") return [];
  const status = nextBoardStatus(state.status, "expire");
  if (!status) return { refused: "cannot_expire", status: state.status };
  if (state.counted > 0) return { refused: "has_money" };
  return [{ type: "board_expired", after: totalsAfter(state, at, { status }) }];
}

/** A board that received money, or reached its goal, closes, even if all of the money is on its way back by now. */
export function passDeadline(rules: Rules, { providersLookedUp }: PassDeadline): Ruling {
  const { state, terms, now, at } = rules;
  if (now < state.deadline) return { refused: "deadline_not_reached" };
  if (!isOpenStatus(state.status)) return [];
  const waited = now.getTime() - state.deadline.getTime() >= CLOSING_GRACE_MS;
  const mayBeLookedUp = !terms.sandbox && !providersLookedUp && !waited;
  if (mayBeLookedUp && hasOpenPayments(state)) return { refused: "payments_open" };
  const expires = state.counted === 0 ? nextBoardStatus(state.status, "expire") : null;
  if (expires) return [{ type: "board_expired", after: totalsAfter(state, at, { status: expires }) }];
  return [closing(rules, "deadline_reached")];
}

/** Attempts that could be paid at the deadline, and payments a provider works on. An earlier attempt does not delay closing. */
function hasOpenPayments({ open, contributions, deadline }: BoardState): boolean {
  const from = deadline.getTime();
  return [...open].some((id) => {
    const contribution = contributions.get(id);
    if (!contribution) return false;
    const { status, inProgress, attemptExpiresAt } = contribution;
    if (status === "processing" && inProgress) return true;
    return attemptExpiresAt !== null && Date.parse(attemptExpiresAt) >= from;
  });
}

function closing({ state, terms, at }: Rules, reason: CloseReason): BoardEvent {
  return {
    type: "board_closed",
    reason,
    payouts: planPayouts(terms, potOf(state).payable, at),
    held: holdsAfter(state, []).length > 0,
    after: totalsAfter(state, at, { status: "closed" }),
  };
}
