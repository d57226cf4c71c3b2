import { and, asc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { refunds } from "#database/payment-tables";
import { contributions } from "#database/schema";
import type { PaymentProviderName, RefundStatus } from "#domain/board/lifecycle";
import { type Cents, cents } from "#domain/money";
import type { Services } from "#platform/services";

const MINUTE_MS = 60_000;
/** While one run works on a refund no other does. Longer than a provider and a board may take together. */
const LEASE_MS = 2 * MINUTE_MS;
const FIRST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

export type ClaimedRefund = Readonly<{
  id: string;
  contributionId: string;
  reference: string;
  provider: PaymentProviderName;
  providerPaymentId: string;
  providerRefundId: string | null;
  amount: Cents;
  attempt: number;
  status: RefundStatus;
  /** this one included */
  tries: number;
  leaseUntil: Date;
}>;

/** One provider's refunds that are due to be sent, or to be asked about, as of `now`: the longest waiting first. */
export async function dueRefunds(
  services: Services,
  provider: PaymentProviderName,
  { now, limit }: { now: Date; limit: number },
): Promise<string[]> {
  const rows = await services.database
    .select({ id: refunds.id })
    .from(refunds)
    .where(and(eq(refunds.paymentProvider, provider), isFreeAndDue(services, now)))
    .orderBy(asc(refunds.nextTryAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Due as of the job's instant; free by the clock, because its lease is held by the clock. */
function isFreeAndDue(services: Services, now: Date) {
  return and(
    inArray(refunds.status, ["requested", "processing"]),
    lte(refunds.nextTryAt, now),
    or(isNull(refunds.leaseUntil), lt(refunds.leaseUntil, services.now())),
  );
}

/**
 * Takes one refund for a while; null when another worker holds it, or it needs nothing more. The try counts
 * from here on: a worker that dies in the middle may have sent the money.
 */
export async function claimRefund(services: Services, id: string, now: Date): Promise<ClaimedRefund | null> {
  const leaseUntil = new Date(services.now().getTime() + LEASE_MS);
  const [row] = await services.database
    .update(refunds)
    .set({ leaseUntil, tries: sql`${refunds.tries} + 1` })
    .from(contributions)
    .where(and(eq(refunds.id, id), eq(contributions.id, refunds.contributionId), isFreeAndDue(services, now)))
    .returning({
      id: refunds.id,
      contributionId: refunds.contributionId,
      reference: contributions.paymentRef,
      provider: refunds.paymentProvider,
      providerPaymentId: refunds.providerPaymentId,
      providerRefundId: refunds.providerRefundId,
      amountCents: refunds.amountCents,
      attempt: refunds.attempt,
      status: refunds.status,
      tries: refunds.tries,
    });
  if (!row) return null;
  const { amountCents, providerPaymentId, ...refund } = row;
  return { ...refund, providerPaymentId: providerPaymentId ?? "", amount: cents(amountCents), leaseUntil };
}

/** Gives back a refund that is still ours, to be looked at again later and later. `error`: null when nothing went wrong. */
export async function releaseRefund(
  services: Services,
  { id, tries, leaseUntil }: Pick<ClaimedRefund, "id" | "tries" | "leaseUntil">,
  { now, error }: { now: Date; error: string | null },
): Promise<void> {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  // A run as of some later instant must not put it off until then.
  const from = Math.min(now.getTime(), services.now().getTime());
  await services.database
    .update(refunds)
    .set({ leaseUntil: null, nextTryAt: new Date(from + pause), lastError: error })
    .where(and(eq(refunds.id, id), eq(refunds.leaseUntil, leaseUntil)));
}
