import { type Cents, cents } from "../money.ts";
import type { BoardTotals } from "./events.ts";
import type { BoardState, Contribution, Refund } from "./state.ts";

/**
 * The money of a board, in cents, net of fees.
 *
 * - `counted`: all completed contributions. The specified `raised_cents`.
 * - `returning`: the part of it whose refund has been requested and is neither done nor withdrawn.
 * - `payable`: the difference. The goal, the guests' progress and the payouts are measured by it.
 */
export type Pot = Readonly<{ counted: Cents; returning: Cents; payable: Cents }>;

export function potOf({ counted, returning }: Pick<BoardState, "counted" | "returning">): Pot {
  return { counted, returning, payable: cents(counted - returning) };
}

export function netOf({ amount, fee }: Pick<Contribution, "amount" | "fee">): Cents {
  return cents(amount - fee);
}

type TotalsChange = Partial<Omit<BoardTotals, "deadline" | "updatedAt">>;

/** The board's totals after an event that changes them as `change` says. */
export function totalsAfter(state: BoardState, now: Date, change: TotalsChange = {}): BoardTotals {
  const status = change.status ?? state.status;
  return {
    status,
    counted: change.counted ?? state.counted,
    returning: change.returning ?? state.returning,
    contributionCount: change.contributionCount ?? state.contributionCount,
    deadline: state.deadline.toISOString(),
    updatedAt: status === state.status ? state.updatedAt : now.toISOString(),
  };
}

/** The refund of this payment that is under way or done; undefined when there is none, or it was withdrawn. */
export function activeRefund({ refunds }: Contribution, providerPaymentId: string | null): Refund | undefined {
  const refund = refunds.get(providerPaymentId ?? "");
  return refund?.status === "withdrawn" ? undefined : refund;
}

/** Whether the contribution's own payment is counted but on its way back. */
export function isReturning(contribution: Contribution): boolean {
  return (
    contribution.status === "completed" && activeRefund(contribution, contribution.providerPaymentId) !== undefined
  );
}

/** The pot counted anew from the contributions: what the running totals must always equal. (design 7, invariant 1) */
export function recount(state: BoardState): Pot {
  let counted = 0;
  let returning = 0;
  for (const contribution of state.contributions.values()) {
    if (contribution.status !== "completed") continue;
    counted += netOf(contribution);
    if (isReturning(contribution)) returning += netOf(contribution);
  }
  return potOf({ counted: cents(counted), returning: cents(returning) });
}
