import { MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "../fees.ts";
import { boardCode, paymentReference } from "../ids.ts";
import type {
  ExpirePayment,
  NotePaymentRequest,
  OpenContribution,
  Refusal,
  ReportPayment,
  RetryPayment,
} from "./commands.ts";
import { sentBackByProvider } from "./decide-refunds.ts";
import type { BoardEvent } from "./events.ts";
import { flagsOfCompletion, raise } from "./flags.ts";
import { acceptsContributions, nextBoardStatus, paymentMayBecome } from "./lifecycle.ts";
import { isOpen, standingWith } from "./standing.ts";
import type { BoardState, BoardTerms, Contribution } from "./state.ts";

/** How long a guest has to pay, where the provider can end an offer; never much past the deadline. (product-facts 5) */
const OFFER_MS = 60 * 60_000;
const SHORTEST_OFFER_MS = 5 * 60_000;
/** So long without news, and the provider asked: then we stop waiting. (product-facts 3.2) */
export const EXPIRY_MS = 24 * 60 * 60_000;

export function openContribution(
  state: BoardState,
  terms: BoardTerms,
  command: OpenContribution,
  now: Date,
): BoardEvent[] | Refusal {
  const { contributionId, submission, provider, amount, signals = [] } = command;
  const known = state.contributions.get(state.submissions.get(submission) ?? "");
  if (known && !mayStartAgain(known)) return [];
  if (!acceptsContributions(state.status, state.deadline, now)) {
    return { refused: "not_accepting", status: state.status };
  }
  if (known) return freshOffer(state, known, now);
  if (amount < MIN_CONTRIBUTION_CENTS || amount > MAX_CONTRIBUTION_CENTS) {
    return { refused: "amount_out_of_range", minimum: MIN_CONTRIBUTION_CENTS, maximum: MAX_CONTRIBUTION_CENTS };
  }
  const reference = paymentReference(boardCode(terms.boardId), contributionId);
  const opened = { contributionId, reference, submission, provider, amount, fee: platformFee(amount) };
  const offerExpiresAt = offerEnd(state, now);
  return [{ type: "contribution_opened", ...opened, offerExpiresAt, ...(signals.length > 0 && { signals }) }];
}

export function retryPayment(state: BoardState, { reference }: RetryPayment, now: Date): BoardEvent[] | Refusal {
  const contribution = state.contributions.get(reference);
  if (!contribution) return { refused: "unknown_payment", reference };
  if (!mayStartAgain(contribution)) return { refused: "payment_settled", status: contribution.status };
  if (!acceptsContributions(state.status, state.deadline, now)) {
    return { refused: "not_accepting", status: state.status };
  }
  return freshOffer(state, contribution, now);
}

/** May the guest be sent to the provider (again)? Not while the provider works on it, nor after it was paid. */
export function mayStartAgain({ status, underWay }: Contribution): boolean {
  return status === "pending" || status === "failed" || (status === "processing" && !underWay);
}

/** The offer that stands, while it stands: a double tap must not become two requests at the provider. */
function freshOffer(state: BoardState, contribution: Contribution, now: Date): BoardEvent[] {
  const { id: contributionId, status, attempt, offerExpiresAt } = contribution;
  const stands = offerExpiresAt !== null && now.toISOString() < offerExpiresAt;
  if (status !== "failed" && stands) return [];
  return [{ type: "payment_retried", contributionId, attempt: attempt + 1, offerExpiresAt: offerEnd(state, now) }];
}

function offerEnd({ deadline }: BoardState, now: Date): string {
  const latest = Math.max(deadline.getTime(), now.getTime() + SHORTEST_OFFER_MS);
  return new Date(Math.min(now.getTime() + OFFER_MS, latest)).toISOString();
}

export function notePaymentRequest(state: BoardState, command: NotePaymentRequest): BoardEvent[] | Refusal {
  const { reference, attempt, requestId } = command;
  const contribution = state.contributions.get(reference);
  if (!contribution) return { refused: "unknown_payment", reference };
  if (attempt !== contribution.attempt || requestId === contribution.requestId) return [];
  return [{ type: "payment_requested", contributionId: contribution.id, attempt, requestId }];
}

export function reportPayment(
  state: BoardState,
  terms: BoardTerms,
  report: ReportPayment,
  now: Date,
): BoardEvent[] | Refusal {
  const contribution = state.contributions.get(report.reference);
  if (!contribution) return { refused: "unknown_payment", reference: report.reference };
  if (report.provider !== contribution.provider) {
    return { refused: "provider_mismatch", expected: contribution.provider };
  }
  const { providerPaymentId } = report;
  if (report.status === "refunded") return sentBackByProvider(state, contribution, report);
  if (report.status !== "completed") return progress(contribution, report, report.status);
  // On its way back, or already there, for whatever cause: it is not counted, nor asked for twice.
  if (contribution.refunds.has(providerPaymentId)) return [];
  // Exactly what was asked for, to the cent: we set the amount, so any other is a mistake or a trick.
  if (report.amount !== contribution.amount) return wrongAmount(state, contribution, report);
  if (!paymentMayBecome(contribution.status, "completed")) return surplusPayment(contribution, providerPaymentId);
  return completePayment(state, terms, contribution, { providerPaymentId, now });
}

function progress(
  contribution: Contribution,
  { providerPaymentId, providerStatus }: ReportPayment,
  status: "processing" | "failed",
): BoardEvent[] {
  const { id: contributionId, underWay, failedPaymentIds } = contribution;
  // A failure told again is no news of the attempt the guest has begun since.
  if (status === "failed" && failedPaymentIds.includes(providerPaymentId)) return [];
  const isNewWork = status === "processing" && contribution.status === "processing" && !underWay;
  if (!isNewWork && !paymentMayBecome(contribution.status, status)) return [];
  return [{ type: "payment_progressed", contributionId, status, providerPaymentId, providerStatus }];
}

/** Real money, and not what we asked for: it completes nothing, and a person must look. */
function wrongAmount(
  state: BoardState,
  { id: contributionId, amount: expected }: Contribution,
  { providerPaymentId, amount: received }: ReportPayment,
): BoardEvent[] | Refusal {
  const about = { contributionId, providerPaymentId, ...(received !== null && { received }) };
  const raised = raise(state, { flag: "amount_mismatch", ...about });
  return raised.length > 0 ? raised : { refused: "amount_mismatch", expected, received };
}

function completePayment(
  state: BoardState,
  terms: BoardTerms,
  contribution: Contribution,
  { providerPaymentId, now }: { providerPaymentId: string; now: Date },
): BoardEvent[] {
  const { id: contributionId, amount } = contribution;
  const after = standingWith(state, contribution);
  const events: BoardEvent[] = [{ type: "payment_completed", contributionId, providerPaymentId, after }];
  if (!isOpen(state)) {
    // Money that arrives after closing is recorded, then sent back: it must never strand.
    const cause = state.status === "cancelled" ? "board_cancelled" : "late_payment";
    events.push({ type: "refund_requested", contributionId, providerPaymentId, amount, cause });
    return events;
  }
  events.push(...flagsOfCompletion(state, terms, contribution, { raised: after.raised, now }));
  const funded = nextBoardStatus(state.status, "reach_goal");
  if (funded && after.raised >= terms.goal) events.push({ type: "goal_reached", after: { ...after, status: funded } });
  return events;
}

/** The same payment told twice is old news; another payment for a paid reference is real money to send back. */
function surplusPayment(contribution: Contribution, providerPaymentId: string): BoardEvent[] {
  const { id: contributionId, amount, surplusPaymentIds } = contribution;
  if (providerPaymentId === contribution.providerPaymentId || surplusPaymentIds.includes(providerPaymentId)) return [];
  return [
    { type: "surplus_payment_received", contributionId, providerPaymentId, amount },
    { type: "refund_requested", contributionId, providerPaymentId, amount, cause: "surplus_payment" },
  ];
}

/** Who knows better, the provider, is asked by the caller before. */
export function expirePayment(state: BoardState, { reference }: ExpirePayment, now: Date): BoardEvent[] | Refusal {
  const contribution = state.contributions.get(reference);
  if (!contribution) return { refused: "unknown_payment", reference };
  const { id: contributionId, status, attemptedAt } = contribution;
  if (status !== "pending" && status !== "processing") return [];
  if (now.getTime() < Date.parse(attemptedAt) + EXPIRY_MS) return { refused: "too_early_to_expire" };
  const words = { providerPaymentId: null, providerStatus: "no news", expiredUnpaid: true } as const;
  return [{ type: "payment_progressed", contributionId, status: "failed", ...words }];
}
