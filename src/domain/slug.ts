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
  "admin",
  "api",
  "apple-touch-icon.png",
  "assets",
  "causes",
  "cdn-cgi",
  "contact",
  "create",
  "dashboard",
  "docs",
  "favicon.ico",
  "favicon.svg",
  "fonts",
  "health",
  "help",
  "images",
  "internal",
  "llms.txt",
  "manage",
  "photos",
  "privacy",
  "robots.txt",
  "sign-in",
  "sign-out",
  "sitemap.xml",
  "static",
  "terms",
  "v1",
  "webhooks",
];

/** `maya-birthday-8k3m9q2rtw`: accents transliterated, `dream` for names in other scripts. (product-facts 21.2) */
export function boardSlug(childName: string, code: string): string {
  const name = childName
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
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
