import { type Cents, cents } from "#domain/money";
import type { RateRule } from "#domain/rate-limit";
import type { Services } from "#platform/services";
import { askLimiter } from "#rate-limits/ask-limiter";
import { coarseNetwork, networkOf } from "./network.ts";

/** Whoever tries out stolen cards does it with small amounts, many times. (product-facts 16) */
const SMALL = cents(10_000);
const FAILURES: RateRule = { name: "failed_payments", limit: 5, windowMs: 15 * 60_000, kind: "sliding" };
const BLOCK_MS = 60 * 60_000;

/** Providers' words, in lower case, for a guest who turned back or never began. */
const NO_FAILURE = new Set(["cancelled", "abandoned", "expired", "not_started"]);

export type FailedPayment = Readonly<{
  /** the guest's, as recorded with the contribution; never the provider's that reports the failure */
  ipAddress: string | null;
  amount: Cents;
  providerStatus: string;
  /** the same for every delivery of the same news */
  eventKey: string;
}>;

/** Five failures of small payments from one address within 15 minutes block it for an hour (`judgeAttempt` then waits). */
export async function noteFailedPayment(services: Services, payment: FailedPayment): Promise<void> {
  const network = networkOf(payment.ipAddress);
  if (!network || payment.amount > SMALL || NO_FAILURE.has(payment.providerStatus.trim().toLowerCase())) return;
  const block = { key: payment.eventKey, blockMs: BLOCK_MS };
  const strike = await askLimiter(services, `ip:${network}`, (limiter) =>
    limiter.strike(FAILURES, block, services.now()),
  );
  if (!strike?.blockedNow || strike.blockedUntil === null) return;
  services.alert({
    event: "card_testing_blocked",
    network: coarseNetwork(network),
    blocked_until: new Date(strike.blockedUntil).toISOString(),
    request_id: services.requestId,
  });
}
