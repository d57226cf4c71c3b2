import { type Cents, cents } from "#domain/money";

const AMOUNT = /^(\d{1,9})(?:\.(\d{1,2}))?$/;

/** `154.50`, always with two decimals, because `154.5` has another signature. */
export function formatAmount(amount: Cents): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
}

/** Cents from plain rand with at most two decimals. Null for anything else. (payment-providers 0) */
export function parseAmount(text: string): Cents | null {
  const match = AMOUNT.exec(text);
  if (!match) return null;
  const [, rand = "0", fraction = ""] = match;
  return cents(Number(rand) * 100 + Number(fraction.padEnd(2, "0")));
}
