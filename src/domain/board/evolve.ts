import { cents } from "../money.ts";
import type { BoardEvent, BoardEventOf, EventData, Payout } from "./events.ts";
import { flagKey } from "./flags.ts";
import { holdKey, holdOf } from "./holds.ts";
import type { BoardStatus } from "./lifecycle.ts";
import { isReturning, netOf, potOf } from "./pot.ts";
import type { BoardState, Contribution, Flag, Refund } from "./state.ts";

/** More names than a page lists, because some may turn out to be on their way back. */
const NEWEST_KEPT = 24;
/** A failed contribution stays in the state this long, for the guest who tries again. */
export const FAILED_STAYS_MS = 24 * 60 * 60_000;
/** The pot shown in charity mode moves after this many contributions or this long, whichever comes first. (design 6) */
export const SHOWN_POT_CONTRIBUTIONS = 3;
export const SHOWN_POT_MS = 60 * 60_000;

const NO_REFUNDS: ReadonlyMap<string, Refund> = new Map();
const NONE: readonly string[] = [];

/**
 * What is true after `event`: bookkeeping without a rule in it. It changes `state` in place and returns it, because its one
 * owner folds events one by one, and copying a busy board's contributions for each payment would cost more than the
 * payment. Call it only with events that are durably recorded.
 * @throws RangeError when the event does not belong to this history: the log is broken.
 */
export function evolve(state: BoardState, event: BoardEvent, at: string): BoardState {
  apply(state, event, at);
  // Afterwards: the event may be about a contribution that would leave now.
  dropOldFailures(state, at);
  return state;
}

function apply(state: BoardState, event: BoardEvent, at: string): BoardState {
  switch (event.type) {
    case "board_opened": {
      const { boardId, partnerId, hostId, giftType, payoutMethod, goal, hostSince, sandbox } = event;
      state.terms = { boardId, partnerId, hostId, giftType, payoutMethod, goal, openedAt: at, hostSince, sandbox };
      state.deadline = new Date(event.deadline);
      state.shown = { ...state.shown, at };
      return step(state, "active", at);
    }
    case "contribution_opened":
    case "contribution_revived": {
      const contribution = evolveContribution(null, event, at);
      state.contributions.set(contribution.id, contribution);
      state.references.set(contribution.reference, contribution.id);
      // The form may have been sent again since this contribution left: then it is another one's.
      if (!state.submissions.has(contribution.submission)) {
        state.submissions.set(contribution.submission, contribution.id);
      }
      return track(state, contribution, at);
    }
    case "payment_retried":
    case "payment_requested":
    case "payment_processing":
    case "payment_failed":
    case "payment_expired":
    case "surplus_payment_received": {
      const contribution = contributionOf(state, event.contributionId);
      evolveContribution(contribution, event, at);
      track(state, contribution, at);
      if (event.type === "payment_expired") leave(state, contribution);
      return state;
    }
    case "payment_completed": {
      const contribution = contributionOf(state, event.contributionId);
      if (state.terms && potOf(state).payable >= state.terms.goal) state.afterGoal.add(contribution.id);
      evolveContribution(contribution, event, at);
      track(state, contribution, at);
      // The form is paid: submitting it again must not start a payment.
      state.submissions.set(contribution.submission, contribution.id);
      return moveShownPot(state, at, () => {
        state.counted = cents(state.counted + netOf(contribution));
        state.contributionCount += 1;
        if (contribution.late) return;
        // Not spread: V8 adds the elements of `[one, ...others]` one by one.
        state.newestContributors = [contribution.id].concat(state.newestContributors.slice(0, NEWEST_KEPT - 1));
      });
    }
    case "refund_requested":
    case "refund_sent":
    case "refund_failed":
    case "refund_needs_manual_action":
    case "refund_retried":
    case "refund_withdrawn": {
      const contribution = contributionOf(state, event.contributionId);
      return moveShownPot(state, at, () => {
        const before = isReturning(contribution) ? netOf(contribution) : 0;
        evolveContribution(contribution, event, at);
        const after = isReturning(contribution) ? netOf(contribution) : 0;
        state.returning = cents(state.returning - before + after);
      });
    }
    case "refund_completed": {
      const contribution = contributionOf(state, event.contributionId);
      return moveShownPot(state, at, () => {
        const wasReturning = isReturning(contribution);
        evolveContribution(contribution, event, at);
        if (!event.ofContribution) return;
        if (wasReturning) state.returning = cents(state.returning - netOf(contribution));
        state.counted = cents(state.counted - netOf(contribution));
        state.contributionCount -= 1;
      });
    }
    case "goal_reached":
      return step(state, "funded", at);
    case "board_closed": {
      const { reason, payouts, held, after } = event;
      const { contributionCount } = after;
      state.closing = { at, reason, payable: potOf(after).payable, contributionCount };
      setPayouts(state, payouts);
      if (!held) announce(state, payouts);
      return step(state, "closed", at);
    }
    case "payouts_adjusted":
      setPayouts(state, event.payouts);
      return announce(
        state,
        event.payouts.filter(({ id }) => event.ready.includes(id)),
      );
    case "payouts_released":
      setPayouts(state, event.payouts);
      return announce(state, event.payouts);
    case "payout_started":
    case "payout_completed":
    case "payout_failed":
      return setPayouts(state, [event.payout]);
    case "payout_retried":
    case "payout_supplemented":
      setPayouts(state, [event.payout]);
      return event.ready ? announce(state, [event.payout]) : state;
    case "payout_hold_placed":
      state.holds.set(holdKey(event), holdOf(event));
      return state;
    case "payout_hold_lifted":
      state.holds.delete(holdKey(event));
      return state;
    case "board_paid_out":
      return step(state, "paid_out", at);
    case "payment_lost":
      state.lost = cents(state.lost + event.lost);
      return state;
    case "board_updated":
      state.deadline = new Date(event.after.deadline);
      state.updatedAt = event.after.updatedAt;
      for (const { contributionId, nameHidden: name, messageHidden: message } of event.contributors) {
        if (name || message) state.hidden.set(contributionId, { name, message });
        else state.hidden.delete(contributionId);
      }
      return state;
    case "board_anonymised":
      state.anonymised = true;
      return state;
    case "board_cancelled":
      return step(state, "cancelled", at);
    case "board_expired":
      return step(state, "expired", at);
    case "flag_opened": {
      const { flag, contributionId, providerPaymentId, received } = event;
      const opened: Flag = { flag, contributionId, providerPaymentId, received, cleared: false };
      state.flags.set(flagKey(event), opened);
      const contribution = state.contributions.get(contributionId ?? "");
      if (contribution) contribution.flagged = true;
      return state;
    }
    case "flag_cleared": {
      const flag = state.flags.get(flagKey(event));
      if (flag) flag.cleared = true;
      return state;
    }
    default:
      event satisfies never;
      throw new RangeError("an event of no known type cannot be folded");
  }
}

function setPayouts(state: BoardState, payouts: readonly Payout[]): BoardState {
  for (const payout of payouts) state.payouts.set(payout.id, payout);
  return state;
}

/** A payout that has nothing to pay is not announced. */
function announce(state: BoardState, payouts: readonly Payout[]): BoardState {
  for (const { id, gross } of payouts) if (gross > 0) state.announcedPayouts.add(id);
  return state;
}

/** Events that change one contribution. */
type ContributionEvent = BoardEventOf<
  | "contribution_opened"
  | "contribution_revived"
  | "payment_retried"
  | "payment_requested"
  | "payment_processing"
  | "payment_failed"
  | "payment_expired"
  | "payment_completed"
  | "surplus_payment_received"
  | "refund_requested"
  | "refund_sent"
  | "refund_failed"
  | "refund_needs_manual_action"
  | "refund_retried"
  | "refund_withdrawn"
  | "refund_completed"
>;

/** The contribution the log speaks of in `events`, alone. Null when they do not open one. */
export function foldContribution(events: Iterable<{ event: BoardEvent; at: string }>): Contribution | null {
  let contribution: Contribution | null = null;
  for (const { event, at } of events) {
    if (contribution === null && event.type !== "contribution_opened") continue;
    if (isContributionEvent(event)) contribution = evolveContribution(contribution, event, at);
    else if (event.type === "flag_opened" && contribution) contribution.flagged = true;
  }
  return contribution;
}

function isContributionEvent(event: BoardEvent): event is ContributionEvent {
  return /^(contribution|payment|surplus_payment|refund)_/.test(event.type) && event.type !== "payment_lost";
}

function evolveContribution(contribution: Contribution | null, event: ContributionEvent, at: string): Contribution {
  if (event.type === "contribution_opened") return openedContribution(event, at);
  if (event.type === "contribution_revived") return revivedContribution(event);
  if (!contribution) throw new RangeError("the log names a contribution before it was opened");
  switch (event.type) {
    case "payment_retried":
      contribution.status = event.status;
      contribution.attempt = event.attempt;
      contribution.attemptedAt = at;
      contribution.attemptExpiresAt = event.attemptExpiresAt;
      contribution.requestId = null;
      contribution.inProgress = false;
      return contribution;
    case "payment_requested":
      contribution.requestId = event.requestId;
      return contribution;
    case "payment_processing":
      contribution.status = "processing";
      contribution.inProgress = true;
      return contribution;
    case "payment_failed":
      contribution.status = "failed";
      contribution.inProgress = false;
      if (event.providerPaymentId) {
        contribution.failedPaymentIds = [...contribution.failedPaymentIds, event.providerPaymentId];
      }
      return contribution;
    case "payment_expired":
      contribution.status = "failed";
      contribution.inProgress = false;
      return contribution;
    case "payment_completed":
      contribution.status = "completed";
      contribution.inProgress = false;
      contribution.providerPaymentId = event.providerPaymentId;
      contribution.completedAt = at;
      contribution.late = event.late;
      return contribution;
    case "surplus_payment_received":
      contribution.surplusPaymentIds = [...contribution.surplusPaymentIds, event.providerPaymentId];
      return contribution;
    case "refund_requested": {
      const { providerPaymentId, amount, cause, attempt } = event;
      const refund: Refund = {
        providerPaymentId,
        amount,
        cause,
        status: "requested",
        providerRefundId: null,
        attempt,
      };
      contribution.refunds = new Map(contribution.refunds).set(providerPaymentId, refund);
      return contribution;
    }
    case "refund_sent":
      return setRefund(contribution, event, "processing");
    case "refund_failed":
      return setRefund(contribution, event, "failed");
    case "refund_needs_manual_action":
      return setRefund(contribution, event, "needs_manual_action");
    case "refund_retried":
      return setRefund(contribution, event, "requested");
    case "refund_withdrawn":
      return setRefund(contribution, event, "withdrawn");
    case "refund_completed":
      if (event.ofContribution) contribution.status = "refunded";
      return setRefund(contribution, event, "completed");
    default:
      return event satisfies never;
  }
}

function openedContribution(event: EventData<"contribution_opened">, at: string): Contribution {
  return {
    id: event.contributionId,
    reference: event.reference,
    submission: event.submission,
    provider: event.provider,
    amount: event.amount,
    fee: event.fee,
    openedAt: at,
    signals: event.signals,
    status: "pending",
    attempt: 1,
    attemptedAt: at,
    attemptExpiresAt: event.attemptExpiresAt,
    requestId: null,
    inProgress: false,
    providerPaymentId: null,
    completedAt: null,
    surplusPaymentIds: NONE,
    failedPaymentIds: NONE,
    late: false,
    flagged: false,
    refunds: NO_REFUNDS,
  };
}

function revivedContribution(event: EventData<"contribution_revived">): Contribution {
  return {
    ...openedContribution({ ...event, attemptExpiresAt: event.openedAt }, event.openedAt),
    status: "failed",
    attempt: event.attempt,
    attemptExpiresAt: null,
    requestId: event.requestId,
    failedPaymentIds: event.failedPaymentIds,
  };
}

function setRefund(
  contribution: Contribution,
  { providerPaymentId, providerRefundId, attempt }: EventData<"refund_sent">,
  status: Refund["status"],
): Contribution {
  const refund = contribution.refunds.get(providerPaymentId);
  if (!refund) throw new RangeError(`the log names a refund of ${contribution.id} before it was requested`);
  refund.status = status;
  refund.providerRefundId = providerRefundId;
  refund.attempt = attempt;
  return contribution;
}

/** Keeps the sets of unpaid contributions in step with one contribution's status. */
function track(state: BoardState, { id, status }: Contribution, at: string): BoardState {
  state.open.delete(id);
  state.failed.delete(id);
  if (status === "pending" || status === "processing") state.open.add(id);
  if (status === "failed") state.failed.set(id, at);
  return state;
}

function dropOldFailures(state: BoardState, at: string): void {
  if (state.failed.size === 0) return;
  const now = Date.parse(at);
  for (const [id, failedAt] of state.failed) {
    if (now - Date.parse(failedAt) < FAILED_STAYS_MS) return;
    const contribution = state.contributions.get(id);
    if (contribution) leave(state, contribution);
  }
}

/** Forgets an unpaid contribution, unless money arrived under its reference. */
function leave(state: BoardState, contribution: Contribution): void {
  const { id, reference, submission } = contribution;
  state.failed.delete(id);
  if (contribution.flagged || contribution.refunds.size > 0) return;
  state.contributions.delete(id);
  state.references.delete(reference);
  if (state.submissions.get(submission) === id) state.submissions.delete(submission);
}

/**
 * Guests see the pot as of `shown`, except that after an hour without a move they see it as it is (`publicView`). The next
 * change therefore starts from what they have seen, and shows at once only when enough contributions have come together
 * or the goal is crossed.
 */
function moveShownPot(state: BoardState, at: string, change: () => void): BoardState {
  const { shown, terms } = state;
  if (Date.parse(at) - Date.parse(shown.at) >= SHOWN_POT_MS) state.shown = currentPot(state, at);
  const before = potOf(state).payable;
  change();
  const { payable } = potOf(state);
  const goal = terms?.goal ?? 0;
  const moved = Math.abs(state.contributionCount - state.shown.contributionCount);
  const crossed = before >= goal !== payable >= goal;
  if (crossed || moved >= SHOWN_POT_CONTRIBUTIONS) state.shown = currentPot(state, at);
  return state;
}

function currentPot(state: BoardState, at: string): BoardState["shown"] {
  return { payable: potOf(state).payable, contributionCount: state.contributionCount, at };
}

function step(state: BoardState, status: BoardStatus, at: string): BoardState {
  state.status = status;
  state.updatedAt = at;
  return state;
}

function contributionOf(state: BoardState, id: string): Contribution {
  const contribution = state.contributions.get(id);
  if (!contribution) throw new RangeError(`the log names contribution ${id}, which is not open`);
  return contribution;
}
