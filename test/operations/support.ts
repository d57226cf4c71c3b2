import { and, asc, eq } from "drizzle-orm";
import { boardPots, mailMessages } from "#database/own-tables";
import { auditLogs, payouts } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import { publicId } from "#domain/ids";
import { cents } from "#domain/money";
import type { AdminMailKind } from "#mail/kinds";
import { refundContribution } from "#operations/refunds";
import type { Services } from "#platform/services";
import { aHouse, aLiveBoard, aReport, type House, type LiveBoard, refundRows } from "../reconciliation/support.ts";
import type { TestDatabase } from "../support/database.ts";

/** The last reported step of a refund. */
export type RefundStep = "processing" | "failed" | "needs_manual_action" | "completed";

/** An open board and the services of an operator. */
export async function anOperator(database: TestDatabase) {
  const house = aHouse(database);
  const live = await aLiveBoard(house);
  const services: Services = { ...house.services, actor: ADMIN };

  /** The row of the refund of this payment. @throws Error when there is none. */
  async function refundOf(reference: string, providerPaymentId = `pf-${reference}`) {
    const rows = await refundRows(database, live.boardId);
    const row = rows.find((refund) => refund.providerPaymentId === providerPaymentId);
    if (!row) throw new Error("there is no such refund");
    return row;
  }
  /** A payment whose requested refund has reached `step`, or was never tried. */
  async function returning(step: RefundStep | null = null, reason = "no") {
    const reference = await live.paid();
    const note = "the guest asked for it";
    await refundContribution(services, { contributionId: live.of(reference).id, providerPaymentId: null, note });
    if (step) await live.reportRefund(reference, step, { reason });
    return { reference, ...(await refundOf(reference)) };
  }
  /** A payment of R199.99 for a contribution of R200. */
  async function wrongAmount(providerPaymentId: string) {
    const reference = await live.begin();
    await live.report(aReport(reference, { providerPaymentId, amount: cents(19_999) }));
    return { reference, contributionId: live.of(reference).id };
  }
  return { house, live, services, refundOf, returning, wrongAmount };
}

export type Operator = Awaited<ReturnType<typeof anOperator>>;

/** Counted and returning money of the projected pot. */
export async function potOf({ db }: TestDatabase, { boardId }: LiveBoard) {
  const [pot] = await db.select().from(boardPots).where(eq(boardPots.dreamBoardId, boardId));
  return pot && { counted: pot.countedCents, returning: pot.returningCents };
}

/** The net amount of each payout of the board, in cents. */
export async function payoutsOf({ db }: TestDatabase, { boardId }: LiveBoard): Promise<number[]> {
  const rows = await db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)).orderBy(asc(payouts.type));
  return rows.map(({ netCents }) => netCents);
}

/** The actor type and action of each audit row of this contribution or board, in any order. */
export async function auditOf({ db }: TestDatabase, kind: "board" | "contribution", id: string): Promise<string[]> {
  const rows = await db
    .select()
    .from(auditLogs)
    .where(eq(auditLogs.targetId, publicId(kind, id)));
  return rows.map(({ actorType, action }) => `${actorType} ${action}`);
}

export async function adminMailsOf(
  { database }: House,
  { boardId }: LiveBoard,
  kind: AdminMailKind = "money_needs_a_person",
) {
  return await database.db
    .select()
    .from(mailMessages)
    .where(and(eq(mailMessages.dreamBoardId, boardId), eq(mailMessages.kind, kind)));
}
