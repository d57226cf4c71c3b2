import type { PaymentProviderName } from "#domain/board/lifecycle";
import { type Cents, cents } from "#domain/money";
import type { RateRule } from "#domain/rate-limit";
import { coarseNetwork, networkOf } from "#platform/network";
import type { Services } from "#platform/services";
import { callLimiter } from "#rate-limits/call-limiter";
import { auditHit } from "./audit-hit.ts";

/** Stolen cards are tried out with many small payments. (product-facts 16) */
const MAX_COUNTED_AMOUNT = cents(10_000);
const FAILURES: RateRule = { name: "failed_payments", limit: 5, windowMs: 15 * 60_000, kind: "sliding" };
const BLOCK_MS = 60 * 60_000;

/** Providers' statuses, in lower case, of a guest who cancelled or never began. */
const NOT_COUNTED = new Set(["cancelled", "abandoned", "expired", "not_started"]);

export type FailedPayment = Readonly<{
  provider: PaymentProviderName;
  reference: string;
  /** The guest's, as recorded with the contribution, not the one of the provider's callback. */
  ipAddress: string | null;
  amount: Cents;
  providerStatus: string;
}>;

/**
 * Five contributions whose small card payment failed, from one address within 15 minutes: for an hour every start from there
 * meets a challenge (`judgeAttempt`). One contribution counts once, however often its guest tries. Only PayFast takes cards.
 */
export async function noteFailedPayment(services: Services, payment: FailedPayment): Promise<void> {
  const { provider, reference, ipAddress, amount, providerStatus } = payment;
  const network = networkOf(ipAddress);
  const isCounted =
    provider === "payfast" && amount <= MAX_COUNTED_AMOUNT && !NOT_COUNTED.has(normalized(providerStatus));
  if (!network || !isCounted) return;
  const block = { key: reference, blockMs: BLOCK_MS };
  const strike = await callLimiter(services, `ip:${network}`, (limiter) =>
    limiter.strike(FAILURES, block, services.now()),
  );
  if (!strike?.blockedNow || strike.blockedUntil === null) return;
  auditHit(services, "address.blocked", ipAddress);
  services.alert({
    event: "card_testing_blocked",
    network: coarseNetwork(network),
    blocked_until: new Date(strike.blockedUntil).toISOString(),
    request_id: services.requestId,
  });
}

const normalized = (providerStatus: string) => providerStatus.trim().toLowerCase();
