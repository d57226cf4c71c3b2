import type { Signal } from "#domain/board/lifecycle";

/** Cloudflare's codes for an unknown country. Tor (`T1`) is no country and counts as unexpected. */
const UNKNOWN = new Set(["", "XX"]);

/** What is unusual about where a contribution begins. It refuses nothing. `country` is `request.cf.country` (ISO 3166) or null. */
export function signalsOf({
  country,
  expectedCountries,
}: {
  country: string | null;
  expectedCountries: readonly string[];
}): Signal[] {
  const code = country?.trim().toUpperCase() ?? "";
  return UNKNOWN.has(code) || expectedCountries.includes(code) ? [] : ["unexpected_country"];
}
