import { type Cents, cents } from "./money.ts";

const BPS_PER_WHOLE = 10_000;

/** What a guest may give in one contribution. (product-facts 5) */
export const MIN_CONTRIBUTION_CENTS = cents(2_000);
export const MAX_CONTRIBUTION_CENTS = cents(1_000_000);

export type FeePolicy = Readonly<{ rateBps: number; minimum: Cents; maximum: Cents }>;

/** 3 %, at least R3, at most R500. (product-facts 5) */
export const FEE_POLICY: FeePolicy = { rateBps: 300, minimum: cents(300), maximum: cents(50_000) };

/** What the platform keeps of one contribution, both in cents. Half a cent rounds up, so quote and ledger agree. */
export function platformFee(amount: Cents, policy: FeePolicy = FEE_POLICY): Cents {
  const rounded = Math.floor((amount * policy.rateBps + BPS_PER_WHOLE / 2) / BPS_PER_WHOLE);
  return cents(Math.min(Math.max(rounded, policy.minimum), policy.maximum));
}

/** What reaches the pot of `amount` charged. */
export function netOf(amount: Cents, policy: FeePolicy = FEE_POLICY): Cents {
  return cents(amount - platformFee(amount, policy));
}

/**
 * The smallest charge that leaves at least `gift` after the fee: the "cover the fee" tick. For every gift from R20 to
 * R9,700 the pot then receives the gift to the cent. (product-facts 5, ruling 4)
 */
export function amountCovering(gift: Cents, policy: FeePolicy = FEE_POLICY): Cents {
  const inPercentBand = Math.ceil((gift * BPS_PER_WHOLE) / (BPS_PER_WHOLE - policy.rateBps));
  let amount = cents(Math.max(gift + policy.minimum, Math.min(inPercentBand, gift + policy.maximum)));
  // Rounding can put the estimate a cent or two off on either side; the net never falls as the charge grows.
  while (netOf(amount, policy) < gift) amount = cents(amount + 1);
  while (netOf(cents(amount - 1), policy) >= gift) amount = cents(amount - 1);
  return amount;
}
