import type { SQL } from "drizzle-orm";
import type { Database } from "#database/client";
import type { BoardEvent, RecordedEvent } from "#domain/board/events";
import { decrypt, encrypt, type Keyring } from "#privacy/encryption";
import { announcementsOf } from "./announcements.ts";
import { recipientOf } from "./recipient.ts";
import { type ProjectedBoard, type TableRows, tableRows, termsOf } from "./rows.ts";
import {
  clearFlags,
  insertBoard,
  insertFlags,
  insertPayoutItems,
  insertPayouts,
  insertProviderPayments,
  insertRefunds,
  type PayoutItemRow,
  type PayoutRow,
  recordAndAnnounce,
  reducePayoutItems,
  reducePayouts,
  refuseFork,
  updateBoardStatus,
  updatePayments,
  updateRefunds,
  upsertContributions,
  upsertPaymentRequests,
} from "./statements.ts";

export type ProjectionContext = Readonly<{ database: Database; keyring: Keyring; publicOrigin: string }>;

/** Ids of rows that now wait to be sent; what is not enqueued from here a sweeper finds later. */
export type Outbox = { deliveryIds: string[]; mailIds: string[] };

/**
 * Writes a stretch of a board's log to Postgres in one transaction and one round trip: the tables it changes, the log
 * itself, and everything it announces. Writing it again changes nothing.
 * @throws what Postgres or the way to it said; nothing was written, or all of it was and the answer was lost.
 */
export async function project(
  { database, keyring, publicOrigin }: ProjectionContext,
  board: ProjectedBoard,
  batch: readonly RecordedEvent[],
): Promise<Outbox> {
  const { state, about } = board;
  const { boardId, partnerId } = termsOf(state);
  const rows = tableRows(board, batch);
  const speaksOfPayouts = batch.some(({ event }) => PAYOUT_EVENTS.has(event.type));
  const cardNumber =
    speaksOfPayouts && about.karriCardCiphertext ? await decrypt(keyring, about.karriCardCiphertext) : null;
  const announcements = announcementsOf(board, batch, { publicOrigin, cardNumber });

  const changes: SQL[] = [refuseFork(boardId, batch)];
  if (rows.opened) changes.push(insertBoard(state, about));
  if (rows.contributions.size > 0) changes.push(upsertContributions(state, [...rows.contributions.values()]));
  if (rows.payments.size > 0) changes.push(updatePayments([...rows.payments.values()]));
  if (rows.status) changes.push(updateBoardStatus(boardId, rows.status));
  if (rows.payouts.length > 0) {
    const { payouts, items } = await payoutRows(keyring, board, rows.payouts, cardNumber);
    changes.push(insertPayouts(state, payouts), insertPayoutItems(state, items));
  }
  if (rows.payoutsReduced) changes.push(reducePayouts(state), reducePayoutItems(state));
  if (rows.refunds.length > 0) changes.push(insertRefunds(state, rows.refunds));
  if (rows.refundChanges.size > 0) changes.push(updateRefunds([...rows.refundChanges.values()]));
  if (rows.paymentRequests.size > 0) changes.push(upsertPaymentRequests(state, rows.paymentRequests));
  if (rows.providerPayments.length > 0) changes.push(insertProviderPayments(state, rows.providerPayments));
  if (rows.flags.length > 0) changes.push(insertFlags(boardId, rows.flags));
  if (rows.clearedFlags.length > 0) changes.push(clearFlags(boardId, rows.clearedFlags));

  // Last, because it refers to the rows before it; its answer names what now waits to be sent.
  const last = database.execute<Waiting>(recordAndAnnounce(boardId, partnerId, batch, announcements));
  const [first, ...others] = changes.map((change) => database.execute<Waiting>(change));
  const results = await (first ? database.batch([first, ...others, last]) : database.batch([last]));
  const waiting = results.at(-1)?.rows ?? [];
  return {
    deliveryIds: waiting.filter(({ kind }) => kind === "delivery").map(({ id }) => id),
    mailIds: waiting.filter(({ kind }) => kind === "mail").map(({ id }) => id),
  };
}

/** Events whose announcement shows a payout to its owner. */
const PAYOUT_EVENTS: ReadonlySet<BoardEvent["type"]> = new Set(["board_closed", "payouts_released"]);

type Waiting = { kind: "delivery" | "mail"; id: string };

async function payoutRows(
  keyring: Keyring,
  { about }: ProjectedBoard,
  planned: TableRows["payouts"],
  cardNumber: string | null,
): Promise<{ payouts: PayoutRow[]; items: PayoutItemRow[] }> {
  const payouts = await Promise.all(
    planned.map(async ({ payout: { id, type, gross, fee, net }, at }) => {
      const encrypted = await encrypt(keyring, JSON.stringify(recipientOf(type, about, cardNumber).recipient));
      return { id, type, gross, fee, net, at, recipient: { encrypted } };
    }),
  );
  const items = planned.flatMap(({ payout, at }) =>
    payout.items.map(({ id, type, amount }) => ({ id, payoutId: payout.id, type, amount, at })),
  );
  return { payouts, items };
}
