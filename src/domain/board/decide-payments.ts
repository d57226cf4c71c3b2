import { MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "../fees.ts";
import { boardCode, paymentReference } from "../ids.ts";
import { cents } from "../money.ts";
import type {
  ExpirePayment,
  NotePaymentRequest,
  OpenContribution,
  Refusal,
  ReportPayment,
  RetryPayment,
} from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import { sentBackByProvider } from "./decide-refunds.ts";
import type { BoardEvent } from "./events.ts";
import { FAILED_STAYS_MS } from "./evolve.ts";
import { flagsOfCompletion, openFlag } from "./flags.ts";
import {
  acceptsContributions,
  isOpenStatus,
  nextBoardStatus,
  type PaymentWay,
  paymentMayBecome,
  STAND_IN,
  TEST_PAGE,
} from "./lifecycle.ts";
import { activeRefund, netOf, potOf, totalsAfter } from "./pot.ts";
import type { BoardState, BoardTerms, Contribution } from "./state.ts";

/** How long a guest has to pay, where the provider can end an attempt; never much past the deadline. (product-facts 5) */
const ATTEMPT_MS = 60 * 60_000;
const SHORTEST_ATTEMPT_MS = 5 * 60_000;
/** Without news for this long, and the provider asked, we stop waiting. (product-facts 3.2) */
export const EXPIRY_MS = 24 * 60 * 60_000;
/** An unpaid attempt costs a stranger nothing, so their number on one board is bounded. (design 6) */
export const UNPAID_BEFORE_CHALLENGE = 100;
export const MAX_UNPAID = 2_000;
/** On a sandbox board a paid one costs nothing either. */
export const MAX_TEST_CONTRIBUTIONS = 1_000;
/** Each attempt is an event of the log for good, and a request at the provider. */
export const MAX_ATTEMPTS = 20;

export function openContribution({ state, terms, now }: Rules, command: OpenContribution): Ruling {
  const { contributionId, submission, provider, amount, signals, challengePassed } = command;
  if (state.anonymised) return { refused: "unknown_board" };
  if (terms.sandbox !== (provider === TEST_PAGE)) return { refused: "wrong_way_to_pay" };
  const known = state.contributions.get(state.submissions.get(submission) ?? "");
  if (known && !mayStartAttempt(known)) return [];
  if (!acceptsContributions(state.status, state.deadline, now)) return notAccepting(state);
  if (known) return nextAttempt(state, known, now);
  if (amount < MIN_CONTRIBUTION_CENTS || amount > MAX_CONTRIBUTION_CENTS) {
    return { refused: "amount_out_of_range", minimum: MIN_CONTRIBUTION_CENTS, maximum: MAX_CONTRIBUTION_CENTS };
  }
  const unpaid = unpaidAttempts(state, now);
  if (unpaid >= MAX_UNPAID) return { refused: "too_many_unpaid" };
  if (terms.sandbox && state.contributions.size >= MAX_TEST_CONTRIBUTIONS) return { refused: "too_many_unpaid" };
  if (unpaid >= UNPAID_BEFORE_CHALLENGE && !challengePassed) return { refused: "challenge_needed" };
  return [
    {
      type: "contribution_opened",
      contributionId,
      reference: paymentReference(boardCode(terms.boardId), contributionId),
      submission,
      provider: provider === TEST_PAGE ? STAND_IN : provider,
      amount,
      fee: platformFee(amount),
      attemptExpiresAt: attemptEnd(state, now),
      signals: [...signals],
    },
  ];
}

/** A failure that is about to leave the state counts no more: only an event makes it leave, and a refusal is none. */
function unpaidAttempts({ open, failed }: BoardState, now: Date): number {
  const stays = now.getTime() - FAILED_STAYS_MS;
  let recent = failed.size;
  for (const failedAt of failed.values()) {
    if (Date.parse(failedAt) > stays) break;
    recent -= 1;
  }
  return open.size + recent;
}

export function retryPayment({ state, now, find }: Rules, { reference }: RetryPayment): Ruling {
  if (state.anonymised) return { refused: "unknown_board" };
  const contribution = find({ reference });
  if (!contribution) return { refused: "unknown_payment" };
  if (!mayStartAttempt(contribution)) return { refused: "cannot_retry", status: contribution.status };
  if (!acceptsContributions(state.status, state.deadline, now)) return notAccepting(state);
  return nextAttempt(state, contribution, now);
}

/** How this contribution is paid. */
export function wayToPay(terms: BoardTerms | null, { provider }: Contribution): PaymentWay {
  return terms?.sandbox ? TEST_PAGE : provider;
}

/** Whether the guest may be sent to the provider (again): not while it works on an attempt, nor after the payment. */
export function mayStartAttempt({ status, inProgress }: Contribution): boolean {
  return status === "pending" || status === "failed" || (status === "processing" && !inProgress);
}

/** No event while the present attempt can still be paid: a double tap must not become two requests at the provider. */
function nextAttempt(state: BoardState, contribution: Contribution, now: Date): Ruling {
  const { id: contributionId, status, attempt, attemptExpiresAt } = contribution;
  const isCurrent = attemptExpiresAt !== null && now.toISOString() < attemptExpiresAt;
  if (status !== "failed" && isCurrent) return [];
  if (attempt >= MAX_ATTEMPTS) return { refused: "too_many_attempts" };
  return [
    {
      type: "payment_retried",
      contributionId,
      status: status === "failed" ? "processing" : status,
      attempt: attempt + 1,
      attemptExpiresAt: attemptEnd(state, now),
    },
  ];
}

function attemptEnd({ deadline }: BoardState, now: Date): string {
  const latest = Math.max(deadline.getTime(), now.getTime() + SHORTEST_ATTEMPT_MS);
  return new Date(Math.min(now.getTime() + ATTEMPT_MS, latest)).toISOString();
}

function notAccepting({ status }: BoardState): Refusal {
  return { refused: "not_accepting", status };
}

export function notePaymentRequest({ find }: Rules, command: NotePaymentRequest): Ruling {
  const { reference, attempt, requestId } = command;
  const contribution = find({ reference });
  if (!contribution) return { refused: "unknown_payment" };
  if (attempt !== contribution.attempt || requestId === contribution.requestId) return [];
  return [{ type: "payment_requested", contributionId: contribution.id, attempt, requestId }];
}

export function reportPayment(rules: Rules, report: ReportPayment): Ruling {
  const contribution = rules.find({ reference: report.reference });
  if (!contribution) return { refused: "unknown_payment" };
  // No provider reports a test payment, and the test page none that is real.
  const expected = wayToPay(rules.terms, contribution);
  if (report.provider !== expected) return { refused: "provider_mismatch", expected };
  if (report.status === "refunded") return sentBackByProvider(rules, contribution, report);
  if (report.status !== "completed") return progress(contribution, report, report.status);
  const refund = activeRefund(contribution, report.providerPaymentId);
  if (refund) return refund.status === "completed" ? reversed(rules, contribution, report) : [];
  // Exactly what was asked for, to the cent: we set the amount, so any other is a mistake or a trick.
  if (report.amount !== contribution.amount) return wrongAmount(rules, contribution, report);
  if (!paymentMayBecome(contribution.status, "completed")) return surplusPayment(rules, contribution, report);
  return completePayment(rules, contribution, report);
}

function progress(
  contribution: Contribution,
  { providerPaymentId, providerStatus }: ReportPayment,
  status: "processing" | "failed",
): BoardEvent[] {
  const { id: contributionId, provider, inProgress, failedPaymentIds } = contribution;
  // A repeated failure is no news of the attempt the guest has begun since.
  if (status === "failed" && failedPaymentIds.includes(providerPaymentId)) return [];
  const isNewWork = status === "processing" && contribution.status === "processing" && !inProgress;
  if (!isNewWork && !paymentMayBecome(contribution.status, status)) return [];
  const type = status === "failed" ? "payment_failed" : "payment_processing";
  return [{ type, contributionId, provider, providerPaymentId, providerStatus }];
}

/** Money the provider had sent back of its own accord is reported as paid: it may be ours again, and a person decides. */
function reversed({ state }: Rules, contribution: Contribution, { providerPaymentId }: ReportPayment): BoardEvent[] {
  const { id: contributionId, provider } = contribution;
  if (contribution.refunds.get(providerPaymentId)?.cause !== "provider") return [];
  return openFlag(state, { flag: "refund_reversed", contributionId, provider, providerPaymentId, received: null });
}

/** Real money, and not what we asked for: it completes nothing, and a person must look. */
function wrongAmount(
  { state }: Rules,
  { id: contributionId, provider, amount: expected }: Contribution,
  { providerPaymentId, amount: received }: ReportPayment,
): Ruling {
  const flag = { flag: "amount_mismatch", contributionId, provider, providerPaymentId, received } as const;
  return { refusal: { refused: "amount_mismatch", expected, received }, events: openFlag(state, flag) };
}

function completePayment(
  { state, terms, now, at }: Rules,
  contribution: Contribution,
  { providerPaymentId }: ReportPayment,
): BoardEvent[] {
  const { id: contributionId, provider, amount, fee, openedAt } = contribution;
  const isOpen = isOpenStatus(state.status);
  const counted = cents(state.counted + netOf(contribution));
  const contributionCount = state.contributionCount + 1;
  const after = totalsAfter(state, at, { counted, contributionCount });
  const payment = { contributionId, provider, providerPaymentId };
  const events: BoardEvent[] = [{ type: "payment_completed", ...payment, amount, fee, openedAt, late: !isOpen, after }];
  if (!isOpen) {
    // Money that arrives after closing is recorded, then refunded: it must never strand.
    const cause = state.status === "cancelled" ? "board_cancelled" : "late_payment";
    const returning = cents(state.returning + netOf(contribution));
    const attempt = 1;
    events.push({ type: "refund_requested", ...payment, amount, cause, attempt, after: { ...after, returning } });
    return events;
  }
  const { payable } = potOf(after);
  events.push(...flagsOfCompletion(state, terms, contribution, { payable, now }));
  const funded = nextBoardStatus(state.status, "reach_goal");
  if (funded && payable >= terms.goal) {
    events.push({ type: "goal_reached", after: { ...after, status: funded, updatedAt: at.toISOString() } });
  }
  return events;
}

/** The same payment reported twice changes nothing; another payment for a paid reference is real money to send back. */
function surplusPayment(
  { state, at }: Rules,
  contribution: Contribution,
  { providerPaymentId }: ReportPayment,
): BoardEvent[] {
  const { id: contributionId, provider, amount, surplusPaymentIds } = contribution;
  if (providerPaymentId === contribution.providerPaymentId || surplusPaymentIds.includes(providerPaymentId)) return [];
  const payment = { contributionId, provider, providerPaymentId, amount };
  return [
    { type: "surplus_payment_received", ...payment },
    { type: "refund_requested", ...payment, cause: "surplus_payment", attempt: 1, after: totalsAfter(state, at) },
  ];
}

/** The caller has asked the provider before. */
export function expirePayment({ now, find }: Rules, { reference }: ExpirePayment): Ruling {
  const contribution = find({ reference });
  if (!contribution) return { refused: "unknown_payment" };
  const { id: contributionId, status, attemptedAt } = contribution;
  if (status !== "pending" && status !== "processing") return [];
  if (now.getTime() < Date.parse(attemptedAt) + EXPIRY_MS) return { refused: "too_early_to_expire" };
  return [{ type: "payment_expired", contributionId }];
}
