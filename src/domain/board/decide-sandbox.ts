import { addHours } from "../time.ts";
import type { TendSandbox } from "./commands.ts";
import type { Rules, Ruling } from "./decide.ts";
import { passDeadline } from "./decide-closing.ts";
import { EXPIRY_MS, expirePayment } from "./decide-payments.ts";
import { completePayout, payoutConsequences, retryPayout } from "./decide-payouts.ts";
import { completeRefund, requestRefund } from "./decide-refunds.ts";
import type { BoardEvent, Payout } from "./events.ts";
import { evolve } from "./evolve.ts";
import { holdsAfter } from "./holds.ts";
import { isPayoutUnpaid } from "./lifecycle.ts";
import type { BoardState } from "./state.ts";

/*
 * No person and no provider moves test money, so on a board of a sandbox it arrives by itself: refunds at once, payouts after a
 * while in which the partner may report them itself.
 */

/** So long a partner may say itself what became of an attempt to pay, and so long a failed one waits for its retry. */
const PAYOUT_HOURS = 1;

/** What else follows from `events` on a board of a sandbox. A wrong amount goes back, and every refund is done at once. */
export function sandboxConsequences(rules: Rules, events: readonly BoardEvent[]): BoardEvent[] {
  if (!rules.terms.sandbox || !events.some(isOfRefunds)) return [];
  // Of a copy, because rules change nothing. A sandbox board is small.
  const state: BoardState = structuredClone(rules.state);
  const find: Rules["find"] = (named) =>
    state.contributions.get(("id" in named ? named.id : state.references.get(named.reference)) ?? "");
  const at = rules.at.toISOString();
  for (const event of events) evolve(state, event, at);
  const following: BoardEvent[] = [];
  const waiting = [...events];
  // It grows meanwhile.
  for (const event of waiting) {
    const next = consequenceOf({ ...rules, state, find }, event);
    const all = [...next, ...payoutConsequences(state, rules.at, next)];
    for (const one of all) evolve(state, one, at);
    following.push(...all);
    waiting.push(...all);
  }
  return following;
}

function isOfRefunds({ type }: BoardEvent): boolean {
  return type === "refund_requested" || type === "flag_opened";
}

function consequenceOf(rules: Rules, event: BoardEvent): readonly BoardEvent[] {
  if (event.type === "refund_requested") {
    const contribution = rules.find({ id: event.contributionId });
    return contribution ? completeRefund(rules, contribution, event.providerPaymentId, null) : [];
  }
  if (event.type !== "flag_opened" || event.contributionId === null) return [];
  const { flag, contributionId, providerPaymentId } = event;
  const refund = eventsOf(requestRefund(rules, { type: "request_refund", contributionId, providerPaymentId }));
  return [...refund, { type: "flag_cleared", flag, contributionId, providerPaymentId }];
}

/**
 * Unpaid attempts expire, the deadline passes, payouts complete and failed ones are retried, as of the instant `until` or now,
 * whichever is later.
 */
export function tendSandbox(rules: Rules, { until }: TendSandbox): Ruling {
  const { state, terms } = rules;
  if (!terms.sandbox) return { refused: "not_sandbox" };
  const now = until > rules.now ? until : rules.now;
  const asOf = { ...rules, now };
  const events: BoardEvent[] = [];
  for (const id of state.open) {
    const reference = state.contributions.get(id)?.reference;
    if (reference) events.push(...eventsOf(expirePayment(asOf, { type: "expire_payment", reference })));
  }
  events.push(...eventsOf(passDeadline(asOf, { type: "pass_deadline", providersLookedUp: true })));
  for (const payout of unpaidPayouts(state).filter((one) => nextStepAt(one) <= now))
    events.push(...nextStep(asOf, payout));
  return events;
}

function nextStep(rules: Rules, { id: payoutId, status }: Payout): readonly BoardEvent[] {
  if (status === "failed") return eventsOf(retryPayout(rules, { type: "retry_payout", payoutId }));
  const said = { payoutId, externalRef: `sandbox-${payoutId}`, completedAt: null, method: "hand" } as const;
  return eventsOf(completePayout(rules, { type: "complete_payout", ...said }));
}

/** When `tendSandbox` next has something to do, apart from the deadline, in ms since 1970; null when nothing waits. */
export function sandboxDueAt(state: Readonly<BoardState>): number | null {
  if (!state.terms?.sandbox) return null;
  const expiries = [...state.open].flatMap((id) => {
    const contribution = state.contributions.get(id);
    return contribution ? [Date.parse(contribution.attemptedAt) + EXPIRY_MS] : [];
  });
  const due = [...expiries, ...unpaidPayouts(state).map((payout) => nextStepAt(payout).getTime())];
  return due.length > 0 ? Math.min(...due) : null;
}

function unpaidPayouts(state: BoardState): Payout[] {
  if (holdsAfter(state, []).length > 0) return [];
  return [...state.payouts.values()].filter(({ status, gross }) => isPayoutUnpaid(status) && gross > 0);
}

/** Each attempt has its hour, and after it the hour until its retry. */
function nextStepAt({ createdAt, attempt, status }: Payout): Date {
  const hours = 2 * PAYOUT_HOURS * attempt - (status === "pending" ? PAYOUT_HOURS : 0);
  return addHours(new Date(createdAt), hours);
}

function eventsOf(ruling: Ruling): readonly BoardEvent[] {
  if ("refused" in ruling) return [];
  return "refusal" in ruling ? ruling.events : ruling;
}
