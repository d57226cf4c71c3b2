import { cents } from "../money.ts";
import { addHours } from "../time.ts";
import { type Actor, isSameActor } from "./actor.ts";
import type { CompletePayout, FailPayout, Refusal, RetryPayout, StartPayout, SupplementPayout } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import type { BoardEvent, Payout } from "./events.ts";
import { holdKey, holdOf, holdsAfter, PERSONS_HOLD } from "./holds.ts";
import { isOpenStatus, nextBoardStatus, nextPayoutStatus, refundMayBecome } from "./lifecycle.ts";
import { supplementaryPayouts } from "./plan-payouts.ts";
import { activeRefund, netOf, totalsAfter } from "./pot.ts";
import { type BoardState, payoutsAfter } from "./state.ts";

/** An executor's outcome that is unknown for this long is a person's to find out. */
export const UNKNOWN_OUTCOME_HOURS = 24;

/** Exactly one caller claims a payout. The same claim again changes nothing. */
export function startPayout(rules: Rules, { payoutId, execution: id, method }: StartPayout): Ruling {
  const { state, terms, at, by } = rules;
  const payout = state.payouts.get(payoutId);
  if (!payout) return { refused: "unknown_payout" };
  // No counterparty hears of test money.
  if (terms.sandbox && method === "automation") return { refused: "nothing_to_pay" };
  const status = nextPayoutStatus(payout.status, "start");
  if (payout.status === "processing" && payout.execution?.id === id) return [];
  if (!status) return { refused: "cannot_start_payout", ...standing(payout) };
  const obstacle = obstacleOf(state, payout);
  if (obstacle) return obstacle;
  const execution = { id, method, startedAt: at.toISOString(), by };
  return [{ type: "payout_started", payout: { ...payout, status, execution } }];
}

/**
 * Final. The same person, or the same partner, may say it again with the same reference. A payout under way was free when
 * it was started, and the money may be gone: a hold that came later does not hide that.
 */
export function completePayout(rules: Rules, command: CompletePayout): Ruling {
  const { state, at, by } = rules;
  const { payoutId, externalRef, completedAt, method, execution, net } = command;
  const payout = state.payouts.get(payoutId);
  if (!payout) return { refused: "unknown_payout" };
  const { completion } = payout;
  if (completion?.externalRef === externalRef && isSameActor(completion.by, by)) return [];
  const status = nextPayoutStatus(payout.status, "complete");
  if (!status) return { refused: "cannot_complete_payout", ...standing(payout) };
  if (!mayReport(payout, { method, execution })) return { refused: "payout_under_way", ...standing(payout) };
  const obstacle = payout.status === "pending" ? obstacleOf(state, payout) : null;
  if (obstacle) return obstacle;
  if (net !== undefined && net !== payout.net) return { refused: "amount_changed", net: payout.net };
  const ended = { externalRef, completedAt: (completedAt ?? at).toISOString(), by };
  return [{ type: "payout_completed", payout: { ...payout, status, completion: ended, errorCode: null } }];
}

/** It was certainly not paid. A person may say so of an executor's payout once its outcome has been unknown for long. */
export function failPayout({ state, now }: Rules, { payoutId, errorCode, method, execution }: FailPayout): Ruling {
  const payout = state.payouts.get(payoutId);
  if (!payout) return { refused: "unknown_payout" };
  if (payout.status === "failed") return [];
  const status = nextPayoutStatus(payout.status, "fail");
  if (!status) return { refused: "cannot_fail_payout", ...standing(payout) };
  const isOverdue = payout.execution && now >= addHours(new Date(payout.execution.startedAt), UNKNOWN_OUTCOME_HOURS);
  const isForeign = payout.status === "processing" && method === "hand" && payout.execution?.method === "automation";
  if (!mayReport(payout, { method, execution }) || (isForeign && !isOverdue)) {
    return { refused: "payout_under_way", ...standing(payout) };
  }
  // The board may be anonymised by now, and why it failed would be written into it anew.
  if (payout.status === "pending" && payout.gross === 0) return { refused: "nothing_to_pay" };
  return [{ type: "payout_failed", payout: { ...payout, status, errorCode } }];
}

export function retryPayout({ state }: Rules, { payoutId }: RetryPayout): Ruling {
  const payout = state.payouts.get(payoutId);
  if (!payout) return { refused: "unknown_payout" };
  if (payout.status === "pending" && payout.attempt > 1) return [];
  const status = nextPayoutStatus(payout.status, "retry");
  if (!status) return { refused: "cannot_retry_payout", ...standing(payout) };
  const retried = { ...payout, status, attempt: payout.attempt + 1, execution: null, errorCode: null };
  return [{ type: "payout_retried", payout: retried, ready: isReady(state, retried) }];
}

/** A person decides that late money stays: it is paid out on top instead of going back. (product-facts 3.2) */
export function supplementPayout(rules: Rules, { contributionId }: SupplementPayout): Ruling {
  const { state, terms, at } = rules;
  // Nobody knows any more whom to pay.
  if (state.anonymised) return { refused: "anonymised" };
  const contribution = rules.find({ id: contributionId });
  const own = contribution?.providerPaymentId ?? null;
  const refund = contribution?.refunds.get(own ?? "");
  if (!contribution || own === null) return { refused: "unknown_payment" };
  const { late, provider } = contribution;
  if (!late || !refund || !state.closing) return { refused: "not_late", status: contribution.status };
  if (refund.status === "withdrawn") return [];
  if (!activeRefund(contribution, own) || !refundMayBecome(refund.status, "withdrawn")) {
    return { refused: "cannot_withdraw", status: refund.status };
  }
  const after = totalsAfter(state, at, { returning: cents(state.returning - netOf(contribution)) });
  const { attempt, providerRefundId } = refund;
  const payment = { contributionId, provider, providerPaymentId: own, attempt, providerRefundId };
  const events: BoardEvent[] = [{ type: "refund_withdrawn", ...payment, after }];
  const purpose = { of: contributionId, attempt };
  const growth = { terms, amount: netOf(contribution), at: at.toISOString(), purpose };
  const supplements = supplementaryPayouts([...state.payouts.values()], growth);
  return [
    ...events,
    ...supplements.map((payout) => {
      return { type: "payout_supplemented", payout, contributionId, ready: isReady(state, payout, events) } as const;
    }),
  ];
}

/** A person holds the payouts of the board, before or after it closes, while there is something to pay. */
export function placeHold({ state }: Rules): Ruling {
  if (state.holds.has(holdKey(PERSONS_HOLD))) return [];
  const mayPay = [...state.payouts.values()].some(({ status, gross }) => status !== "completed" && gross > 0);
  if (!isOpenStatus(state.status) && !mayPay) return { refused: "cannot_hold", status: state.status };
  return [{ type: "payout_hold_placed", ...PERSONS_HOLD }];
}

export function liftHold({ state }: Rules): Ruling {
  return state.holds.has(holdKey(PERSONS_HOLD)) ? [{ type: "payout_hold_lifted", ...PERSONS_HOLD }] : [];
}

/**
 * What else follows from the events of one command: the recorded holds are brought in line with what holds the payouts
 * now, payouts that nothing holds any more are released, and the board is paid out with its last payout.
 */
export function payoutConsequences(state: BoardState, at: Date, events: readonly BoardEvent[]): BoardEvent[] {
  if (events.length === 0) return [];
  const following: BoardEvent[] = [];
  const wanted = new Map(holdsAfter(state, events).map((hold) => [holdKey(hold), hold]));
  const recorded = new Map(state.holds);
  for (const event of events) {
    // A person's own.
    if (event.type === "payout_hold_placed") recorded.set(holdKey(event), event);
    if (event.type === "payout_hold_lifted") recorded.delete(holdKey(event));
  }
  for (const [key, hold] of wanted) {
    if (!recorded.has(key)) following.push({ type: "payout_hold_placed", ...hold });
  }
  for (const [key, hold] of recorded) {
    if (!wanted.has(key)) following.push({ type: "payout_hold_lifted", ...holdOf(hold) });
  }
  if (!state.closing) return following;
  const payouts = payoutsAfter(state, events);
  if (wanted.size === 0 && (state.holds.size > 0 || holdsAfter(state, []).length > 0)) {
    const released = payouts.filter(({ status, gross }) => status === "pending" && gross > 0);
    if (released.length > 0) following.push({ type: "payouts_released", payouts: released });
  }
  const status = nextBoardStatus(state.status, "settle");
  if (status && events.some((event) => "payout" in event || event.type === "payouts_adjusted") && isSettled(payouts)) {
    // The same command may have changed the pot.
    const last = events.findLast((event) => "after" in event);
    const after = last && "after" in last ? last.after : totalsAfter(state, at);
    following.push({ type: "board_paid_out", after: { ...after, status, updatedAt: at.toISOString() } });
  }
  return following;
}

/** There must be a payout that was completed; those that refunds have emptied are not waited for. */
function isSettled(payouts: readonly Payout[]): boolean {
  const toPay = payouts.filter(({ gross }) => gross > 0);
  return toPay.length > 0 && toPay.every(({ status }) => status === "completed");
}

/** Whether nothing holds the payout, before `events` and after. What they set free is announced as released. */
export function isReady(state: BoardState, { gross }: Payout, events: readonly BoardEvent[] = []): boolean {
  return gross > 0 && holdsAfter(state, []).length === 0 && holdsAfter(state, events).length === 0;
}

function obstacleOf(state: BoardState, { gross }: Payout): Refusal | null {
  const holds = holdsAfter(state, []);
  if (holds.length > 0) return { refused: "payouts_held", holds };
  return gross === 0 ? { refused: "nothing_to_pay" } : null;
}

/** A partner reports what nobody of ours has begun; an executor only the attempt it began itself. */
function mayReport({ status, execution }: Payout, reported: Pick<CompletePayout, "method" | "execution">): boolean {
  if (reported.method === "automation") return status === "processing" && execution?.id === reported.execution;
  return reported.method === "hand" || status === "pending" || execution?.method === "partner";
}

/** How the payout stands, and who brought it there. */
function standing({ status, completion, execution }: Payout): { status: Payout["status"]; by: Actor | null } {
  return { status, by: completion?.by ?? execution?.by ?? null };
}
