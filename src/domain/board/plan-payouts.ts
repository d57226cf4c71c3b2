import { derivedId } from "../ids.ts";
import { type Cents, cents, ZERO } from "../money.ts";
import type { PayoutItem, PlannedPayout } from "./events.ts";
import type { BoardTerms } from "./state.ts";

/** Executing a payout costs nothing today: the 3 % was already taken from each contribution. (product-facts 7, X 9) */
const PAYOUT_FEE = ZERO;

/**
 * How the pot is split: the gift takes up to the goal, the rest goes to the charity the family chose. An empty pot has no
 * payout. A board closes once, so it has one payout of a type, and its ids follow from the closing. (product-facts 7)
 */
export function planPayouts(terms: BoardTerms, payable: Cents, closedAt: Date): PlannedPayout[] {
  if (payable <= 0) return [];
  const gift = cents(Math.min(payable, terms.goal));
  const overflow = cents(payable - gift);
  const item = (payout: PlannedPayout["type"], type: PayoutItem["type"], amount: Cents): PayoutItem => ({
    id: derivedId(closedAt, terms.boardId, "payout", payout, "item", type),
    type,
    amount,
  });
  const payout = (type: PlannedPayout["type"], items: PayoutItem[]): PlannedPayout => {
    const gross = cents(items.reduce((sum, { amount }) => sum + amount, 0));
    const id = derivedId(closedAt, terms.boardId, "payout", type);
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
 * The payouts of a closed board whose pot is now `payable`. A payout that was announced and has nothing left stays, at
 * zero. `ready` lists the ids of those that have something to pay now and had nothing before.
 */
export function adjustPayouts(
  { payouts, at }: Readonly<{ payouts: readonly PlannedPayout[]; at: string }>,
  terms: BoardTerms,
  payable: Cents,
): { payouts: PlannedPayout[]; ready: string[] } {
  const planned = planPayouts(terms, payable, new Date(at));
  const kept = payouts.map((payout) => planned.find(({ id }) => id === payout.id) ?? emptied(payout));
  const added = planned.filter(({ id }) => payouts.every((payout) => payout.id !== id));
  const adjusted = [...kept, ...added].map((payout) => withAllItems(payout, payouts));
  const grossBefore = new Map(payouts.map(({ id, gross }) => [id, gross]));
  const ready = adjusted.filter(({ id, gross }) => gross > 0 && (grossBefore.get(id) ?? 0) === 0).map(({ id }) => id);
  return { payouts: adjusted, ready };
}

function emptied(payout: PlannedPayout): PlannedPayout {
  const items = payout.items.map((item) => ({ ...item, amount: ZERO }));
  return { ...payout, items, gross: ZERO, net: cents(0 - payout.fee) };
}

/** An item that is planned no more stays too, at zero, because its row exists. */
function withAllItems(payout: PlannedPayout, before: readonly PlannedPayout[]): PlannedPayout {
  const gone = before
    .filter(({ id }) => id === payout.id)
    .flatMap(({ items }) => items)
    .filter(({ id }) => payout.items.every((item) => item.id !== id));
  return { ...payout, items: [...payout.items, ...gone.map((item) => ({ ...item, amount: ZERO }))] };
}
