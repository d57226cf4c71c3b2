import { derivedId } from "../ids.ts";
import { type Cents, cents, ZERO } from "../money.ts";
import type { Payout, PayoutItem, PlannedPayout } from "./events.ts";
import { isPayoutUnpaid } from "./lifecycle.ts";
import type { BoardTerms } from "./state.ts";

/** Executing a payout costs nothing today: the 3 % was already taken from each contribution. (product-facts 7, X 9) */
const PAYOUT_FEE = ZERO;

type Share = PayoutItem["type"];

/**
 * How the pot is split: the gift takes up to the goal, the rest goes to the charity the family chose. An empty pot has no
 * payout. A board closes once, so it has one payout of a type, and its ids follow from the closing. (product-facts 7)
 */
export function planPayouts(terms: BoardTerms, payable: Cents, closedAt: Date): Payout[] {
  return payable > 0 ? give([], { terms, amount: payable, at: closedAt.toISOString(), joins: true }) : [];
}

/** The payouts a change of the pot touches, as they are after it, and what of the change no payout could take. */
export type PayoutChange = Readonly<{ payouts: Payout[]; uncovered: Cents }>;

/**
 * The pot of a closed board becomes smaller by `amount`. Only payouts that nobody has begun to pay give something back:
 * first what was to go to the charity, then the gift. A payout that has nothing left stays, at zero.
 */
export function reducePayouts(payouts: readonly Payout[], amount: Cents): PayoutChange {
  const changed = new Map<string, Payout>();
  let uncovered: number = amount;
  for (const share of ["overflow", "gift"] as const) {
    for (const { id } of [...payouts].reverse()) {
      const payout = changed.get(id) ?? payouts.find((known) => known.id === id);
      if (!payout || !isPayoutUnpaid(payout.status)) continue;
      const taken = Math.min(uncovered, amountOf(payout, share));
      if (taken === 0) continue;
      changed.set(id, withMore(payout, share, cents(-taken)));
      uncovered -= taken;
    }
  }
  return { payouts: [...changed.values()], uncovered: cents(uncovered) };
}

/**
 * Why a pot grew: the contribution whose refund was withdrawn, and in which attempt of that refund. The same money can come
 * back twice in one millisecond, so the id of a new payout needs both.
 */
type Purpose = Readonly<{ of: string; attempt: number }>;
type Growth = Readonly<{ terms: BoardTerms; amount: Cents; at: string; purpose: Purpose }>;

/**
 * The pot of a closed board becomes larger by `amount`: the gift takes up to the goal, the rest goes to the charity. A
 * payout that is being paid, or was, takes nothing: another is made, named by `purpose`. Gives the payouts that changed or
 * are new.
 */
export function enlargePayouts(payouts: readonly Payout[], growth: Growth & { closedAt: string }): Payout[] {
  return give(payouts, { ...growth, joins: true });
}

/** As `enlargePayouts`, in payouts of its own. */
export function supplementaryPayouts(payouts: readonly Payout[], growth: Growth): Payout[] {
  return give(payouts, { ...growth, joins: false });
}

type Giving = Omit<Growth, "purpose"> & Readonly<{ purpose?: Purpose; closedAt?: string; joins: boolean }>;

function give(payouts: readonly Payout[], { terms, amount, at, closedAt = at, purpose, joins }: Giving): Payout[] {
  const given = payouts.reduce((sum, payout) => sum + amountOf(payout, "gift"), 0);
  const gift = Math.max(0, Math.min(amount, terms.goal - given));
  const changed = new Map<string, Payout>();
  const take = (share: Share, part: number) => {
    if (part === 0) return;
    const type = payoutType(terms, share);
    const isOfType = (payout: Payout) => payout.type === type;
    const isFirst = joins && !payouts.some(isOfType);
    const open = payouts.findLast((payout) => joins && isOfType(payout) && isPayoutUnpaid(payout.status));
    const payout =
      [...changed.values()].find(isOfType) ??
      open ??
      emptyPayout(terms, type, isFirst ? { at: closedAt } : { at, purpose });
    changed.set(payout.id, withMore(payout, share, cents(part)));
  };
  take("gift", gift);
  take("overflow", amount - gift);
  return [...changed.values()];
}

/** Which payout a share belongs to: the gift as the family chose, the rest to the charity. (product-facts 7) */
function payoutType({ giftType, payoutMethod }: BoardTerms, share: Share): Payout["type"] {
  return giftType === "takealot_product" && share === "gift" ? payoutMethod : "philanthropy_donation";
}

function emptyPayout(
  { boardId }: BoardTerms,
  type: Payout["type"],
  { at, purpose }: { at: string; purpose?: Purpose | undefined },
): Payout {
  const id = derivedId(new Date(at), boardId, "payout", type, ...(purpose ? [purpose.of, purpose.attempt] : []));
  return plannedAt({ id, type, gross: ZERO, fee: PAYOUT_FEE, net: ZERO, items: [] }, at);
}

/** A payout as it begins: nobody has paid it. */
export function plannedAt(plan: PlannedPayout, createdAt: string): Payout {
  return { ...plan, createdAt, status: "pending", attempt: 1, execution: null, completion: null, errorCode: null };
}

function amountOf({ items }: Payout, share: Share): Cents {
  return items.find(({ type }) => type === share)?.amount ?? ZERO;
}

/** `amount` more of one item, which is added where it is missing. Below zero it takes away; the item stays, at zero. */
function withMore(payout: Payout, share: Share, amount: Cents): Payout {
  const known = payout.items.some(({ type }) => type === share);
  const items = known
    ? payout.items.map((item) => (item.type === share ? { ...item, amount: cents(item.amount + amount) } : item))
    : [...payout.items, { id: derivedId(new Date(payout.createdAt), payout.id, share), type: share, amount }];
  const gross = cents(items.reduce((sum, item) => sum + item.amount, 0));
  return { ...payout, items, gross, net: cents(gross - payout.fee) };
}
