import { type Cents, cents, ZERO } from "../money.ts";
import type { ReportPayment, ReportRefund, RequestRefund, WithdrawRefund } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import { isReady } from "./decide-payouts.ts";
import type { BoardEvent, BoardTotals, EventData, Payout } from "./events.ts";
import { flagKey, openFlag } from "./flags.ts";
import { isOpenStatus, nextBoardStatus, paymentMayBecome, type RefundCause, refundMayBecome } from "./lifecycle.ts";
import { enlargePayouts, reducePayouts } from "./plan-payouts.ts";
import { activeRefund, isReturning, netOf, potOf, totalsAfter } from "./pot.ts";
import type { BoardState, Contribution } from "./state.ts";

/** The whole amount goes back to the payer, the fee too. Parts are not offered. (product-facts 8) */
export function requestRefund(rules: Rules, { contributionId, providerPaymentId }: RequestRefund): Ruling {
  const contribution = rules.find({ id: contributionId });
  if (!contribution) return { refused: "unknown_payment" };
  if (providerPaymentId !== null && providerPaymentId !== contribution.providerPaymentId) {
    return refundOfWrongAmount(rules, contribution, providerPaymentId);
  }
  const { status, providerPaymentId: own } = contribution;
  if (own !== null && activeRefund(contribution, own)) return [];
  if (own === null || !paymentMayBecome(status, "refunded")) return { refused: "nothing_to_refund", status };
  return takeBack(rules, contribution, own, "operator");
}

function refundOfWrongAmount({ state, at }: Rules, contribution: Contribution, providerPaymentId: string): Ruling {
  const { id: contributionId, provider, status, refunds } = contribution;
  if (refunds.has(providerPaymentId)) return [];
  const amount = state.flags.get(flagKey({ flag: "amount_mismatch", contributionId, providerPaymentId }))?.received;
  if (!amount) return { refused: "nothing_to_refund", status };
  const payment = { contributionId, provider, providerPaymentId, amount };
  const after = totalsAfter(state, at);
  return [{ type: "refund_requested", ...payment, cause: "amount_mismatch", attempt: 1, after }];
}

/**
 * After closing, money of the pot leaves the payouts that nobody has begun to pay, so that no cent goes out twice. Where
 * they do not cover it, a refund of ours is refused, and what the provider took back is our loss. (product-facts 8)
 */
function takeBack(rules: Rules, contribution: Contribution, providerPaymentId: string, cause: RefundCause): Ruling {
  const { state } = rules;
  const { id: contributionId, provider, amount, refunds } = contribution;
  const after = totalsAfter(state, rules.at, { returning: cents(state.returning + netOf(contribution)) });
  const attempt = (refunds.get(providerPaymentId)?.attempt ?? 0) + 1;
  const payment = { contributionId, provider, providerPaymentId };
  const { events, uncovered } = reduced(rules, contribution);
  if (uncovered > 0 && cause !== "provider") return { refused: "paid_out_already", uncovered };
  return [
    { type: "refund_requested", ...payment, amount, cause, attempt, after },
    ...events,
    ...lossOf(payment, uncovered),
  ];
}

/** The payouts of a closed board follow its pot: this contribution leaves it. */
function reduced({ state }: Rules, contribution: Contribution): { events: BoardEvent[]; uncovered: Cents } {
  if (!state.closing) return { events: [], uncovered: ZERO };
  const { payouts, uncovered } = reducePayouts([...state.payouts.values()], netOf(contribution));
  return { events: adjusted(state, payouts, []), uncovered };
}

function lossOf(payment: Omit<EventData<"payment_lost">, "lost">, lost: Cents): BoardEvent[] {
  return lost > 0 ? [{ type: "payment_lost", ...payment, lost }] : [];
}

/** This contribution comes back into the pot of a closed board, because its refund was withdrawn in this `attempt`. */
function enlarged(
  { state, terms, at }: Rules,
  contribution: Contribution,
  { attempt, events }: { attempt: number; events: BoardEvent[] },
): BoardEvent[] {
  if (!state.closing) return [];
  const growth = { terms, amount: netOf(contribution), at: at.toISOString(), closedAt: state.closing.at };
  const payouts = [...state.payouts.values()];
  return adjusted(state, enlargePayouts(payouts, { ...growth, purpose: { of: contribution.id, attempt } }), events);
}

/** `events`: what happens before, in the same command. */
function adjusted(state: BoardState, payouts: Payout[], events: readonly BoardEvent[]): BoardEvent[] {
  if (payouts.length === 0) return [];
  const wasEmpty = ({ id }: Payout) => (state.payouts.get(id)?.gross ?? 0) === 0;
  const ready = payouts.filter(
    (payout) => payout.status === "pending" && wasEmpty(payout) && isReady(state, payout, events),
  );
  const updated = payouts.filter((payout) => state.announcedPayouts.has(payout.id) && !ready.includes(payout));
  return [{ type: "payouts_adjusted", payouts, ready: idsOf(ready), updated: idsOf(updated) }];
}

function idsOf(payouts: readonly Payout[]): string[] {
  return payouts.map(({ id }) => id);
}

/**
 * News of a refund that are behind what we know change nothing. What the bank returns after the refund was done is for a
 * person.
 */
export function reportRefund(rules: Rules, report: ReportRefund): Ruling {
  // A test payment goes back by itself (`sandboxConsequences`): no provider knows of it.
  if (rules.terms.sandbox) return { refused: "unknown_refund" };
  const { providerPaymentId, providerRefundId: reportedId } = report;
  const contribution = rules.find(report.contribution);
  if (!contribution) return { refused: "unknown_payment" };
  const refund = contribution.refunds.get(providerPaymentId);
  if (!refund) return { refused: "unknown_refund" };
  const { id: contributionId, provider } = contribution;
  if (report.status === "returned" && refund.status === "completed") {
    const flag = { flag: "refund_returned", contributionId, provider, providerPaymentId, received: null } as const;
    return openFlag(rules.state, flag);
  }
  const status = report.status === "returned" ? "failed" : report.status;
  const reason = report.status === "returned" ? "returned by the bank" : report.reason;
  const isNamedNow =
    status === "processing" &&
    refund.status === status &&
    reportedId !== null &&
    refund.providerRefundId !== reportedId;
  if (!isNamedNow && !refundMayBecome(refund.status, status)) return [];
  const providerRefundId = reportedId ?? refund.providerRefundId;
  const news = { contributionId, provider, providerPaymentId, attempt: refund.attempt, providerRefundId };
  switch (status) {
    case "completed":
      return completeRefund(rules, contribution, providerPaymentId, providerRefundId);
    case "requested":
      // Only a withdrawn refund needs a new request of the money itself.
      if (refund.status === "withdrawn") return [];
      return [{ type: "refund_retried", ...news, attempt: refund.attempt + 1, providerRefundId: null }];
    case "processing":
      return [{ type: "refund_sent", ...news }];
    case "failed":
      return [{ type: "refund_failed", ...news, reason }];
    case "needs_manual_action":
      return [{ type: "refund_needs_manual_action", ...news, reason }];
    default:
      return status satisfies never;
  }
}

/** The money of a refund that was withdrawn may have gone back all the same: then it leaves the pot now. */
export function completeRefund(
  rules: Rules,
  contribution: Contribution,
  providerPaymentId: string,
  providerRefundId: string | null,
  requested: BoardTotals | null = null,
): BoardEvent[] {
  const { state, at } = rules;
  const { id: contributionId, provider, refunds } = contribution;
  const ofContribution = providerPaymentId === contribution.providerPaymentId;
  const before = requested ?? totalsAfter(state, at);
  const wasReturning = requested !== null || isReturning(contribution);
  const net = ofContribution ? netOf(contribution) : 0;
  const after: BoardTotals = {
    ...before,
    counted: cents(before.counted - net),
    returning: cents(before.returning - (wasReturning ? net : 0)),
    contributionCount: before.contributionCount - (ofContribution ? 1 : 0),
  };
  const attempt = refunds.get(providerPaymentId)?.attempt ?? 1;
  const payment = { contributionId, provider, providerPaymentId };
  const { amount, fee, openedAt } = contribution;
  const refunded = ofContribution ? { amount, fee, openedAt } : null;
  const done = { ...payment, attempt, providerRefundId, ofContribution, contribution: refunded, after };
  const events: BoardEvent[] = [{ type: "refund_completed", ...done }];
  if (!ofContribution || wasReturning) return events;
  const leaving = reduced(rules, contribution);
  return [...events, ...leaving.events, ...lossOf(payment, leaving.uncovered)];
}

/** The provider reports that a payment went back. Its report decides, also when ChipIn did not request the refund. */
export function sentBackByProvider(rules: Rules, contribution: Contribution, report: ReportPayment): Ruling {
  // A test payment has no provider that could.
  if (rules.terms.sandbox) return { refused: "unknown_refund" };
  const { state, at } = rules;
  const { providerPaymentId, providerStatus } = report;
  const { id: contributionId, provider, status, refunds } = contribution;
  const known = refunds.get(providerPaymentId);
  if (known) {
    return known.status === "completed"
      ? []
      : completeRefund(rules, contribution, providerPaymentId, known.providerRefundId);
  }
  if (providerPaymentId === contribution.providerPaymentId) {
    const requested = takeBack(rules, contribution, providerPaymentId, "provider");
    if (!Array.isArray(requested)) return requested;
    const after = totalsAfter(state, at, { returning: cents(state.returning + netOf(contribution)) });
    return [...requested, ...completeRefund(rules, contribution, providerPaymentId, null, after)];
  }
  // It came and went without ever counting. It is kept, so that a late report of its arrival changes nothing.
  const payment = { contributionId, provider, providerPaymentId };
  const events: BoardEvent[] = [];
  if (paymentMayBecome(status, "failed")) events.push({ type: "payment_failed", ...payment, providerStatus });
  const received = state.flags.get(flagKey({ flag: "amount_mismatch", contributionId, providerPaymentId }))?.received;
  const amount = received ?? report.amount ?? contribution.amount;
  const after = totalsAfter(state, at);
  events.push({ type: "refund_requested", ...payment, amount, cause: "provider", attempt: 1, after });
  const attempt = 1;
  const back = { ofContribution: false, contribution: null };
  events.push({ type: "refund_completed", ...payment, attempt, providerRefundId: null, ...back, after });
  return events;
}

/**
 * A person calls off a refund of the pot's own money that was not sent: the money counts again, for the goal and for the
 * payouts. The caller has made sure that nothing is being sent.
 */
export function withdrawRefund(rules: Rules, { contributionId, providerPaymentId }: WithdrawRefund): Ruling {
  const { state, terms, at } = rules;
  const contribution = rules.find({ id: contributionId });
  const refund = contribution?.refunds.get(providerPaymentId);
  if (!contribution || !refund) return { refused: "unknown_refund" };
  if (refund.status === "withdrawn") return [];
  const isOfPot = providerPaymentId === contribution.providerPaymentId && !contribution.late;
  const mayStay = isOpenStatus(state.status) || state.closing !== null;
  if (!isOfPot || !mayStay || !refundMayBecome(refund.status, "withdrawn")) {
    return { refused: "cannot_withdraw", status: refund.status };
  }
  const returning = cents(state.returning - netOf(contribution));
  const after = totalsAfter(state, at, { returning });
  const { provider } = contribution;
  const { attempt, providerRefundId } = refund;
  const payment = { contributionId, provider, providerPaymentId, attempt, providerRefundId };
  const events: BoardEvent[] = [{ type: "refund_withdrawn", ...payment, after }];
  events.push(...enlarged(rules, contribution, { attempt, events: [...events] }));
  const funded = nextBoardStatus(state.status, "reach_goal");
  if (funded && potOf(after).payable >= terms.goal) {
    events.push({ type: "goal_reached", after: { ...after, status: funded, updatedAt: at.toISOString() } });
  }
  return events;
}
