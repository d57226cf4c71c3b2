import { and, asc, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { refunds } from "#database/own-tables";
import { contributions } from "#database/schema";
import type { PaymentProviderName, RefundStatus } from "#domain/board/lifecycle";
import { type Cents, cents } from "#domain/money";
import type { Services } from "../services.ts";

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
  tries: number;
}>;

export type DueRefund = Pick<ClaimedRefund, "id" | "provider">;

/** Refunds that are due to be sent, or to be asked about, as of `now`: the longest waiting first. */
export async function dueRefunds({ database }: Services, now: Date, limit: number): Promise<DueRefund[]> {
  return await database
    .select({ id: refunds.id, provider: refunds.paymentProvider })
    .from(refunds)
    .where(
      and(
        inArray(refunds.status, ["requested", "processing"]),
        lte(refunds.nextTryAt, now),
        or(isNull(refunds.leaseUntil), lt(refunds.leaseUntil, now)),
      ),
    )
    .orderBy(asc(refunds.nextTryAt))
    .limit(limit);
}

/** Takes one refund for a while; null when somebody else has it, or nothing is to be done for it any more. */
export async function claimRefund({ database }: Services, id: string, now: Date): Promise<ClaimedRefund | null> {
  const [row] = await database
    .update(refunds)
    .set({ leaseUntil: new Date(now.getTime() + LEASE_MS) })
    .from(contributions)
    .where(
      and(
        eq(refunds.id, id),
        eq(contributions.id, refunds.contributionId),
        inArray(refunds.status, ["requested", "processing"]),
        lte(refunds.nextTryAt, now),
        or(isNull(refunds.leaseUntil), lt(refunds.leaseUntil, now)),
      ),
    )
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
  return { ...refund, providerPaymentId: providerPaymentId ?? "", amount: cents(amountCents) };
}

/** Gives the refund back, to be looked at again later and later. `error` is null when nothing went wrong. */
export async function releaseRefund(
  { database }: Services,
  { id, tries }: Pick<ClaimedRefund, "id" | "tries">,
  { now, error }: { now: Date; error: string | null },
): Promise<void> {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
  await database
    .update(refunds)
    .set({
      leaseUntil: null,
      tries: sql`${refunds.tries} + 1`,
      nextTryAt: new Date(now.getTime() + pause),
      lastError: error,
    })
    .where(eq(refunds.id, id));
}
