import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "#domain/fees";
import { type Cents, cents, formatRand, parseRand } from "#domain/money";

/** What the form says below the amount as typed: "R200 today: R194 to the gift, R6 ChipIn fee.", or the limits. */
export function splitLine(typed: string, coverFee: boolean, destination: string): string {
  const charge = chargeOf(typed, coverFee);
  if (charge === null) {
    return `From ${formatRand(MIN_CONTRIBUTION_CENTS)} to ${formatRand(MAX_CONTRIBUTION_CENTS)} at a time.`;
  }
  return splitOf(charge, destination);
}

/** What is charged for the amount as typed; null while it cannot be charged. */
export function chargeOf(typed: string, coverFee: boolean): Cents | null {
  const gift = parseRand(typed);
  const charge = gift !== null && isInRange(gift) && coverFee ? amountCovering(gift) : gift;
  return charge !== null && isInRange(charge) ? charge : null;
}

/** What the tick says: its price, once there is an amount. */
export function coverLine(typed: string, destination: string): string {
  const [gift, charge] = [parseRand(typed), chargeOf(typed, true)];
  if (gift === null || charge === null) return `Cover the fee too, so the full amount reaches ${destination}`;
  return `Add ${formatRand(cents(charge - gift))} so that the full ${formatRand(gift)} reaches ${destination}`;
}

export function splitOf(charge: Cents, destination: string): string {
  const fee = platformFee(charge);
  return `${formatRand(charge)} today: ${formatRand(cents(charge - fee))} to ${destination}, ${formatRand(fee)} ChipIn fee.`;
}

function isInRange(amount: Cents): boolean {
  return amount >= MIN_CONTRIBUTION_CENTS && amount <= MAX_CONTRIBUTION_CENTS;
}
