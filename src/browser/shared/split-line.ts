import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "#domain/fees";
import { type Cents, cents, formatRand, parseRand } from "#domain/money";
import type { FormWords } from "../words/form-words.ts";

/** What the form says below the amount as typed: "R200 today: R194 to the gift, R6 ChipIn fee.", or the limits. */
export function splitLine(words: FormWords, typed: string, coverFee: boolean, destination: string): string {
  const charge = chargeOf(typed, coverFee);
  if (charge === null) {
    return words.limits(formatRand(MIN_CONTRIBUTION_CENTS), formatRand(MAX_CONTRIBUTION_CENTS));
  }
  return splitOf(words, charge, destination);
}

/** What is charged for the amount as typed; null while it cannot be charged. */
export function chargeOf(typed: string, coverFee: boolean): Cents | null {
  const gift = parseRand(typed);
  const charge = gift !== null && isInRange(gift) && coverFee ? amountCovering(gift) : gift;
  return charge !== null && isInRange(charge) ? charge : null;
}

/** What the tick says: its price, once there is an amount. */
export function coverLine(words: FormWords, typed: string, destination: string): string {
  const [gift, charge] = [parseRand(typed), chargeOf(typed, true)];
  if (gift === null || charge === null) return words.coverFee(destination);
  return words.coverFeeOf({ fee: formatRand(cents(charge - gift)), gift: formatRand(gift) }, destination);
}

export function splitOf(words: FormWords, charge: Cents, destination: string): string {
  const fee = platformFee(charge);
  const parts = { charge: formatRand(charge), net: formatRand(cents(charge - fee)), fee: formatRand(fee) };
  return words.split(parts, destination);
}

function isInRange(amount: Cents): boolean {
  return amount >= MIN_CONTRIBUTION_CENTS && amount <= MAX_CONTRIBUTION_CENTS;
}
