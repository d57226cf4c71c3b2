import { and, asc, desc, eq, inArray, isNull, lte, or } from "drizzle-orm";
import { isOfLivePartner } from "#database/live-partners";
import { boardReports } from "#database/own-tables";
import { boardFlags, refunds, settlementDifferences } from "#database/payment-tables";
import { paymentLosses, payoutExecutions } from "#database/payout-tables";
import { contributions, payouts } from "#database/schema";
import { UNKNOWN_OUTCOME_HOURS } from "#domain/board/decide-payouts";
import { publicId } from "#domain/ids";
import { addHours } from "#domain/time";
import type { Services } from "#platform/services";

const MAX_ROWS = 500;

/**
 * Everything that a person must decide, oldest first: money, and boards that visitors report; and what was lost, newest first. As Postgres knows it.
 * Amounts in cents.
 */
export async function reviewQueue({ database, now }: Services) {
  const [waiting, unpaid, lost, flags, differences, reports] = await database.batch([
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
      .select({
        id: payouts.id,
        board: payouts.dreamBoardId,
        type: payouts.type,
        net_cents: payouts.netCents,
        status: payouts.status,
        method: payoutExecutions.method,
        attempt: payoutExecutions.attempt,
        error_code: payoutExecutions.errorCode,
        tries: payoutExecutions.tries,
        last_error: payoutExecutions.lastError,
        started_at: payoutExecutions.startedAt,
        created_at: payouts.createdAt,
      })
      .from(payouts)
      .innerJoin(payoutExecutions, eq(payoutExecutions.payoutId, payouts.id))
      .where(
        and(
          inArray(payouts.status, ["processing", "failed"]),
          // The same status: by its index the executions of paid payouts are left alone.
          inArray(payoutExecutions.status, ["processing", "failed"]),
          isOfLivePartner(payouts.partnerId),
          or(eq(payouts.status, "failed"), lte(payoutExecutions.startedAt, addHours(now(), -UNKNOWN_OUTCOME_HOURS))),
        ),
      )
      .orderBy(asc(payouts.createdAt))
      .limit(MAX_ROWS),
    // Nothing ends a loss, so the newest are shown.
    database.select().from(paymentLosses).orderBy(desc(paymentLosses.recordedAt)).limit(MAX_ROWS),
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
    database
      .select()
      .from(boardReports)
      .where(isNull(boardReports.resolvedAt))
      .orderBy(asc(boardReports.reportedAt))
      .limit(MAX_ROWS),
  ]);
  return {
    refunds: waiting.map((refund) => ({
      ...refund,
      board: publicId("board", refund.board),
      contribution: publicId("contribution", refund.contribution),
    })),
    payouts: unpaid.map((payout) => ({
      ...payout,
      id: publicId("payout", payout.id),
      board: publicId("board", payout.board),
    })),
    losses: lost.map(({ dreamBoardId, contributionId, paymentProvider, providerPaymentId, lostCents, recordedAt }) => ({
      board: publicId("board", dreamBoardId),
      contribution: publicId("contribution", contributionId),
      provider: paymentProvider,
      provider_payment_id: providerPaymentId,
      lost_cents: lostCents,
      recorded_at: recordedAt,
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
    reports: reports.map(({ id, dreamBoardId, reason, words, reportedAt }) => ({
      id,
      board: publicId("board", dreamBoardId),
      reason,
      words,
      reported_at: reportedAt,
    })),
  };
}
