declare const brand: unique symbol;

/** Whole South African cents. The only money type: rand exist in copy and on wires, never in a calculation. */
export type Cents = number & { readonly [brand]: "Cents" };

/** @throws RangeError when `value` is not a whole number that JavaScript can hold exactly. */
export function cents(value: number): Cents {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number of cents: ${value}`);
  // JSON, and so the log, has one zero only.
  return (value + 0) as Cents;
}

export const ZERO = cents(0);

/**
 * What guests type: `200`, `R 1 250`, `1,250.50`, `150,50`. A comma before one or two last digits is the decimal mark, as South African
 * phones write it; a comma before three digits groups thousands. @returns null when it is not an amount of rand.
 */
export function parseRand(text: string): Cents | null {
  const compact = text.replace(/\s/gu, "").replace(/^R/i, "");
  const [, whole = "", fraction = ""] = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(compact) ?? [];
  const digits = /^\d{1,3}(,\d{3})+$/.test(whole) ? whole.replaceAll(",", "") : whole;
  if (!/^\d{1,9}$/.test(digits)) return null;
  return cents(Number(digits) * 100 + Number(fraction.padEnd(2, "0")));
}

/** `R2,499` or `R2,499.50`: cents are shown only when there are some. (product-facts, "Money is always integer cents") */
export function formatRand(amount: Cents): string {
  const sign = amount < 0 ? "-" : "";
  const absolute = Math.abs(amount);
  const fraction = absolute % 100;
  // Not by Intl: loading its locale data was an eighth of the Worker's start-up.
  const whole = String((absolute - fraction) / 100).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === 0 ? `${sign}R${whole}` : `${sign}R${whole}.${String(fraction).padStart(2, "0")}`;
}
