import { SYSTEM } from "#domain/board/actor";
import type { BoardCommand } from "#domain/board/commands";
import { type DecisionContext, decide } from "#domain/board/decide";
import type { BoardEvent, BoardEventOf, Payout } from "#domain/board/events";
import { planPayouts } from "#domain/board/plan-payouts";
import { netOf, totalsAfter } from "#domain/board/pot";
import type { BoardState, Contribution } from "#domain/board/state";
import { cents } from "#domain/money";
import { later } from "../../support/board.ts";
import type { Invariant } from "./ledger.ts";
import type { DecideRules } from "./random-history.ts";

const DAY_MS = 86_400_000;

type Judged = Readonly<{ state: BoardState; command: BoardCommand; context: DecisionContext }>;

/** The rules with changed events. */
function changing(change: (events: readonly BoardEvent[], judged: Judged) => readonly BoardEvent[]): DecideRules {
  return (state, command, context) => {
    const { events, refusal } = decide(state, command, context);
    return { events: change(events, { state, command, context }), refusal };
  };
}

/** The rules with every event of one type changed. */
function rewriting<T extends BoardEvent["type"]>(
  type: T,
  rewrite: (event: BoardEventOf<T>, judged: Judged & { events: readonly BoardEvent[] }) => BoardEvent,
): DecideRules {
  const isMeant = (event: BoardEvent): event is BoardEventOf<T> & BoardEvent => event.type === type;
  return changing((events, judged) =>
    events.map((event) => (isMeant(event) ? rewrite(event, { ...judged, events }) : event)),
  );
}

const forgetting = (isForgotten: (event: BoardEvent, command: BoardCommand) => boolean) =>
  changing((events, { command }) => events.filter((event) => !isForgotten(event, command)));

/** The rules, applied to another command, state or context than the real one. */
function mistaking<T extends BoardCommand["type"]>(
  type: T,
  mistake: (command: Extract<BoardCommand, { type: T }>, judged: Judged) => Partial<Judged>,
): DecideRules {
  const isMeant = (command: BoardCommand): command is Extract<BoardCommand, { type: T }> => command.type === type;
  return (state, command, context) => {
    const judged: Judged = { state, command, context };
    const mistaken = isMeant(command) ? { ...judged, ...mistake(command, judged) } : judged;
    return decide(mistaken.state, mistaken.command, mistaken.context);
  };
}

function withContribution(state: BoardState, contribution: Contribution): BoardState {
  return { ...state, contributions: new Map(state.contributions).set(contribution.id, contribution) };
}

function byReference(state: BoardState, reference: string): Contribution | undefined {
  return state.contributions.get(state.references.get(reference) ?? "");
}

/** Rules by which a report of success completes a contribution in `status`. */
function completingAgain(status: "completed" | "refunded"): DecideRules {
  return (state, command, context) => {
    const contribution = command.type === "report_payment" ? byReference(state, command.reference) : undefined;
    if (command.type !== "report_payment" || command.status !== "completed" || contribution?.status !== status) {
      return decide(state, command, context);
    }
    const { id: contributionId, provider, amount, fee, openedAt } = contribution;
    const counted = cents(state.counted + netOf(contribution));
    const after = totalsAfter(state, context.at, { counted, contributionCount: state.contributionCount + 1 });
    const payment = { contributionId, provider, providerPaymentId: command.providerPaymentId };
    const completed = { type: "payment_completed", ...payment, amount, fee, openedAt, late: false, after } as const;
    return { events: [completed], refusal: null };
  };
}

/** A payout with `more` in its items of one type, or less. */
function changedBy(payout: Payout, type: "gift" | "overflow", more: number): Payout {
  const items = payout.items.map((item) =>
    item.type === type ? { ...item, amount: cents(item.amount + more) } : item,
  );
  const gross = cents(items.reduce((sum, { amount }) => sum + amount, 0));
  return { ...payout, items, gross, net: cents(gross - payout.fee) };
}

/** The state as if one of its payouts stood otherwise. */
function withPayout(state: BoardState, payoutId: string, change: Partial<Payout>): Partial<Judged> {
  const payout = state.payouts.get(payoutId);
  return payout ? { state: { ...state, payouts: new Map(state.payouts).set(payoutId, { ...payout, ...change }) } } : {};
}

/** The state as if nothing held its payouts. */
const unheld = (state: BoardState): BoardState => ({ ...state, flags: new Map(), holds: new Map() });

/** Rules with one fault each, and the invariant that must catch it. */
export const BROKEN_RULES: readonly (readonly [string, Invariant, DecideRules])[] = [
  ["counts a payment twice when it is reported twice", "completedOnce", completingAgain("completed")],
  ["lets a refunded contribution complete again", "completedOnce", completingAgain("refunded")],
  [
    "counts the fee in the pot",
    "totals",
    rewriting("payment_completed", ({ after, fee, ...event }) => ({
      ...event,
      fee,
      after: { ...after, counted: cents(after.counted + fee) },
    })),
  ],
  [
    "completes a contribution by any amount",
    "exactAmount",
    mistaking("report_payment", (command, { state }) => {
      const asked = byReference(state, command.reference)?.amount;
      return asked === undefined ? {} : { command: { ...command, amount: asked } };
    }),
  ],
  [
    "opens no flag for a wrong amount",
    "accounted",
    forgetting((event) => event.type === "flag_opened" && event.flag === "amount_mismatch"),
  ],
  [
    "does not refund late money",
    "accounted",
    forgetting((event) => event.type === "refund_requested" && event.cause === "late_payment"),
  ],
  [
    "does not refund second payments",
    "accounted",
    forgetting((event) => event.type === "refund_requested" && event.cause === "surplus_payment"),
  ],
  [
    "does not refund the money of a cancelled board",
    "emptied",
    forgetting((event, { type }) => type === "cancel_board" && event.type === "refund_requested"),
  ],
  [
    "requests a refund again with every command",
    "requestedOnce",
    mistaking("request_refund", ({ contributionId }, { state }) => {
      const contribution = state.contributions.get(contributionId);
      return contribution ? { state: withContribution(state, { ...contribution, refunds: new Map() }) } : {};
    }),
  ],
  [
    "refunds the requested amount instead of the received one",
    "refundAmount",
    rewriting("refund_requested", (event, { state }) => {
      const asked = state.contributions.get(event.contributionId)?.amount;
      return event.cause === "amount_mismatch" && asked !== undefined ? { ...event, amount: asked } : event;
    }),
  ],
  [
    "completes a refund when it is sent",
    "reported",
    mistaking("report_refund", (command) =>
      command.status === "processing" ? { command: { ...command, status: "completed" } } : {},
    ),
  ],
  [
    "ignores money that the provider sent back",
    "returned",
    (state, command, context) =>
      command.type === "report_payment" && command.status === "refunded"
        ? { events: [], refusal: null }
        : decide(state, command, context),
  ],
  ["pays out refunded money", "payouts", forgetting((event) => event.type === "payouts_adjusted")],
  [
    "subtracts a refund from the payouts twice",
    "payouts",
    rewriting("payouts_adjusted", (event, { state }) => ({
      ...event,
      payouts: event.payouts.map((payout) => {
        const less = (state.payouts.get(payout.id)?.gross ?? 0) - payout.gross;
        return less > 0 && less <= payout.gross ? changedBy(payout, "gift", -less) : payout;
      }),
    })),
  ],
  [
    "plans payouts of money that is being refunded",
    "payouts",
    rewriting("board_closed", (event, { state: { terms, counted }, context }) =>
      terms ? { ...event, payouts: planPayouts(terms, counted, context.at) } : event,
    ),
  ],
  ["forgets what the provider took back", "lost", forgetting((event) => event.type === "payment_lost")],
  [
    "loses money of payouts that could be reduced",
    "lost",
    mistaking("report_payment", (_, { state }) => ({
      state: { ...state, payouts: new Map([...state.payouts].map(([id, it]) => [id, { ...it, status: "completed" }])) },
    })),
  ],
  [
    "reduces the gift before the overflow",
    "giftFirst",
    rewriting("payouts_adjusted", (event, { state }) => {
      const payouts = [...state.payouts.values()].filter(({ status }) => status === "pending");
      const gift = payouts.find(({ items }) => items.some(({ type }) => type === "gift"));
      const less = event.payouts.reduce((sum, { id, gross }) => sum + (state.payouts.get(id)?.gross ?? 0) - gross, 0);
      return gift && less > 0 && gift.gross >= less ? { ...event, payouts: [changedBy(gift, "gift", -less)] } : event;
    }),
  ],
  [
    "drops an item of zero",
    "giftFirst",
    rewriting("payouts_adjusted", (event) => ({
      ...event,
      payouts: event.payouts.map((it) => ({ ...it, items: it.items.filter(({ amount }) => amount > 0) })),
    })),
  ],
  ["does not hold payouts", "held", rewriting("board_closed", (event) => ({ ...event, held: false }))],
  ["never releases payouts", "held", forgetting((event) => event.type === "payouts_released")],
  [
    "releases payouts when the first flag is cleared",
    "held",
    changing((events, { state }) => {
      const waiting = [...state.payouts.values()].filter(({ status, gross }) => status === "pending" && gross > 0);
      if (events[0]?.type !== "flag_cleared" || waiting.length === 0 || state.holds.size < 2) return events;
      return [...events, { type: "payouts_released", payouts: waiting }];
    }),
  ],
  ["records no hold of a flag", "held", forgetting((event) => event.type === "payout_hold_placed")],
  [
    "announces an adjusted payout while it is held",
    "announced",
    rewriting("payouts_adjusted", (event) => ({ ...event, ready: event.payouts.map(({ id }) => id), updated: [] })),
  ],
  ["starts a held payout", "notWhileHeld", mistaking("start_payout", (_, { state }) => ({ state: unheld(state) }))],
  [
    "completes a held payout",
    "notWhileHeld",
    mistaking("complete_payout", (_, { state }) => ({ state: unheld(state) })),
  ],
  [
    "completes a failed payout",
    "paidOnce",
    mistaking("complete_payout", ({ payoutId }, { state }) => {
      const status = state.payouts.get(payoutId)?.status;
      return status === "failed" ? withPayout(state, payoutId, { status: "pending" }) : {};
    }),
  ],
  [
    "starts a payout again that was paid",
    "paidOnce",
    mistaking("start_payout", ({ payoutId }, { state }) => {
      const status = state.payouts.get(payoutId)?.status;
      return status === "completed" ? withPayout(state, payoutId, { status: "pending" }) : {};
    }),
  ],
  [
    "reduces a payout that is being paid",
    "paidOnce",
    mistaking("request_refund", (_, { state }) => ({
      state: { ...state, payouts: new Map([...state.payouts].map(([id, it]) => [id, { ...it, status: "pending" }])) },
    })),
  ],
  [
    "pays the board out with its first payout",
    "settled",
    changing((events, { state, context }) => {
      if (events.length !== 1 || events[0]?.type !== "payout_completed" || state.status !== "closed") return events;
      return [...events, { type: "board_paid_out", after: totalsAfter(state, context.at, { status: "paid_out" }) }];
    }),
  ],
  ["never pays a board out", "settled", forgetting((event) => event.type === "board_paid_out")],
  [
    "opens a flag with every payment",
    "flags",
    mistaking("report_payment", (_, { state }) => ({ state: { ...state, flags: new Map() } })),
  ],
  [
    "reaches the goal with every payment",
    "milestones",
    changing((events, { state }) => {
      const [completion] = events;
      if (state.status !== "funded" || completion?.type !== "payment_completed") return events;
      return [...events, { type: "goal_reached", after: completion.after }];
    }),
  ],
  [
    "ends a board twice",
    "milestones",
    (state, command, context) => {
      if (command.type !== "cancel_board" || !state.closing) return decide(state, command, context);
      const after = totalsAfter(state, context.at, { status: "cancelled" });
      return { events: [{ type: "board_cancelled", after }], refusal: null };
    },
  ],
  [
    "starts an attempt on a finished board",
    "payable",
    mistaking("retry_payment", (_, { state, context }) => ({
      state: { ...state, status: "active", deadline: later(context.now, DAY_MS) },
    })),
  ],
  [
    "expires a payment at once",
    "expiry",
    mistaking("expire_payment", (_, { context }) => ({ context: { ...context, now: later(context.now, DAY_MS) } })),
  ],
  [
    "counts money that is being refunded towards the goal",
    "milestones",
    changing((events, { state }) => {
      const [completion] = events;
      const isShort = state.status === "active" && events.every(({ type }) => type !== "goal_reached");
      if (completion?.type !== "payment_completed" || !isShort) return events;
      const { after } = completion;
      if (after.counted < (state.terms?.goal ?? 0)) return events;
      return [...events, { type: "goal_reached", after: { ...after, status: "funded" } }];
    }),
  ],
  [
    "accepts commands of any actor",
    "owners",
    (state, command, context) => decide(state, command, { ...context, by: SYSTEM }),
  ],
  [
    "forgets the failed attempts of a revived contribution",
    "revived",
    rewriting("contribution_revived", (event) => ({ ...event, failedPaymentIds: [] })),
  ],
  [
    "does not pay out the money of a withdrawn refund",
    "payouts",
    forgetting((event, { type }) => type === "withdraw_refund" && event.type === "payouts_adjusted"),
  ],
  [
    "announces a payout whenever it changes",
    "announced",
    rewriting("payouts_adjusted", (event) => ({ ...event, ready: event.payouts.map(({ id }) => id) })),
  ],
  [
    "withdraws a refund that was sent",
    "withdrawn",
    mistaking("withdraw_refund", ({ contributionId, providerPaymentId }, { state }) => {
      const contribution = state.contributions.get(contributionId);
      const refund = contribution?.refunds.get(providerPaymentId);
      if (!contribution || refund?.status !== "processing") return {};
      const refunds = new Map(contribution.refunds).set(providerPaymentId, { ...refund, status: "requested" });
      return { state: withContribution(state, { ...contribution, refunds }) };
    }),
  ],
  [
    "withdraws the refund of late money",
    "withdrawn",
    mistaking("withdraw_refund", ({ contributionId }, { state }) => {
      const contribution = state.contributions.get(contributionId);
      return contribution ? { state: withContribution(state, { ...contribution, late: false }) } : {};
    }),
  ],
  [
    "requests a withdrawn refund again under the same attempt number",
    "attempts",
    rewriting("refund_requested", (event) => ({ ...event, attempt: 1 })),
  ],
];
