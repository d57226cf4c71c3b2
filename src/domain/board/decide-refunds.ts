import type { Refusal, ReportPayment, ReportRefund, RequestRefund } from "./commands.ts";
import type { Actor, BoardEvent, RefundCause } from "./events.ts";
import { flagKey, raise } from "./flags.ts";
import { paymentMayBecome, refundMayBecome } from "./lifecycle.ts";
import { reducePayouts } from "./plan-payouts.ts";
import { findContribution, standing, standingWithout } from "./standing.ts";
import type { BoardState, Contribution } from "./state.ts";

const SYSTEM: Actor = { kind: "system" };

/** The whole amount goes back to the payer, the fee too; in parts is not offered. (product-facts 8) */
export function requestRefund(state: BoardState, command: RequestRefund): BoardEvent[] | Refusal {
  const { contributionId, providerPaymentId, cause, by } = command;
  const contribution = findContribution(state, contributionId);
  if (!contribution) return { refused: "unknown_payment", reference: contributionId };
  if (providerPaymentId !== null && providerPaymentId !== contribution.providerPaymentId) {
    return refundOfWrongAmount(state, contribution, providerPaymentId, by);
  }
  const { status, providerPaymentId: own, refunds } = contribution;
  if (own !== null && refunds.has(own)) return [];
  if (own === null || !paymentMayBecome(status, "refunded")) return { refused: "nothing_to_refund", status };
  return takeBack(state, contribution, { providerPaymentId: own, cause, by });
}

function refundOfWrongAmount(
  state: BoardState,
  { id: contributionId, status, refunds }: Contribution,
  providerPaymentId: string,
  requestedBy: Actor,
): BoardEvent[] | Refusal {
  if (refunds.has(providerPaymentId)) return [];
  const amount = state.flags.get(flagKey({ flag: "amount_mismatch", contributionId, providerPaymentId }))?.received;
  if (!amount) return { refused: "nothing_to_refund", status };
  const cause = "amount_mismatch";
  return [{ type: "refund_requested", contributionId, providerPaymentId, amount, cause, requestedBy }];
}

/** After closing, money of the pot is taken from the payouts at once: nothing goes out twice, whatever comes first. */
function takeBack(
  state: BoardState,
  contribution: Contribution,
  { providerPaymentId, cause, by }: { providerPaymentId: string; cause: RefundCause; by: Actor },
): BoardEvent[] | Refusal {
  const { id: contributionId, amount, fee, late } = contribution;
  if (state.status === "paid_out" && !late) return { refused: "already_paid_out" };
  const requested = { contributionId, providerPaymentId, amount, cause, requestedBy: by };
  const events: BoardEvent[] = [{ type: "refund_requested", ...requested }];
  if (state.closing && !late) {
    events.push({ type: "payouts_reduced", payouts: reducePayouts(state.closing.payouts, amount - fee) });
  }
  return events;
}

/** News of a refund that is behind what we know is old. What the bank returns after it was paid out is for a person. */
export function reportRefund(state: BoardState, report: ReportRefund): BoardEvent[] | Refusal {
  const { contributionId, providerPaymentId, providerRefundId, by } = report;
  const contribution = findContribution(state, contributionId);
  const refund = contribution?.refunds.get(providerPaymentId);
  if (!contribution || !refund) return { refused: "unknown_refund" };
  const wasPaidOut = refund.status === "completed";
  if (report.status === "returned" && wasPaidOut) {
    return raise(state, { flag: "refund_returned", contributionId, providerPaymentId });
  }
  const status = report.status === "returned" ? "failed" : report.status;
  const reason = report.status === "returned" ? "returned by the bank" : report.reason;
  const isNamedNow =
    status === "processing" &&
    refund.status === status &&
    providerRefundId !== null &&
    refund.providerRefundId !== providerRefundId;
  if (!isNamedNow && !refundMayBecome(refund.status, status)) return [];
  if (status === "completed") return [completed(state, contribution, report)];
  return [{ type: "refund_progressed", contributionId, providerPaymentId, status, providerRefundId, reason, by }];
}

function completed(
  state: BoardState,
  contribution: Contribution,
  refund: Pick<ReportRefund, "providerPaymentId" | "providerRefundId" | "by">,
): BoardEvent {
  const { providerPaymentId, providerRefundId, by } = refund;
  const isOwn = providerPaymentId === contribution.providerPaymentId;
  const after = isOwn ? standingWithout(state, contribution) : standing(state);
  return { type: "refund_completed", contributionId: contribution.id, providerPaymentId, providerRefundId, by, after };
}

/** The provider says that a payment went back, whoever asked for it: it decides what is true of its money. */
export function sentBackByProvider(
  state: BoardState,
  contribution: Contribution,
  report: ReportPayment,
): BoardEvent[] | Refusal {
  const { providerPaymentId, providerStatus } = report;
  const { id: contributionId, status, refunds } = contribution;
  const known = refunds.get(providerPaymentId);
  const done = { providerPaymentId, providerRefundId: null, by: SYSTEM };
  if (known) return known.status === "completed" ? [] : [completed(state, contribution, done)];
  if (providerPaymentId === contribution.providerPaymentId) {
    const events = takeBack(state, contribution, { providerPaymentId, cause: "provider", by: SYSTEM });
    return "refused" in events ? events : [...events, completed(state, contribution, done)];
  }
  // It came and went without ever counting; kept, so that news of its arrival, or a flag about it, moves it no more.
  const events: BoardEvent[] = [];
  if (paymentMayBecome(status, "failed")) {
    events.push({ type: "payment_progressed", contributionId, status: "failed", providerPaymentId, providerStatus });
  }
  const about = { contributionId, providerPaymentId };
  const received = state.flags.get(flagKey({ flag: "amount_mismatch", ...about }))?.received;
  const amount = received ?? report.amount ?? contribution.amount;
  events.push({ type: "refund_requested", ...about, amount, cause: "provider", requestedBy: SYSTEM });
  return [...events, completed(state, contribution, done)];
}
