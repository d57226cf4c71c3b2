import { MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "../fees.ts";
import { boardCode, paymentReference } from "../ids.ts";
import { cents } from "../money.ts";
import type { BoardCommand, CloseBoard, OpenBoard, OpenContribution, Refusal, ReportPayment } from "./commands.ts";
import type { Actor, BoardEvent, Standing } from "./events.ts";
import { acceptsContributions, type CloseReason, nextBoardStatus, paymentMayBecome } from "./lifecycle.ts";
import { planPayouts } from "./plan-payouts.ts";
import type { BoardState, BoardTerms, Contribution } from "./state.ts";

const SYSTEM: Actor = { kind: "system" };

/** What follows from `command`: the events to record (none when it is old news), or why it may not happen. */
export function decide(state: BoardState, command: BoardCommand, now: Date): BoardEvent[] | Refusal {
  if (command.type === "open_board") return openBoard(state, command, now);
  if (!state.terms) return { refused: "unknown_board" };
  switch (command.type) {
    case "open_contribution":
      return openContribution(state, state.terms, command, now);
    case "report_payment":
      return reportPayment(state, state.terms, command);
    case "close_board":
      return closeBoard(state, state.terms, command, now);
    case "pass_deadline":
      return passDeadline(state, state.terms, now);
    default:
      command satisfies never;
      throw new RangeError("unknown command");
  }
}

export function isRefusal(outcome: BoardEvent[] | Refusal): outcome is Refusal {
  return "refused" in outcome;
}

function openBoard(state: BoardState, command: OpenBoard, now: Date): BoardEvent[] | Refusal {
  const { boardId, partnerId, hostId, giftType, payoutMethod, goal, deadline } = command;
  if (state.terms) return state.terms.boardId === boardId ? [] : { refused: "code_taken" };
  if (deadline <= now) return { refused: "deadline_not_ahead" };
  return [
    {
      type: "board_opened",
      ...{ boardId, partnerId, hostId, giftType, payoutMethod, goal },
      deadline: deadline.toISOString(),
    },
  ];
}

function openContribution(
  state: BoardState,
  terms: BoardTerms,
  command: OpenContribution,
  now: Date,
): BoardEvent[] | Refusal {
  const { contributionId, submission, provider, amount } = command;
  if (state.submissions.has(submission)) return [];
  if (!acceptsContributions(state.status, state.deadline, now)) {
    return { refused: "not_accepting", status: state.status };
  }
  if (amount < MIN_CONTRIBUTION_CENTS || amount > MAX_CONTRIBUTION_CENTS) {
    return { refused: "amount_out_of_range", minimum: MIN_CONTRIBUTION_CENTS, maximum: MAX_CONTRIBUTION_CENTS };
  }
  const reference = paymentReference(boardCode(terms.boardId), contributionId);
  const fee = platformFee(amount);
  return [{ type: "contribution_opened", contributionId, reference, submission, provider, amount, fee }];
}

function reportPayment(state: BoardState, terms: BoardTerms, report: ReportPayment): BoardEvent[] | Refusal {
  const contribution = state.contributions.get(report.reference);
  if (!contribution) return { refused: "unknown_payment", reference: report.reference };
  if (report.provider !== contribution.provider) {
    return { refused: "provider_mismatch", expected: contribution.provider };
  }
  const { id: contributionId, amount: expected } = contribution;
  const { providerPaymentId, providerStatus } = report;
  if (report.status !== "completed") {
    if (!paymentMayBecome(contribution.status, report.status)) return [];
    return [{ type: "payment_progressed", contributionId, status: report.status, providerPaymentId, providerStatus }];
  }
  // Exactly what was asked for, to the cent: we set the amount, so any other is a mistake or a trick.
  if (report.amount !== expected) return { refused: "amount_mismatch", expected, received: report.amount };
  if (!paymentMayBecome(contribution.status, "completed")) return surplusPayment(contribution, providerPaymentId);
  return completePayment(state, terms, contribution, providerPaymentId);
}

function completePayment(
  state: BoardState,
  terms: BoardTerms,
  contribution: Contribution,
  providerPaymentId: string,
): BoardEvent[] {
  const { id: contributionId, amount, fee } = contribution;
  const raised = cents(state.raised + amount - fee);
  const after: Standing = { status: state.status, raised, contributionCount: state.contributionCount + 1 };
  const events: BoardEvent[] = [{ type: "payment_completed", contributionId, providerPaymentId, after }];
  if (!isOpen(state)) {
    // Money that arrives after closing is recorded, then sent back: it must never strand.
    events.push({ type: "refund_requested", contributionId, providerPaymentId, amount, cause: "late_payment" });
    return events;
  }
  const funded = nextBoardStatus(state.status, "reach_goal");
  if (funded && raised >= terms.goal) events.push({ type: "goal_reached", after: { ...after, status: funded } });
  return events;
}

/** The same payment told twice is old news; another payment for a paid reference is real money to send back. */
function surplusPayment(contribution: Contribution, providerPaymentId: string): BoardEvent[] {
  const { id: contributionId, amount } = contribution;
  if (providerPaymentId === contribution.providerPaymentId) return [];
  if (contribution.surplusPaymentIds.includes(providerPaymentId)) return [];
  return [
    { type: "surplus_payment_received", contributionId, providerPaymentId, amount },
    { type: "refund_requested", contributionId, providerPaymentId, amount, cause: "surplus_payment" },
  ];
}

function closeBoard(state: BoardState, terms: BoardTerms, command: CloseBoard, now: Date): BoardEvent[] | Refusal {
  if (state.status === "closed" || state.status === "paid_out") return [];
  if (!nextBoardStatus(state.status, "close")) return { refused: "cannot_close", status: state.status };
  if (command.reason === "goal_reached" && state.raised < terms.goal) return { refused: "goal_not_reached" };
  if (command.reason === "deadline_reached" && now < state.deadline) return { refused: "deadline_not_reached" };
  return [closing(state, terms, command.reason, command.by, now)];
}

function passDeadline(state: BoardState, terms: BoardTerms, now: Date): BoardEvent[] | Refusal {
  if (now < state.deadline) return { refused: "deadline_not_reached" };
  if (!isOpen(state)) return [];
  if (state.raised > 0) return [closing(state, terms, "deadline_reached", SYSTEM, now)];
  return [{ type: "board_expired", after: standing(state, "expired") }];
}

function closing(state: BoardState, terms: BoardTerms, reason: CloseReason, closedBy: Actor, now: Date): BoardEvent {
  const payouts = planPayouts(terms, state.raised, now);
  return { type: "board_closed", reason, closedBy, payouts, after: standing(state, "closed") };
}

function standing(state: BoardState, status: Standing["status"]): Standing {
  return { status, raised: state.raised, contributionCount: state.contributionCount };
}

function isOpen(state: BoardState): boolean {
  return state.status === "active" || state.status === "funded";
}
