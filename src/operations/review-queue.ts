import { asc, eq, inArray, isNull } from "drizzle-orm";
import { boardFlags, refunds, settlementDifferences } from "#database/payment-tables";
import { contributions } from "#database/schema";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";

const MAX_ROWS = 500;

/** Everything about money that a person must decide, oldest first, as Postgres knows it. Amounts in cents. */
export async function reviewQueue({ database }: Services) {
  const [waiting, flags, differences] = await database.batch([
    database
      .select({
        id: refunds.id,
        board: refunds.dreamBoardId,
        contribution: refunds.contributionId,
        reference: contributions.paymentRef,
        provider: refunds.paymentProvider,
        provider_payment_id: refunds.providerPaymentId,
        provider_refund_id: refunds.providerRefundId,
        amount_cents: refunds.amountCents,
        cause: refunds.cause,
        status: refunds.status,
        reason: refunds.reason,
        tries: refunds.tries,
        last_error: refunds.lastError,
        requested_at: refunds.createdAt,
      })
      .from(refunds)
      .innerJoin(contributions, eq(contributions.id, refunds.contributionId))
      .where(inArray(refunds.status, ["requested", "processing", "failed", "needs_manual_action"]))
      .orderBy(asc(refunds.createdAt))
      .limit(MAX_ROWS),
    database
      .select()
      .from(boardFlags)
      .where(isNull(boardFlags.clearedAt))
      .orderBy(asc(boardFlags.openedAt))
      .limit(MAX_ROWS),
    database
      .select()
      .from(settlementDifferences)
      .where(isNull(settlementDifferences.resolvedAt))
      .orderBy(asc(settlementDifferences.foundAt))
      .limit(MAX_ROWS),
  ]);
  return {
    refunds: waiting.map((refund) => ({
      ...refund,
      board: publicId("board", refund.board),
      contribution: publicId("contribution", refund.contribution),
    })),
    flags: flags.map(({ dreamBoardId, flag, contributionId, providerPaymentId, receivedCents, openedAt }) => ({
      board: publicId("board", dreamBoardId),
      flag,
      contribution: contributionId && publicId("contribution", contributionId),
      provider_payment_id: providerPaymentId,
      received_cents: receivedCents,
      opened_at: openedAt,
    })),
    differences: differences.map((difference) => ({
      id: difference.id,
      provider: difference.paymentProvider,
      day: difference.day,
      kind: difference.kind,
      provider_payment_id: difference.providerPaymentId,
      reference: difference.reference,
      our_cents: difference.ourCents,
      their_cents: difference.theirCents,
      found_at: difference.foundAt,
    })),
  };
}
