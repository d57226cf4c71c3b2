import type { RateRule, Taking } from "#domain/rate-limit";
import { ChipInError, type ErrorDetail } from "#platform/errors";
import type { Services } from "#platform/services";
import { callLimiter } from "./call-limiter.ts";

/** What a refusal says to the caller. */
type Words = Readonly<{ sentence: string; details?: readonly ErrorDetail[] }>;

/**
 * Charges the rules to the subject. When its limiter cannot be reached, nothing is refused.
 * @throws ChipInError `rate_limited`, with when to try again.
 */
export async function takeOrRefuse(
  services: Services,
  subject: string,
  rules: readonly RateRule[],
  words: (refused: Taking) => Words,
): Promise<void> {
  const taking = await callLimiter(services, subject, (limiter) => limiter.take(rules, services.now()));
  if (!taking || taking.allowed) return;
  const { sentence, details } = words(taking);
  const retryAfterSeconds = Math.ceil(taking.retryAfterMs / 1_000);
  throw new ChipInError("rate_limited", sentence, details, { retryAfterSeconds });
}
