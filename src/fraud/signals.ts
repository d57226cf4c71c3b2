import type { Signal } from "#domain/board/lifecycle";

/** Cloudflare's words for a country it does not know. Tor (`T1`) is no country, and unexpected. */
const UNKNOWN = new Set(["", "XX"]);

/** What is odd about where a contribution is begun; it refuses nothing. `country`: ISO 3166 as the edge tells it (`request.cf.country`), null when it tells none. */
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
