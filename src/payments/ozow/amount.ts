import { type Cents, cents } from "#domain/money";
import { isObject } from "./exchange.ts";

export const CURRENCY = "ZAR";

/** `cents` is null where the value cannot be read. */
export type Money = Readonly<{ currency: string; cents: Cents | null }>;

const DECIMAL = /^\d+(\.\d+)?$/;

/** What goes out: rand as a number, `154.5`, whose JSON is exact for every cent. (payment-providers 0) */
export function presentMoney(amount: Cents): { currency: string; value: number } {
  return { currency: CURRENCY, value: amount / 100 };
}

/** `{ currency, value }`, or null for anything else: Ozow's schema lets it be absent. */
export function parseMoney(json: unknown): Money | null {
  if (!isObject(json)) return null;
  return { currency: String(json.currency), cents: parseRands(json.value) };
}

/** Cents of a number or a plain decimal text in rand; null for anything else, also for less than nothing. */
function parseRands(value: unknown): Cents | null {
  const text = typeof value === "string" && DECIMAL.test(value) ? Number(value) : Number.NaN;
  const amount = Math.round((typeof value === "number" ? value : text) * 100);
  return Number.isSafeInteger(amount) && amount >= 0 ? cents(amount) : null;
}
