import { type Cents, cents } from "../money.ts";
import type { BoardEvent } from "./events.ts";
import { flagKey } from "./flags.ts";
import type { BoardStatus, PaymentStatus } from "./lifecycle.ts";
import type { BoardState, Contribution, Flag, Refund } from "./state.ts";

/** As many names as a page lists before "+ n more". */
export const NEWEST_CONTRIBUTORS = 8;

/**
 * What is true after `event`: bookkeeping without a rule in it. Changes `state` in place and returns it, because its one
 * owner folds events one by one and a copy of a busy board's contributions for each payment would cost more than the
 * payment. Never call it with an event that is not durably recorded.
 * @throws RangeError when the event does not belong to this history (a broken log, never a broken guest).
 */
export function evolve(state: BoardState, event: BoardEvent, at: string): BoardState {
  switch (event.type) {
    case "board_opened": {
      const { boardId, partnerId, hostId, giftType, payoutMethod, goal, hostSince = null } = event;
      state.terms = { boardId, partnerId, hostId, giftType, payoutMethod, goal, hostSince };
      state.deadline = new Date(event.deadline);
      state.openedAt = at;
      return step(state, "active", at);
    }
    case "contribution_opened": {
      const { contributionId: id, reference, provider, amount, fee, signals = [], offerExpiresAt = null } = event;
      state.contributions.set(reference, {
        ...{ id, reference, provider, amount, fee, openedAt: at, signals, status: "pending" },
        ...{ attempt: 1, attemptedAt: at, offerExpiresAt, requestId: null, expiredAt: null, underWay: false },
        ...{ providerPaymentId: null, surplusPaymentIds: [], failedPaymentIds: [], late: false, refunds: new Map() },
      });
      state.submissions.set(event.submission, reference);
      state.references.set(id, reference);
      return state;
    }
    case "payment_retried": {
      const { attempt, offerExpiresAt } = event;
      const contribution = contributionOf(state, event.contributionId);
      Object.assign(contribution, { attempt, attemptedAt: at, offerExpiresAt, requestId: null });
      Object.assign(contribution, { expiredAt: null, underWay: false });
      if (contribution.status === "failed") contribution.status = "processing";
      return state;
    }
    case "payment_requested":
      contributionOf(state, event.contributionId).requestId = event.requestId;
      return state;
    case "payment_progressed": {
      const contribution = contributionOf(state, event.contributionId);
      contribution.status = event.status;
      contribution.underWay = event.status === "processing";
      contribution.expiredAt = event.expiredUnpaid ? at : null;
      if (event.status === "failed" && event.providerPaymentId) {
        contribution.failedPaymentIds.push(event.providerPaymentId);
      }
      return state;
    }
    case "payment_completed": {
      const contribution = contributionOf(state, event.contributionId);
      contribution.status = "completed";
      contribution.expiredAt = null;
      contribution.providerPaymentId = event.providerPaymentId;
      contribution.late = event.after.status !== "active" && event.after.status !== "funded";
      state.raised = cents(state.raised + contribution.amount - contribution.fee);
      state.contributionCount += 1;
      state.newestContributors = [contribution.id, ...state.newestContributors].slice(0, NEWEST_CONTRIBUTORS);
      return state;
    }
    case "surplus_payment_received":
      contributionOf(state, event.contributionId).surplusPaymentIds.push(event.providerPaymentId);
      return state;
    case "refund_requested": {
      const { providerPaymentId, amount, cause } = event;
      const refund: Refund = {
        providerPaymentId,
        amount,
        cause,
        status: "requested",
        providerRefundId: null,
        attempt: 1,
      };
      contributionOf(state, event.contributionId).refunds.set(providerPaymentId, refund);
      return state;
    }
    case "refund_progressed": {
      const refund = refundOf(state, event);
      refund.status = event.status;
      if (event.status === "requested") {
        refund.attempt += 1;
        refund.providerRefundId = null;
      } else refund.providerRefundId = event.providerRefundId ?? refund.providerRefundId;
      return state;
    }
    case "refund_completed": {
      const refund = refundOf(state, event);
      refund.status = "completed";
      refund.providerRefundId = event.providerRefundId ?? refund.providerRefundId;
      const contribution = contributionOf(state, event.contributionId);
      // A surplus payment goes back without touching the contribution it was a double of.
      if (event.providerPaymentId !== contribution.providerPaymentId) return state;
      contribution.status = "refunded";
      state.raised = cents(state.raised - (contribution.amount - contribution.fee));
      state.contributionCount -= 1;
      return state;
    }
    case "goal_reached":
      return step(state, "funded", at);
    case "board_closed": {
      const { reason, payouts, after, held = false } = event;
      state.closing = { reason, raised: after.raised, contributionCount: after.contributionCount, payouts, held };
      return step(state, "closed", at);
    }
    case "payouts_reduced":
      if (state.closing) state.closing = { ...state.closing, payouts: event.payouts };
      return state;
    case "payouts_released":
      if (state.closing) state.closing = { ...state.closing, held: false };
      return state;
    case "board_cancelled":
      return step(state, "cancelled", at);
    case "flag_raised": {
      const { flag, contributionId, providerPaymentId = null, received = null } = event;
      const raised: Flag = { flag, contributionId, providerPaymentId, received, cleared: false };
      state.flags.set(flagKey(event), raised);
      return state;
    }
    case "flag_cleared": {
      const flag = state.flags.get(flagKey(event));
      if (flag) flag.cleared = true;
      return state;
    }
    case "board_expired":
      return step(state, "expired", at);
    default:
      event satisfies never;
      throw new RangeError(`unknown event in the log: ${JSON.stringify(event)}`);
  }
}

/** Only the board's own steps move `updatedAt`: the retention clock runs from it. (product-facts 23, X 26) */
function step(state: BoardState, status: BoardStatus, at: string): BoardState {
  state.status = status;
  state.updatedAt = at;
  return state;
}

function contributionOf(state: BoardState, id: string): Contribution {
  const reference = state.references.get(id);
  const contribution = reference === undefined ? undefined : state.contributions.get(reference);
  if (!contribution) throw new RangeError(`the log speaks of contribution ${id} before it was opened`);
  return contribution;
}

function refundOf(state: BoardState, of: { contributionId: string; providerPaymentId: string }): Refund {
  const refund = contributionOf(state, of.contributionId).refunds.get(of.providerPaymentId);
  if (!refund) throw new RangeError(`the log speaks of a refund of ${of.contributionId} before it was asked for`);
  return refund;
}

export type Totals = { raised: Cents; counts: Record<PaymentStatus, number> };

/** The tally counted anew from the contributions: what `raised` must always equal. (design 7, invariant 1) */
export function recount(state: BoardState): Totals {
  const counts = { pending: 0, processing: 0, completed: 0, failed: 0, refunded: 0 };
  let raised = 0;
  for (const contribution of state.contributions.values()) {
    counts[contribution.status] += 1;
    if (contribution.status === "completed") raised += contribution.amount - contribution.fee;
  }
  return { raised: cents(raised), counts };
}
