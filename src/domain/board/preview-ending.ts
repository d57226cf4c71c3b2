import { type Cents, cents } from "../money.ts";
import { SYSTEM } from "./actor.ts";
import type { Refusal } from "./commands.ts";
import { type DecisionContext, decide } from "./decide.ts";
import type { BoardEventOf, PlannedPayout } from "./events.ts";
import { holdsAfter } from "./holds.ts";
import type { HoldReason } from "./lifecycle.ts";
import { isReturning, potOf } from "./pot.ts";
import type { BoardState } from "./state.ts";

export type CountAndAmount = Readonly<{ count: number; amount: Cents }>;

/** What closing or cancelling the board now does, in amounts. */
export type EndPreview = Readonly<
  | { how: "refused"; refusal: Refusal }
  /** It has ended so already. */
  | { how: "ended" }
  | {
      how: "close";
      goal: Cents;
      payable: Cents;
      contributionCount: number;
      /** Without ids, which follow from the instant of closing. */
      payouts: readonly Readonly<{ type: PlannedPayout["type"]; gross: Cents; fee: Cents; net: Cents } & Shares>[];
      /** What will hold them, each reason once. */
      holds: readonly HoldReason[];
      /** Contributions whose refund is under way: no part of the payouts. */
      returning: CountAndAmount;
      /** Payments that were begun. What is paid after the end goes back. */
      open: CountAndAmount;
    }
  | {
      how: "cancel";
      /** What is sent back whole, the fee too. */
      refunds: CountAndAmount;
      /** Those of them that a person sends back, because the provider cannot be asked to. */
      byHand: number;
      returning: CountAndAmount;
      open: CountAndAmount;
    }
>;

type Shares = Readonly<{ gift: Cents; overflow: Cents }>;

/**
 * Decides the command that ends the board, and records nothing. The very rules that end it give the amounts, so the two cannot
 * differ unless the board changes meanwhile.
 */
export function previewEnding(
  state: BoardState,
  how: "close" | "cancel",
  context: Pick<DecisionContext, "profile"> & Readonly<{ now: Date }>,
): EndPreview {
  const { now, profile = null } = context;
  const command =
    how === "close" ? ({ type: "close_board", reason: "manual" } as const) : { type: "cancel_board" as const };
  // The caller has checked whose board it is.
  const { events, refusal } = decide(state, command, { now, at: now, by: SYSTEM, profile });
  if (refusal) return { how: "refused", refusal };
  if (events.length === 0) return { how: "ended" };
  const returning = returningOf(state);
  const open = openOf(state);
  if (how === "cancel") {
    const requested = events.filter(
      (event): event is BoardEventOf<"refund_requested"> => event.type === "refund_requested",
    );
    const refunds = sum(requested.map(({ amount }) => amount));
    return {
      how,
      refunds,
      byHand: requested.filter(({ provider }) => provider === "snapscan").length,
      returning,
      open,
    };
  }
  const closed = events.find((event): event is BoardEventOf<"board_closed"> => event.type === "board_closed");
  const share = (payout: PlannedPayout, type: "gift" | "overflow") =>
    cents(payout.items.reduce((total, item) => total + (item.type === type ? item.amount : 0), 0));
  const payouts = (closed?.payouts ?? []).map((payout) => {
    const { type, gross, fee, net } = payout;
    return { type, gross, fee, net, gift: share(payout, "gift"), overflow: share(payout, "overflow") };
  });
  const holds = [...new Set(holdsAfter(state, events).map(({ reason }) => reason))];
  const { terms, contributionCount } = state;
  return {
    how,
    goal: terms?.goal ?? cents(0),
    payable: potOf(state).payable,
    contributionCount,
    payouts,
    holds: payouts.length > 0 ? holds : [],
    returning,
    open,
  };
}

/** Contributions on their way back, whole. */
export function returningOf({ contributions }: BoardState): CountAndAmount {
  return sum([...contributions.values()].filter(isReturning).map(({ amount }) => amount));
}

/** Payments that were begun and may still be made. */
export function openOf({ open, contributions }: BoardState): CountAndAmount {
  return sum([...open].flatMap((id) => contributions.get(id)?.amount ?? []));
}

function sum(amounts: readonly Cents[]): CountAndAmount {
  return { count: amounts.length, amount: cents(amounts.reduce<number>((total, amount) => total + amount, 0)) };
}
