import { type Cents, cents } from "../money.ts";
import type { BoardEvent } from "./events.ts";
import type { BoardStatus, PaymentStatus } from "./lifecycle.ts";
import type { BoardState, Contribution } from "./state.ts";

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
      const { boardId, partnerId, hostId, giftType, payoutMethod, goal } = event;
      state.terms = { boardId, partnerId, hostId, giftType, payoutMethod, goal };
      state.deadline = new Date(event.deadline);
      state.openedAt = at;
      return step(state, "active", at);
    }
    case "contribution_opened": {
      const { contributionId: id, reference, provider, amount, fee } = event;
      state.contributions.set(reference, {
        ...{ id, reference, provider, amount, fee, openedAt: at, status: "pending" },
        ...{ providerPaymentId: null, surplusPaymentIds: [], refund: "none" },
      });
      state.submissions.set(event.submission, reference);
      state.references.set(id, reference);
      return state;
    }
    case "payment_progressed":
      contributionOf(state, event.contributionId).status = event.status;
      return state;
    case "payment_completed": {
      const contribution = contributionOf(state, event.contributionId);
      contribution.status = "completed";
      contribution.providerPaymentId = event.providerPaymentId;
      state.raised = cents(state.raised + contribution.amount - contribution.fee);
      state.contributionCount += 1;
      state.newestContributors = [contribution.id, ...state.newestContributors].slice(0, NEWEST_CONTRIBUTORS);
      return state;
    }
    case "surplus_payment_received":
      contributionOf(state, event.contributionId).surplusPaymentIds.push(event.providerPaymentId);
      return state;
    case "refund_requested": {
      const contribution = contributionOf(state, event.contributionId);
      // A surplus payment goes back without touching the contribution it was a double of.
      if (event.providerPaymentId === contribution.providerPaymentId) contribution.refund = "requested";
      return state;
    }
    case "goal_reached":
      return step(state, "funded", at);
    case "board_closed": {
      const { reason, payouts, after } = event;
      state.closing = { reason, raised: after.raised, contributionCount: after.contributionCount, payouts };
      return step(state, "closed", at);
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
