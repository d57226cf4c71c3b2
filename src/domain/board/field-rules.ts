import { hasFillers } from "../shown-name.ts";
import { addDays, zoneDate } from "../time.ts";

/*
 * The rules of what a family or a partner says about a new board, wherever it is said. Lengths are counted in characters as Postgres
 * counts them. (product-facts 9)
 */

export const MIN_GOAL_CENTS = 2_000;
/** The largest value of an `INTEGER` column: about R21.4 million. */
export const MAX_CENTS = 2_147_483_647;
export const MAX_CHILD_NAME = 50;
export const MAX_MESSAGE = 280;
export const MAX_PRODUCT_NAME = 200;
export const MAX_EMAIL = 254;
export const MAX_URL = 2_048;
const MAX_DAYS_AHEAD = 90;

/** Postgres and pages can hold all of it. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text);
}

export function lengthOf(text: string): number {
  return [...text].length;
}

/** One spelling of what keyboards and other systems write in several: apostrophes, hyphens, spaces. */
export function withPlainMarks(name: string): string {
  return name
    .normalize()
    .replace(/[‘ʼʻ´`＇]/gu, "’")
    .replace(/[\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d]/gu, "-")
    .replace(/\s+/gu, " ")
    .trim();
}

/** Letters of any script with spaces, hyphens and apostrophes. Persian and Indian names hold the joiners U+200C and U+200D between letters. */
export function holdsOnlyNameMarks(name: string): boolean {
  return /^(?:[\p{L}\p{M} '’-]|(?<=[\p{L}\p{M}])[\u200c\u200d](?=\p{L}))*$/u.test(name) && !hasFillers(name);
}

export function holdsLetter(name: string): boolean {
  return /\p{L}/u.test(name);
}

/** The first and the last birthday that a new board may have, `YYYY-MM-DD` in South Africa. */
export function birthdayRange(now: Date): Readonly<{ first: string; last: string }> {
  return { first: zoneDate(now), last: zoneDate(addDays(now, MAX_DAYS_AHEAD)) };
}

/** Without the spaces and hyphens between them. No source states a length or a checksum. (product-facts 21.4) */
export function karriDigits(text: string): string {
  return text.replace(/[\s-]/g, "");
}

export function isKarriNumber(digits: string): boolean {
  return /^\d{12,19}$/.test(digits);
}
