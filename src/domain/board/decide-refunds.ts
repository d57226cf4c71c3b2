import { cents } from "../money.ts";
import type { ReportPayment, ReportRefund, RequestRefund, WithdrawRefund } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import type { BoardEvent, BoardTotals } from "./events.ts";
import { flagKey, openFlag } from "./flags.ts";
import { isOpenStatus, nextBoardStatus, paymentMayBecome, type RefundCause, refundMayBecome } from "./lifecycle.ts";
import { adjustPayouts } from "./plan-payouts.ts";
import { activeRefund, isReturning, netOf, potOf, totalsAfter } from "./pot.ts";
import type { Contribution } from "./state.ts";

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

/** After closing, money of the pot leaves the payouts at once, so that no cent goes out twice. */
function takeBack(
  rules: Rules,
  contribution: Contribution,
  providerPaymentId: string,
  cause: RefundCause,
): BoardEvent[] | { refused: "already_paid_out" } {
  const { state, at } = rules;
  const { id: contributionId, provider, amount, late, refunds } = contribution;
  if (state.status === "paid_out" && !late) return { refused: "already_paid_out" };
  const after = totalsAfter(state, at, { returning: cents(state.returning + netOf(contribution)) });
  const attempt = (refunds.get(providerPaymentId)?.attempt ?? 0) + 1;
  const payment = { contributionId, provider, providerPaymentId, amount };
  return [{ type: "refund_requested", ...payment, cause, attempt, after }, ...adjusted(rules, after)];
}

/** The payouts of a closed board follow its pot. */
function adjusted({ state, terms }: Rules, after: BoardTotals): BoardEvent[] {
  const { closing } = state;
  if (!closing) return [];
  const { payouts, ready } = adjustPayouts(closing, terms, potOf(after).payable);
  if (JSON.stringify(payouts) === JSON.stringify(closing.payouts)) return [];
  return [{ type: "payouts_adjusted", payouts, ready: closing.held ? [] : ready, closedAt: closing.at }];
}

/**
 * News of a refund that are behind what we know change nothing. What the bank returns after the refund was done is for a
 * person.
 */
export function reportRefund(rules: Rules, report: ReportRefund): Ruling {
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
      return completed(rules, contribution, providerPaymentId, providerRefundId);
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
function completed(
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
  const payment = { contributionId, provider, providerPaymentId, attempt, providerRefundId };
  const events: BoardEvent[] = [{ type: "refund_completed", ...payment, ofContribution, after }];
  if (ofContribution && !wasReturning) events.push(...adjusted(rules, after));
  return events;
}

/** The provider reports that a payment went back. Its report decides, also when ChipIn did not request the refund. */
export function sentBackByProvider(rules: Rules, contribution: Contribution, report: ReportPayment): Ruling {
  const { state, at } = rules;
  const { providerPaymentId, providerStatus } = report;
  const { id: contributionId, provider, status, refunds } = contribution;
  const known = refunds.get(providerPaymentId);
  if (known) {
    return known.status === "completed"
      ? []
      : completed(rules, contribution, providerPaymentId, known.providerRefundId);
  }
  if (providerPaymentId === contribution.providerPaymentId) {
    const requested = takeBack(rules, contribution, providerPaymentId, "provider");
    if ("refused" in requested) return requested;
    const after = totalsAfter(state, at, { returning: cents(state.returning + netOf(contribution)) });
    return [...requested, ...completed(rules, contribution, providerPaymentId, null, after)];
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
  events.push({ type: "refund_completed", ...payment, attempt, providerRefundId: null, ofContribution: false, after });
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
  const mayStay = isOpenStatus(state.status) || state.status === "closed";
  if (!isOfPot || !mayStay || !refundMayBecome(refund.status, "withdrawn")) {
    return { refused: "cannot_withdraw", status: refund.status };
  }
  const returning = cents(state.returning - netOf(contribution));
  const after = totalsAfter(state, at, { returning });
  const { provider } = contribution;
  const { attempt, providerRefundId } = refund;
  const payment = { contributionId, provider, providerPaymentId, attempt, providerRefundId };
  const events: BoardEvent[] = [{ type: "refund_withdrawn", ...payment, after }, ...adjusted(rules, after)];
  const funded = nextBoardStatus(state.status, "reach_goal");
  if (funded && potOf(after).payable >= terms.goal) {
    events.push({ type: "goal_reached", after: { ...after, status: funded, updatedAt: at.toISOString() } });
  }
  return events;
}
