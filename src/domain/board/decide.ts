import type { BoardCommand, CancelBoard, ClearFlag, CloseBoard, OpenBoard, PassDeadline, Refusal } from "./commands.ts";
import { expirePayment, notePaymentRequest, openContribution, reportPayment, retryPayment } from "./decide-payments.ts";
import { reportRefund, requestRefund } from "./decide-refunds.ts";
import type { Actor, BoardEvent } from "./events.ts";
import { flagKey, openFlags } from "./flags.ts";
import { type CloseReason, nextBoardStatus } from "./lifecycle.ts";
import { planPayouts } from "./plan-payouts.ts";
import { isOpen, standing } from "./standing.ts";
import type { BoardState, BoardTerms } from "./state.ts";

const SYSTEM: Actor = { kind: "system" };
/** A payment begun before the deadline may still be told of: so long the board waits for its provider to be asked. */
export const CLOSING_GRACE_MS = 15 * 60_000;

/** What follows from `command`: the events to record (none when it is old news), or why it may not happen. */
export function decide(state: BoardState, command: BoardCommand, now: Date): BoardEvent[] | Refusal {
  if (command.type === "open_board") return openBoard(state, command, now);
  const { terms } = state;
  if (!terms) return { refused: "unknown_board" };
  switch (command.type) {
    case "open_contribution":
      return openContribution(state, terms, command, now);
    case "retry_payment":
      return retryPayment(state, command, now);
    case "note_payment_request":
      return notePaymentRequest(state, command);
    case "report_payment":
      return reportPayment(state, terms, command, now);
    case "expire_payment":
      return expirePayment(state, command, now);
    case "request_refund":
      return requestRefund(state, command);
    case "report_refund":
      return reportRefund(state, command);
    case "clear_flag":
      return clearFlag(state, command);
    case "close_board":
      return closeBoard(state, terms, command, now);
    case "cancel_board":
      return cancelBoard(state, command);
    case "pass_deadline":
      return passDeadline(state, terms, command, now);
    default:
      command satisfies never;
      throw new RangeError("unknown command");
  }
}

export function isRefusal(outcome: BoardEvent[] | Refusal): outcome is Refusal {
  return "refused" in outcome;
}

function openBoard(state: BoardState, command: OpenBoard, now: Date): BoardEvent[] | Refusal {
  const { boardId, partnerId, hostId, hostSince, giftType, payoutMethod, goal, deadline } = command;
  if (state.terms) return state.terms.boardId === boardId ? [] : { refused: "code_taken" };
  if (deadline <= now) return { refused: "deadline_not_ahead" };
  return [
    {
      type: "board_opened",
      ...{ boardId, partnerId, hostId, giftType, payoutMethod, goal },
      deadline: deadline.toISOString(),
      ...(hostSince && { hostSince: hostSince.toISOString() }),
    },
  ];
}

function closeBoard(state: BoardState, terms: BoardTerms, command: CloseBoard, now: Date): BoardEvent[] | Refusal {
  if (state.status === "closed" || state.status === "paid_out") return [];
  if (!nextBoardStatus(state.status, "close")) return { refused: "cannot_close", status: state.status };
  if (command.reason === "goal_reached" && state.raised < terms.goal) return { refused: "goal_not_reached" };
  if (command.reason === "deadline_reached" && now < state.deadline) return { refused: "deadline_not_reached" };
  return [closing(state, terms, command.reason, command.by, now)];
}

/** Every completed contribution goes back whole, the fee too. (product-facts 8) */
function cancelBoard(state: BoardState, { by }: CancelBoard): BoardEvent[] | Refusal {
  if (state.status === "cancelled") return [];
  if (!nextBoardStatus(state.status, "cancel")) return { refused: "cannot_cancel", status: state.status };
  const events: BoardEvent[] = [{ type: "board_cancelled", cancelledBy: by, after: standing(state, "cancelled") }];
  for (const { id: contributionId, status, amount, providerPaymentId, refunds } of state.contributions.values()) {
    if (status !== "completed" || providerPaymentId === null || refunds.has(providerPaymentId)) continue;
    events.push({ type: "refund_requested", contributionId, providerPaymentId, amount, cause: "board_cancelled" });
  }
  return events;
}

function passDeadline(
  state: BoardState,
  terms: BoardTerms,
  { providersAsked = false }: PassDeadline,
  now: Date,
): BoardEvent[] | Refusal {
  if (now < state.deadline) return { refused: "deadline_not_reached" };
  if (!isOpen(state)) return [];
  const waited = now.getTime() - state.deadline.getTime() >= CLOSING_GRACE_MS;
  if (!providersAsked && !waited && hasOpenPayments(state)) return { refused: "payments_open" };
  if (state.raised > 0) return [closing(state, terms, "deadline_reached", SYSTEM, now)];
  return [{ type: "board_expired", after: standing(state, "expired") }];
}

/** Offers that stood at the deadline, and payments a provider works on. What was given up earlier holds nobody up. */
function hasOpenPayments({ contributions, deadline }: BoardState): boolean {
  const from = deadline.getTime();
  return [...contributions.values()].some(
    ({ status, underWay, offerExpiresAt }) =>
      (status === "processing" && underWay) ||
      ((status === "pending" || status === "processing") &&
        offerExpiresAt !== null &&
        Date.parse(offerExpiresAt) >= from),
  );
}

function closing(state: BoardState, terms: BoardTerms, reason: CloseReason, closedBy: Actor, now: Date): BoardEvent {
  // What is already on its way back is not paid out as well.
  const goingBack = [...state.contributions.values()]
    .filter(({ status, refunds, providerPaymentId }) => status === "completed" && refunds.has(providerPaymentId ?? ""))
    .reduce((sum, { amount, fee }) => sum + amount - fee, 0);
  const payouts = planPayouts(terms, state.raised - goingBack, now);
  const held = openFlags(state).length > 0;
  const after = standing(state, "closed");
  return { type: "board_closed", reason, closedBy, payouts, ...(held && { held: true as const }), after };
}

function clearFlag(state: BoardState, { by, ...command }: ClearFlag): BoardEvent[] | Refusal {
  const { flag, contributionId, providerPaymentId } = command;
  const named = { flag, contributionId, ...(providerPaymentId !== null && { providerPaymentId }) };
  const raised = state.flags.get(flagKey(named));
  if (!raised) return { refused: "unknown_flag" };
  if (raised.cleared) return [];
  const events: BoardEvent[] = [{ type: "flag_cleared", ...named, clearedBy: by }];
  const isLast = openFlags(state).length === 1;
  if (isLast && state.closing?.held) events.push({ type: "payouts_released" });
  return events;
}
