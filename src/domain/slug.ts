import { BOARD_CODE } from "./ids.ts";

const FALLBACK_NAME = "dream";
const MAX_NAME_LENGTH = 60;

/**
 * First words of addresses that are no boards: those the site uses, those it will use, and those that browsers and the edge
 * ask for. A new route at the top takes its word from here.
 */
export const RESERVED_WORDS: readonly string[] = [
  "__local",
  ".well-known",
  "about",
  "account",
  "admin",
  "api",
  "apple-touch-icon.png",
  "assets",
  "auth",
  "causes",
  "cdn-cgi",
  "contact",
  "create",
  "dashboard",
  "docs",
  "favicon.ico",
  "favicon.svg",
  "fees",
  "fonts",
  "health",
  "help",
  "images",
  "internal",
  "llms.txt",
  "manage",
  "photos",
  "pictures",
  "privacy",
  "receipts",
  "report",
  "robots.txt",
  "sign-in",
  "sign-out",
  "sitemap.xml",
  "static",
  "terms",
  "v1",
  "webhooks",
];

/** Latin letters that are no base letter with an accent, in small letters. */
const LATIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ı: "i",
  ŋ: "ng",
  ŧ: "t",
  ĸ: "k",
  ɓ: "b",
  ɗ: "d",
  ƙ: "k",
  ə: "e",
  ɛ: "e",
  ɔ: "o",
};
const LATIN_LETTERS = new RegExp(`[${Object.keys(LATIN).join("")}]`, "gu");

/** `maya-birthday-8k3m9q2rtw`: accents transliterated, `dream` for names in other scripts. (product-facts 21.2) */
export function boardSlug(childName: string, code: string): string {
  const name = childName
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(LATIN_LETTERS, (letter) => LATIN[letter] ?? letter)
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_NAME_LENGTH)
    .replace(/^-+|-+$/g, "");
  return `${name || FALLBACK_NAME}-birthday-${code}`;
}

const SLUG = new RegExp(`^[a-z0-9-]{1,89}-(${BOARD_CODE})$`);

/** The board code a slug ends in, however it was typed; null when no board can have this slug. */
export function codeOfSlug(slug: string): string | null {
  return SLUG.exec(slug.toLowerCase())?.[1] ?? null;
}

/** What messengers leave at the end of a link: the marks around it, spaces, and characters without width. */
const TRAILING_MARKS = /[^\p{L}\p{N}\p{Cc}]+$/u;

/**
 * The path of a board's page without what a messenger left at its end: `/maya-birthday-8k3m9q2rtw` of `/maya-birthday-8k3m9q2rtw).`.
 * @param path decoded. @returns null when nothing was left there, or no board can have this path.
 */
export function withoutTrailingMarks(path: string): string | null {
  const clean = path.replace(TRAILING_MARKS, "");
  return clean !== path && codeOfSlug(clean.split("/")[1] ?? "") !== null ? clean : null;
}
