import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { isOfLivePartner } from "#database/live-partners";
import { boardPots } from "#database/own-tables";
import { refunds } from "#database/payment-tables";
import { paymentLosses, payoutExecutions, payoutHolds } from "#database/payout-tables";
import { contributions, dreamBoards, payoutItems, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import type { Facts, LedgerLine, LedgerTable } from "#domain/board/ledger-check";
import { boardCode, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { callBoard, noSuchBoard, PATIENCE_MS } from "./call-board.ts";
import { readLog } from "./read-log.ts";

/** Neon refuses answers above some megabytes. */
const PAGE_ROWS = 2_000;

/**
 * Everything that is said of a board's money, in pieces, for `LedgerCheck`: the log first, then the rows, then the object.
 * So what comes later can only be ahead of the log. No names, texts, addresses or recipients.
 * @throws ChipInError `not_found` before the first piece, when Postgres has no log of the board.
 */
export async function* exportLedger(services: Services, boardId: string): AsyncGenerator<LedgerLine[]> {
  const { database } = services;
  let isKnown = false;
  for await (const piece of readLog(database, boardId)) {
    if (!isKnown) yield [{ kind: "ledger", board: publicId("board", boardId), at: services.now().toISOString() }];
    isKnown = true;
    yield piece.map((stored): LedgerLine => ({ kind: "event", ...stored }));
  }
  if (!isKnown) throw noSuchBoard();
  yield* rowLines(database, boardId);
  yield [{ kind: "object", inspection: await inspectionOf(services, boardId) }, { kind: "end" }];
}

/** A page of the ids of all live boards, in order. `next` is what to ask for after; null at the end. */
export async function listLedgers({ database }: Services, after: string | null) {
  const rows = await database
    .select({ id: dreamBoards.id })
    .from(dreamBoards)
    .where(and(isOfLivePartner(dreamBoards.partnerId), after === null ? undefined : gt(dreamBoards.id, after)))
    .orderBy(asc(dreamBoards.id))
    .limit(PAGE_ROWS);
  const boards = rows.map(({ id }) => publicId("board", id));
  return { boards, next: boards.length < PAGE_ROWS ? null : (boards.at(-1) ?? null) };
}

/** Null when the object cannot be reached. */
async function inspectionOf(services: Services, boardId: string) {
  try {
    return await callBoard(services, boardCode(boardId), (board) => board.inspect(), PATIENCE_MS.upkeep);
  } catch (error) {
    if (error instanceof ChipInError && error.code === "unavailable") return null;
    throw error;
  }
}

/** The contributions of a board, a page in the order of their ids. */
function contributionsOf(database: Database, boardId: string, after: string | null) {
  const ofBoard = eq(contributions.dreamBoardId, boardId);
  return database
    .select({
      key: contributions.id,
      amount_cents: contributions.amountCents,
      fee_cents: contributions.feeCents,
      net_cents: contributions.netCents,
      payment_provider: contributions.paymentProvider,
      payment_ref: contributions.paymentRef,
      payment_status: contributions.paymentStatus,
    })
    .from(contributions)
    .where(after === null ? ofBoard : and(ofBoard, gt(contributions.id, after)))
    .orderBy(asc(contributions.id))
    .limit(PAGE_ROWS);
}

function refundsOf(database: Database, boardId: string, after: string | null) {
  const ofBoard = eq(refunds.dreamBoardId, boardId);
  return database
    .select({
      id: refunds.id,
      key: sql<string>`${refunds.contributionId} || '/' || ${refunds.providerPaymentId}`,
      amount_cents: refunds.amountCents,
      status: refunds.status,
      attempt: refunds.attempt,
      provider_refund_id: refunds.providerRefundId,
    })
    .from(refunds)
    .where(after === null ? ofBoard : and(ofBoard, gt(refunds.id, after)))
    .orderBy(asc(refunds.id))
    .limit(PAGE_ROWS);
}

/** Most boards need one round trip. */
async function* rowLines(database: Database, boardId: string): AsyncGenerator<LedgerLine[]> {
  const first = await database.batch([
    contributionsOf(database, boardId, null),
    refundsOf(database, boardId, null),
    database
      .select({
        key: payouts.id,
        type: payouts.type,
        gross_cents: payouts.grossCents,
        fee_cents: payouts.feeCents,
        net_cents: payouts.netCents,
        status: payouts.status,
        external_ref: payouts.externalRef,
        created_at: payouts.createdAt,
        completed_at: payouts.completedAt,
      })
      .from(payouts)
      .where(eq(payouts.dreamBoardId, boardId)),
    database
      .select({
        key: payoutItems.id,
        payout_id: payoutItems.payoutId,
        type: payoutItems.type,
        amount_cents: payoutItems.amountCents,
      })
      .from(payoutItems)
      .where(eq(payoutItems.dreamBoardId, boardId)),
    database
      .select({
        key: payoutExecutions.payoutId,
        status: payoutExecutions.status,
        attempt: payoutExecutions.attempt,
        execution_id: payoutExecutions.executionId,
        method: payoutExecutions.method,
        started_at: payoutExecutions.startedAt,
        error_code: payoutExecutions.errorCode,
      })
      .from(payoutExecutions)
      .where(eq(payoutExecutions.dreamBoardId, boardId)),
    database
      .select({
        key: payoutHolds.seq,
        reason: payoutHolds.reason,
        contribution_id: payoutHolds.contributionId,
        provider_payment_id: payoutHolds.providerPaymentId,
        placed_at: payoutHolds.placedAt,
        lifted_at: payoutHolds.liftedAt,
      })
      .from(payoutHolds)
      .where(eq(payoutHolds.dreamBoardId, boardId)),
    database
      .select({
        key: paymentLosses.seq,
        contribution_id: paymentLosses.contributionId,
        payment_provider: paymentLosses.paymentProvider,
        provider_payment_id: paymentLosses.providerPaymentId,
        lost_cents: paymentLosses.lostCents,
      })
      .from(paymentLosses)
      .where(eq(paymentLosses.dreamBoardId, boardId)),
    database
      .select({
        key: boardPots.dreamBoardId,
        counted_cents: boardPots.countedCents,
        returning_cents: boardPots.returningCents,
        contribution_count: boardPots.contributionCount,
      })
      .from(boardPots)
      .where(eq(boardPots.dreamBoardId, boardId)),
    database
      .select({
        key: dreamBoardsWithTotals.id,
        raised_cents: dreamBoardsWithTotals.raisedCents,
        contribution_count: dreamBoardsWithTotals.contributionCount,
        overflow_cents: dreamBoardsWithTotals.overflowCents,
      })
      .from(dreamBoardsWithTotals)
      .where(eq(dreamBoardsWithTotals.id, boardId)),
    database
      .select({
        key: dreamBoards.id,
        status: dreamBoards.status,
        goal_cents: dreamBoards.goalCents,
        deadline: dreamBoards.deadline,
        updated_at: dreamBoards.updatedAt,
      })
      .from(dreamBoards)
      .where(eq(dreamBoards.id, boardId)),
  ]);
  const [given, returned, made, items, executions, holds, losses, pots, totals, boards] = first;
  for (let page = given; ; page = await contributionsOf(database, boardId, page.at(-1)?.key ?? null)) {
    yield rows("contributions", page);
    if (page.length < PAGE_ROWS) break;
  }
  for (let page = returned; ; page = await refundsOf(database, boardId, page.at(-1)?.id ?? null)) {
    yield rows("refunds", page);
    if (page.length < PAGE_ROWS) break;
  }
  yield [
    ...rows("payouts", made),
    ...rows("payout_items", items),
    ...rows("payout_executions", executions),
    ...rows("payout_holds", holds),
    ...rows("payment_losses", losses),
    ...rows("board_pots", pots),
    ...rows("dream_boards_with_totals", totals),
    ...rows("dream_boards", boards),
  ];
}

type Values = Readonly<Record<string, string | number | Date | null>>;

function rows(table: LedgerTable, found: readonly (Values & { key: string | number })[]): LedgerLine[] {
  return found.map(({ key, ...columns }) => {
    const values = Object.entries(columns).map(([column, value]): [string, Facts[string]] => [
      column,
      value instanceof Date ? value.toISOString() : value,
    ]);
    return { kind: "row", table, key: String(key), values: Object.fromEntries(values) };
  });
}
