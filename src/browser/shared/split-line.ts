import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "#domain/fees";
import { type Cents, cents, formatRand, parseRand } from "#domain/money";
import type { FormWords } from "../words/form-words.ts";

/** The amounts below the field, with their currency: `charge` is `fee` and `net` together. */
export type Split = Readonly<{ charge: string; fee: string; net: string }>;

/** Shown while the amount as typed cannot be charged. */
const NO_SPLIT: Split = { charge: "–", fee: "–", net: "–" };

/** How the amount as typed is split. */
export function splitTyped(typed: string, coverFee: boolean): Split {
  const charge = chargeOf(typed, coverFee);
  return charge === null ? NO_SPLIT : splitOf(charge);
}

export function splitOf(charge: Cents): Split {
  const fee = platformFee(charge);
  return { charge: formatRand(charge), fee: formatRand(fee), net: formatRand(cents(charge - fee)) };
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

function isInRange(amount: Cents): boolean {
  return amount >= MIN_CONTRIBUTION_CENTS && amount <= MAX_CONTRIBUTION_CENTS;
}
