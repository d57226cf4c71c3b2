/** What makes a person look at a contribution; it is recorded and refuses nothing. (product-facts 16) */
export type FraudSignal = "unexpected_country";

/** Cloudflare's words for a country it does not know. Tor (`T1`) is no country, and unexpected. */
const UNKNOWN = new Set(["", "XX"]);

/** `country`: ISO 3166 as the edge tells it (`request.cf.country`), null when it tells none. */
export function signalsOf({
  country,
  expectedCountries,
}: {
  country: string | null;
  expectedCountries: readonly string[];
}): FraudSignal[] {
  const code = country?.trim().toUpperCase() ?? "";
  return UNKNOWN.has(code) || expectedCountries.includes(code) ? [] : ["unexpected_country"];
}
