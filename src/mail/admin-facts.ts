import { and, asc, eq, gt, inArray, isNull, lt, or } from "drizzle-orm";
import type { Database } from "#database/client";
import { boardReports } from "#database/own-tables";
import { boardFlags, refunds, type SETTLEMENT_DIFFERENCE_KINDS, settlementDifferences } from "#database/payment-tables";
import { paymentLosses } from "#database/payout-tables";
import { contributions } from "#database/schema";
import type { PaymentProviderName, RefundStatus } from "#domain/board/lifecycle";
import type { ReportReason } from "#domain/board-report";
import { publicId } from "#domain/ids";
import { type Cents, cents } from "#domain/money";
import { stuckSince } from "#domain/refund-age";
import { addDays } from "#domain/time";
import type { AdminMailKind } from "./kinds.ts";
import type { ClaimedMail } from "./outbox.ts";
import { type FailedPayout, readFailedPayout, readWaitingPayouts, type WaitingPayouts } from "./payout-facts.ts";

/** Nobody can end a loss, so it is listed for as long as someone may have to know of it. */
const LOSS_LISTED_DAYS = 30;

/** The content of a mail to admins: ids, providers and amounts. No names and no addresses. */
export type AdminFacts = WaitingMoney | SettlementFacts | WaitingPayouts | FailedPayout | ReportedBoard;

export type WaitingMoney = Readonly<{
  about: "board";
  /** `db_…` */
  boardId: string;
  refunds: readonly {
    provider: PaymentProviderName;
    providerPaymentId: string;
    reference: string;
    amount: Cents;
    status: RefundStatus;
    reason: string | null;
  }[];
  flags: readonly { flag: string; providerPaymentId: string | null; received: Cents | null }[];
  losses: readonly { provider: PaymentProviderName; providerPaymentId: string; reference: string; amount: Cents }[];
}>;

export type SettlementFacts = Readonly<{
  about: "settlement";
  provider: string;
  day: string;
  differences: readonly {
    kind: (typeof SETTLEMENT_DIFFERENCE_KINDS)[number];
    providerPaymentId: string;
    reference: string | null;
    ours: Cents | null;
    theirs: Cents | null;
  }[];
}>;

/** What visitors wrote is not in it. */
export type ReportedBoard = Readonly<{
  about: "reports";
  /** `db_…` */
  boardId: string;
  /** Of the open reports, oldest first. */
  reasons: readonly ReportReason[];
}>;

/** Read when the mail is sent. Null when nothing needs a decision any more. */
export async function readAdminFacts(
  database: Database,
  kind: AdminMailKind,
  { dreamBoardId, payoutId, provider, day }: Pick<ClaimedMail, "dreamBoardId" | "payoutId" | "provider" | "day">,
  now: Date,
): Promise<AdminFacts | null> {
  switch (kind) {
    case "money_needs_a_person":
      return dreamBoardId ? await readWaitingMoney(database, dreamBoardId, now) : null;
    case "settlement_difference":
      return provider && day ? await readSettlement(database, provider, day) : null;
    case "payouts_waiting":
      return dreamBoardId ? await readWaitingPayouts(database, dreamBoardId, now) : null;
    case "payout_failed":
      return payoutId ? await readFailedPayout(database, payoutId) : null;
    case "board_reported":
      return dreamBoardId ? await readReports(database, dreamBoardId) : null;
    default:
      return kind satisfies never;
  }
}

async function readReports(database: Database, boardId: string): Promise<ReportedBoard | null> {
  const rows = await database
    .select({ reason: boardReports.reason })
    .from(boardReports)
    .where(and(eq(boardReports.dreamBoardId, boardId), isNull(boardReports.resolvedAt)))
    .orderBy(asc(boardReports.reportedAt));
  if (rows.length === 0) return null;
  return { about: "reports", boardId: publicId("board", boardId), reasons: rows.map(({ reason }) => reason) };
}

async function readWaitingMoney(database: Database, boardId: string, now: Date): Promise<WaitingMoney | null> {
  const isStuck = and(inArray(refunds.status, ["requested", "processing"]), lt(refunds.updatedAt, stuckSince(now)));
  const [waiting, flags, lost] = await database.batch([
    database
      .select({
        provider: refunds.paymentProvider,
        providerPaymentId: refunds.providerPaymentId,
        reference: contributions.paymentRef,
        amountCents: refunds.amountCents,
        status: refunds.status,
        reason: refunds.reason,
      })
      .from(refunds)
      .innerJoin(contributions, eq(contributions.id, refunds.contributionId))
      .where(
        and(eq(refunds.dreamBoardId, boardId), or(inArray(refunds.status, ["needs_manual_action", "failed"]), isStuck)),
      )
      .orderBy(asc(refunds.createdAt)),
    database
      .select()
      .from(boardFlags)
      .where(and(eq(boardFlags.dreamBoardId, boardId), isNull(boardFlags.clearedAt)))
      .orderBy(asc(boardFlags.openedAt)),
    database
      .select({
        provider: paymentLosses.paymentProvider,
        providerPaymentId: paymentLosses.providerPaymentId,
        reference: contributions.paymentRef,
        lostCents: paymentLosses.lostCents,
      })
      .from(paymentLosses)
      .innerJoin(contributions, eq(contributions.id, paymentLosses.contributionId))
      .where(
        and(eq(paymentLosses.dreamBoardId, boardId), gt(paymentLosses.recordedAt, addDays(now, -LOSS_LISTED_DAYS))),
      )
      .orderBy(asc(paymentLosses.recordedAt)),
  ]);
  if (waiting.length + flags.length + lost.length === 0) return null;
  return {
    about: "board",
    boardId: publicId("board", boardId),
    refunds: waiting.map(({ amountCents, providerPaymentId, ...refund }) => ({
      ...refund,
      providerPaymentId: providerPaymentId ?? "",
      amount: cents(amountCents),
    })),
    flags: flags.map(({ flag, providerPaymentId, receivedCents }) => ({
      flag,
      providerPaymentId,
      received: receivedCents === null ? null : cents(receivedCents),
    })),
    losses: lost.map(({ lostCents, ...loss }) => ({ ...loss, amount: cents(lostCents) })),
  };
}

async function readSettlement(
  database: Database,
  provider: PaymentProviderName,
  day: string,
): Promise<SettlementFacts | null> {
  const rows = await database
    .select()
    .from(settlementDifferences)
    .where(
      and(
        eq(settlementDifferences.paymentProvider, provider),
        eq(settlementDifferences.day, day),
        isNull(settlementDifferences.resolvedAt),
      ),
    )
    .orderBy(asc(settlementDifferences.foundAt));
  if (rows.length === 0) return null;
  return {
    about: "settlement",
    provider,
    day,
    differences: rows.map(({ kind, providerPaymentId, reference, ourCents, theirCents }) => ({
      kind,
      providerPaymentId,
      reference,
      ours: ourCents === null ? null : cents(ourCents),
      theirs: theirCents === null ? null : cents(theirCents),
    })),
  };
}
