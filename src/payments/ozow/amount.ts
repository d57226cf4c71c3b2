import { type Cents, cents } from "#domain/money";
import { isObject } from "../json.ts";

export const CURRENCY = "ZAR";

/** `currency` and `cents` are null for an unreadable value. */
export type Money = Readonly<{ currency: string | null; cents: Cents | null }>;

const DECIMAL = /^\d+(\.\d+)?$/;

/** Rand as a JSON number, `154.5`, which is exact for every cent. (payment-providers 0) */
export function presentMoney(amount: Cents): { currency: string; value: number } {
  return { currency: CURRENCY, value: amount / 100 };
}

/** Reads `{ currency, value }`. Null for anything else: the amount is optional in Ozow's schema. */
export function parseMoney(json: unknown): Money | null {
  if (!isObject(json)) return null;
  const currency = typeof json.currency === "string" ? json.currency : null;
  return { currency, cents: parseRands(json.value) };
}

/** Cents from rand as a number or a plain decimal text. Null for anything else and for negative amounts. */
function parseRands(value: unknown): Cents | null {
  const text = typeof value === "string" && DECIMAL.test(value) ? Number(value) : Number.NaN;
  const amount = Math.round((typeof value === "number" ? value : text) * 100);
  return Number.isSafeInteger(amount) && amount >= 0 ? cents(amount) : null;
}
