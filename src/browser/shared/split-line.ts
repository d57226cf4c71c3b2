import { amountCovering, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, platformFee } from "#domain/fees";
import { type Cents, cents, formatRand, parseRand } from "#domain/money";

/** What the form says below the amount as typed: "R200 today: R194 to the gift, R6 ChipIn fee.", or the limits. */
export function splitLine(typed: string, coverFee: boolean, destination: string): string {
  const gift = parseRand(typed);
  const charge = gift !== null && isInRange(gift) && coverFee ? amountCovering(gift) : gift;
  if (charge === null || !isInRange(charge)) {
    return `From ${formatRand(MIN_CONTRIBUTION_CENTS)} to ${formatRand(MAX_CONTRIBUTION_CENTS)} at a time.`;
  }
  return splitOf(charge, destination);
}

export function splitOf(charge: Cents, destination: string): string {
  const fee = platformFee(charge);
  return `${formatRand(charge)} today: ${formatRand(cents(charge - fee))} to ${destination}, ${formatRand(fee)} ChipIn fee.`;
}

function isInRange(amount: Cents): boolean {
  return amount >= MIN_CONTRIBUTION_CENTS && amount <= MAX_CONTRIBUTION_CENTS;
}
