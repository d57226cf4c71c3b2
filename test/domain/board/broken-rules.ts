import type { BoardCommand } from "#domain/board/commands";
import { decide, isRefusal } from "#domain/board/decide";
import type { BoardEvent } from "#domain/board/events";
import { planPayouts, reducePayouts } from "#domain/board/plan-payouts";
import { findContribution, standing, standingWith } from "#domain/board/standing";
import type { BoardState } from "#domain/board/state";
import { cents } from "#domain/money";
import { later } from "./history.ts";
import type { Invariant } from "./ledger.ts";
import type { Judge } from "./random-history.ts";

const DAY_MS = 86_400_000;

/** The rules, with what they recorded changed. */
function changing(change: (events: BoardEvent[], state: BoardState, command: BoardCommand, now: Date) => BoardEvent[]) {
  const judge: Judge = (state, command, now) => {
    const outcome = decide(state, command, now);
    return isRefusal(outcome) ? outcome : change(outcome, state, command, now);
  };
  return judge;
}

const forgetting = (isForgotten: (event: BoardEvent, command: BoardCommand) => boolean) =>
  changing((events, _, command) => events.filter((event) => !isForgotten(event, command)));

/** The rules, judging another command, state or time than the real one. */
function mistaking(
  type: BoardCommand["type"],
  mistake: (state: BoardState, command: BoardCommand, now: Date) => Parameters<Judge>,
): Judge {
  return (state, command, now) =>
    decide(...(command.type === type ? mistake(state, command, now) : ([state, command, now] as const)));
}

/** Success told of a contribution in `status` completes it, whatever else is known. */
const completingAgain =
  (status: "completed" | "refunded"): Judge =>
  (state, command, now) => {
    const contribution = command.type === "report_payment" ? state.contributions.get(command.reference) : undefined;
    if (command.type !== "report_payment" || command.status !== "completed" || contribution?.status !== status) {
      return decide(state, command, now);
    }
    const { providerPaymentId } = command;
    const after = standingWith(state, contribution);
    return [{ type: "payment_completed", contributionId: contribution.id, providerPaymentId, after }];
  };

/** Rules that are wrong in one thing, and the invariant that must notice. */
export const BROKEN_RULES: readonly (readonly [string, Invariant, Judge])[] = [
  ["counts a payment again that is told twice", "once", completingAgain("completed")],
  ["lets what was refunded complete again", "once", completingAgain("refunded")],
  [
    "credits the fee as well",
    "after",
    changing((events, state) =>
      events.map((event) => {
        if (event.type !== "payment_completed") return event;
        const fee = findContribution(state, event.contributionId)?.fee ?? 0;
        return { ...event, after: { ...event.after, raised: cents(event.after.raised + fee) } };
      }),
    ),
  ],
  [
    "takes any amount",
    "exact",
    mistaking("report_payment", (state, command, now) => {
      const asked = command.type === "report_payment" ? state.contributions.get(command.reference)?.amount : undefined;
      return [state, asked === undefined ? command : ({ ...command, amount: asked } as BoardCommand), now];
    }),
  ],
  [
    "shrugs at a wrong amount",
    "strands",
    forgetting((event) => event.type === "flag_raised" && event.flag === "amount_mismatch"),
  ],
  [
    "keeps late money",
    "strands",
    forgetting((event) => event.type === "refund_requested" && event.cause === "late_payment"),
  ],
  [
    "keeps second payments",
    "strands",
    forgetting((event) => event.type === "refund_requested" && event.cause === "surplus_payment"),
  ],
  [
    "keeps the money of a cancelled board",
    "kept",
    forgetting((event, { type }) => type === "cancel_board" && event.type === "refund_requested"),
  ],
  [
    "gives back as often as it is asked",
    "askedOnce",
    mistaking("request_refund", (state, command, now) => {
      const contribution =
        command.type === "request_refund" ? findContribution(state, command.contributionId) : undefined;
      if (!contribution) return [state, command, now];
      const forgetful = { ...contribution, refunds: new Map() };
      return [{ ...state, contributions: new Map([[contribution.reference, forgetful]]) }, command, now];
    }),
  ],
  [
    "sends back what it had asked for, not what it got",
    "received",
    changing((events, state) =>
      events.map((event) => {
        if (event.type !== "refund_requested" || event.cause !== "amount_mismatch") return event;
        return { ...event, amount: findContribution(state, event.contributionId)?.amount ?? event.amount };
      }),
    ),
  ],
  [
    "takes a refund that is under way for done",
    "told",
    mistaking("report_refund", (state, command, now) => {
      const isUnderWay = command.type === "report_refund" && command.status === "processing";
      return [state, isUnderWay ? { ...command, status: "completed" } : command, now];
    }),
  ],
  [
    "does not hear what the provider sent back",
    "back",
    (state, command, now) =>
      command.type === "report_payment" && command.status === "refunded" ? [] : decide(state, command, now),
  ],
  ["pays out what went back", "payouts", forgetting((event) => event.type === "payouts_reduced")],
  [
    "takes what went back from the payouts twice",
    "payouts",
    changing((events, state) =>
      events.map((event) => {
        const asked = events.find(({ type }) => type === "refund_requested");
        if (event.type !== "payouts_reduced" || asked?.type !== "refund_requested" || !state.closing) return event;
        const { amount = 0, fee = 0 } = findContribution(state, asked.contributionId) ?? {};
        return { ...event, payouts: reducePayouts(event.payouts, amount - fee) };
      }),
    ),
  ],
  [
    "plans to pay out what is already on its way back",
    "payouts",
    changing((events, { terms, raised }, _, now) =>
      events.map((event) =>
        event.type === "board_closed" && terms ? { ...event, payouts: planPayouts(terms, raised, now) } : event,
      ),
    ),
  ],
  [
    "takes from the gift first",
    "giftFirst",
    changing((events, state) =>
      events.map((event) => {
        if (event.type !== "payouts_reduced" || !state.closing) return event;
        const { payouts } = state.closing;
        const gross = (of: typeof payouts) => of.reduce((sum, payout) => sum + payout.gross, 0);
        const turned = (of: typeof payouts) =>
          of.toReversed().map((payout) => ({ ...payout, items: payout.items.toReversed() }));
        return { ...event, payouts: turned(reducePayouts(turned(payouts), gross(payouts) - gross(event.payouts))) };
      }),
    ),
  ],
  [
    "drops a payout that has nothing left",
    "giftFirst",
    changing((events) =>
      events.map((event) =>
        event.type === "payouts_reduced"
          ? { ...event, payouts: event.payouts.filter(({ gross }) => gross > 0) }
          : event,
      ),
    ),
  ],
  [
    "does not hold payouts",
    "held",
    changing(
      (events) =>
        events.map((event) => (event.type === "board_closed" ? { ...event, held: undefined } : event)) as BoardEvent[],
    ),
  ],
  ["never lets payouts go", "held", forgetting((event) => event.type === "payouts_released")],
  [
    "lets payouts go with the first flag that is cleared",
    "held",
    changing((events, { closing }) => {
      const isCleared = events.length === 1 && events[0]?.type === "flag_cleared" && closing?.held;
      return isCleared ? [...events, { type: "payouts_released" }] : events;
    }),
  ],
  [
    "raises a flag with every payment",
    "flags",
    mistaking("report_payment", (state, command, now) => [{ ...state, flags: new Map() }, command, now]),
  ],
  [
    "reaches the goal with every payment",
    "milestones",
    changing((events, state) => {
      const [completion] = events;
      if (state.status !== "funded" || completion?.type !== "payment_completed") return events;
      return [...events, { type: "goal_reached", after: completion.after }];
    }),
  ],
  [
    "ends a board twice",
    "milestones",
    (state, command, now) =>
      command.type === "cancel_board" && state.closing
        ? [{ type: "board_cancelled", cancelledBy: command.by, after: standing(state, "cancelled") }]
        : decide(state, command, now),
  ],
  [
    "sends guests to pay for a finished board",
    "invited",
    mistaking("retry_payment", (state, command, now) => [
      { ...state, status: "active", deadline: later(now, DAY_MS) },
      command,
      now,
    ]),
  ],
  [
    "stops waiting at once",
    "patient",
    mistaking("expire_payment", (state, command, now) => [state, command, later(now, DAY_MS)]),
  ],
];
