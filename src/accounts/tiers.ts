import { ChipInError } from "#platform/errors";

/** (product-facts 12) `enterprise` is what a contract says. */
export const TIERS = ["default", "partner", "enterprise"] as const;
export type Tier = (typeof TIERS)[number];

const HOURLY = { default: 1_000, partner: 10_000 } as const;
const LEAST_BURST = 100;
/** A minute's share of the hour: 500 of 10,000. */
const BURSTS_PER_HOUR = 20;

/** Requests in an hour, and in a minute; null where the minute follows from the hour. */
export type Rates = Readonly<{ rateLimit: number; burstLimit: number | null }>;

export function burstOf({ rateLimit, burstLimit }: Rates): number {
  return burstLimit ?? Math.max(LEAST_BURST, Math.ceil(rateLimit / BURSTS_PER_HOUR));
}

/** The tier is not stored: it is the name of the rates. */
export function tierOf({ rateLimit, burstLimit }: Rates): Tier {
  if (burstLimit !== null) return "enterprise";
  return rateLimit === HOURLY.default ? "default" : rateLimit === HOURLY.partner ? "partner" : "enterprise";
}

export type WantedRates = Readonly<{
  tier?: Tier | undefined;
  rateLimit?: number | undefined;
  burstLimit?: number | undefined;
}>;

/** The rates of a tier, or of a contract. @throws ChipInError `validation_error`. */
export function ratesOf({ tier, rateLimit, burstLimit }: WantedRates): Rates {
  if (tier === "enterprise" && rateLimit === undefined) {
    throw invalid("rate_limit", "is required for the tier enterprise");
  }
  const usual = tier === "partner" ? HOURLY.partner : HOURLY.default;
  const rates = { rateLimit: rateLimit ?? usual, burstLimit: burstLimit ?? null };
  const actual = tierOf(rates);
  if (tier !== undefined && tier !== actual) {
    throw invalid("tier", `must be ${actual} with this rate_limit and burst_limit; or leave them out`);
  }
  return rates;
}

function invalid(field: string, reason: string): ChipInError {
  return new ChipInError("validation_error", "The request could not be read", [{ field, reason }]);
}
