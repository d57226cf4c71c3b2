import { derivedId } from "../ids.ts";
import { type Cents, cents, ZERO } from "../money.ts";
import type { PayoutItem, PlannedPayout } from "./events.ts";
import type { BoardTerms } from "./state.ts";

/** Executing a payout costs nothing today; the 3 % was already taken from each contribution. (product-facts 7, X 9) */
const PAYOUT_FEE = ZERO;

/**
 * How the pot is split at closing: the gift takes up to the goal, the rest goes to the charity the family chose. Nothing
 * raised means nothing to pay. A board closes once, so it has one payout of a type. (product-facts 7)
 */
export function planPayouts(terms: BoardTerms, raised: number, at: Date): PlannedPayout[] {
  if (raised <= 0) return [];
  const gift = cents(Math.min(raised, terms.goal));
  const overflow = cents(raised - gift);
  const item = (payout: PlannedPayout["type"], type: PayoutItem["type"], amount: Cents): PayoutItem => ({
    id: derivedId(at, terms.boardId, "payout", payout, "item", type),
    type,
    amount,
  });
  const payout = (type: PlannedPayout["type"], items: PayoutItem[]): PlannedPayout => {
    const gross = cents(items.reduce((sum, { amount }) => sum + amount, 0));
    const id = derivedId(at, terms.boardId, "payout", type);
    return { id, type, gross, fee: PAYOUT_FEE, net: cents(gross - PAYOUT_FEE), items };
  };

  if (terms.giftType === "philanthropy") {
    const items = [item("philanthropy_donation", "gift", gift)];
    if (overflow > 0) items.push(item("philanthropy_donation", "overflow", overflow));
    return [payout("philanthropy_donation", items)];
  }
  const payouts = [payout(terms.payoutMethod, [item(terms.payoutMethod, "gift", gift)])];
  if (overflow > 0) {
    payouts.push(payout("philanthropy_donation", [item("philanthropy_donation", "overflow", overflow)]));
  }
  return payouts;
}

/**
 * The payouts with `less` taken out of them, first from what goes to the charity, then from the gift, as if the money had
 * never been there. A payout that has nothing left stays, at zero: it was announced.
 */
export function reducePayouts(payouts: readonly PlannedPayout[], less: number): PlannedPayout[] {
  let left = less;
  const take = (amount: Cents): Cents => {
    const taken = Math.min(amount, left);
    left -= taken;
    return cents(amount - taken);
  };
  return payouts
    .toReversed()
    .map((payout) => {
      const items = payout.items
        .toReversed()
        .map((item) => ({ ...item, amount: take(item.amount) }))
        .toReversed();
      const gross = cents(items.reduce((sum, { amount }) => sum + amount, 0));
      return { ...payout, items, gross, net: cents(gross - payout.fee) };
    })
    .toReversed();
}
