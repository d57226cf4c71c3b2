import type { SQL } from "drizzle-orm";
import type { Database } from "#database/client";
import type { RecordedEvent, StoredEvent } from "#domain/board/events";
import type { BoardProfile } from "#domain/board/profile";
import { isReadable, readEvent } from "#domain/board/read-event";
import type { KarriRecipient } from "#domain/payout-recipient";
import type { Keyring } from "#privacy/encryption";
import { openText, sealFields, sealJson } from "#privacy/sealed";
import { announcementsOf, type WebhookAnnouncement } from "./announcements.ts";
import { recipientOf } from "./recipient.ts";
import { type ProjectedBoard, type TableRows, tableRows } from "./rows.ts";
import {
  anonymiseRows,
  clearFlags,
  insertBoard,
  insertFlags,
  insertHolds,
  insertKarriCard,
  insertLosses,
  insertProviderPayments,
  insertRefunds,
  liftHolds,
  type PayoutItemRow,
  type PayoutRow,
  recordAndAnnounce,
  refuseFork,
  updateBoardDetails,
  updateBoardStatus,
  updatePayments,
  updateRefunds,
  upsertContributions,
  upsertExecutions,
  upsertPaymentRequests,
  upsertPayoutItems,
  upsertPayouts,
  upsertPot,
  upsertVisibility,
} from "./statements.ts";

export type ProjectionContext = Readonly<{ database: Database; keyring: Keyring; publicOrigin: string }>;

/** Ids of rows that now wait to be sent; what is not enqueued from here a sweeper finds later. */
export type Outbox = { deliveryIds: string[]; mailIds: string[] };

/**
 * Writes a stretch of a board's log to Postgres in one transaction and one round trip: the tables it changes, the log
 * itself, and everything it announces. Rows and announcements are a function of the events and the profiles alone, so any
 * chunks, or writing it again from any point, give the same rows. Only the e-mail and address of an audit row come from the
 * origin beside the event, which is gone once they are written.
 * @throws what Postgres or the connection reported; nothing was written, or all of it was and the answer was lost.
 * @throws RangeError for an event this release cannot read.
 */
export async function project(
  { database, keyring, publicOrigin }: ProjectionContext,
  board: ProjectedBoard,
  batch: readonly StoredEvent[],
): Promise<Outbox> {
  const { terms, profile } = board;
  const { boardId } = terms;
  const entries = batch.map(readable);
  const rows = tableRows(board, entries);
  const card = rows.payouts.size > 0 ? await decryptCard(keyring, profile) : null;
  const { webhooks, ...announced } = announcementsOf(board, entries, { publicOrigin, card });
  const announcements = { ...announced, webhooks: await sealedWebhooks(keyring, webhooks) };

  const changes: SQL[] = [refuseFork(boardId, batch)];
  if (rows.opened) changes.push(insertBoard(rows.opened, terms, profile));
  if (rows.opened && profile.karriCardholderCiphertext) changes.push(insertKarriCard(boardId, profile));
  if (rows.contributions.size > 0) changes.push(upsertContributions(terms, [...rows.contributions.values()]));
  if (rows.payments.size > 0) changes.push(updatePayments([...rows.payments.values()]));
  if (rows.status) changes.push(updateBoardStatus(boardId, rows.status));
  if (rows.details) changes.push(updateBoardDetails(boardId, rows.details));
  if (rows.visibility.size > 0) changes.push(upsertVisibility(boardId, [...rows.visibility.values()]));
  if (rows.pot) changes.push(upsertPot(boardId, rows.pot));
  if (rows.payouts.size > 0) {
    const { payouts, items } = await payoutRows(keyring, board, rows.payouts, card);
    changes.push(upsertPayouts(terms, payouts), upsertPayoutItems(terms, items), upsertExecutions(boardId, payouts));
  }
  if (rows.holds.length > 0) changes.push(insertHolds(boardId, rows.holds));
  if (rows.liftedHolds.length > 0) changes.push(liftHolds(boardId, rows.liftedHolds));
  if (rows.losses.length > 0) changes.push(insertLosses(boardId, rows.losses));
  const refunds = [...rows.refunds.values()];
  const requested = refunds.filter(({ request }) => request !== null);
  if (requested.length > 0) changes.push(insertRefunds(terms, requested));
  if (refunds.length > 0) changes.push(updateRefunds(refunds));
  if (rows.paymentRequests.size > 0) changes.push(upsertPaymentRequests(terms, [...rows.paymentRequests.values()]));
  if (rows.providerPayments.length > 0) changes.push(insertProviderPayments(terms, rows.providerPayments));
  if (rows.flags.length > 0) changes.push(insertFlags(boardId, rows.flags));
  if (rows.clearedFlags.length > 0) changes.push(clearFlags(boardId, rows.clearedFlags));
  // After every row it overwrites.
  if (rows.anonymised) changes.push(...anonymiseRows(boardId, profile, rows.anonymised));

  // Last, because it refers to the rows before it; its answer names what now waits to be sent.
  const last = database.execute<Waiting>(recordAndAnnounce(terms, batch, announcements));
  const [first, ...others] = changes.map((change) => database.execute<Waiting>(change));
  const results = await (first ? database.batch([first, ...others, last]) : database.batch([last]));
  const waiting = results.at(-1)?.rows ?? [];
  return {
    deliveryIds: waiting.filter(({ kind }) => kind === "delivery").map(({ id }) => id),
    mailIds: waiting.filter(({ kind }) => kind === "mail").map(({ id }) => id),
  };
}

type Waiting = { kind: "delivery" | "mail"; id: string };

function readable(stored: StoredEvent): RecordedEvent {
  const entry = readEvent(stored, undefined, { trusted: true });
  if (!isReadable(entry)) throw new RangeError(`event ${stored.seq} (${stored.type} v${stored.v}) cannot be read`);
  return entry;
}

async function decryptCard(
  keyring: Keyring,
  { karriCardCiphertext, karriCardholderCiphertext }: BoardProfile,
): Promise<KarriRecipient | null> {
  if (!karriCardCiphertext) return null;
  const [cardNumber, cardholderName] = await Promise.all([
    // An anonymised board has a placeholder.
    openText(keyring, karriCardCiphertext, { orClear: true }),
    karriCardholderCiphertext ? openText(keyring, karriCardholderCiphertext) : null,
  ]);
  return { cardNumber, cardholderName };
}

async function sealedWebhooks(
  keyring: Keyring,
  webhooks: readonly WebhookAnnouncement[],
): Promise<WebhookAnnouncement[]> {
  const sealed = webhooks.map(async (webhook) => ({ ...webhook, data: await sealFields(keyring, webhook.data) }));
  return await Promise.all(sealed);
}

async function payoutRows(
  keyring: Keyring,
  { profile }: ProjectedBoard,
  planned: TableRows["payouts"],
  card: KarriRecipient | null,
): Promise<{ payouts: PayoutRow[]; items: PayoutItemRow[] }> {
  const payouts = await Promise.all(
    [...planned.values()].map(async ({ payout, seq }) => {
      const { id, type, gross, fee, net, createdAt: at, status, attempt, execution, completion, errorCode } = payout;
      const recipient = await sealJson(keyring, recipientOf(type, profile, card).recipient);
      return {
        id,
        seq,
        type,
        gross,
        fee,
        net,
        at,
        recipient,
        status,
        attempt,
        executionId: execution?.id ?? null,
        method: execution?.method ?? null,
        startedAt: execution?.startedAt ?? null,
        externalRef: completion?.externalRef ?? null,
        completedAt: completion?.completedAt ?? null,
        errorCode,
        errorMessage: errorCode === null ? null : (profile.payoutErrors?.[id] ?? null),
      };
    }),
  );
  const items = [...planned.values()].flatMap(({ payout, seq }) =>
    payout.items.map(({ id, type, amount }) => ({ id, seq, payoutId: payout.id, type, amount, at: payout.createdAt })),
  );
  return { payouts, items };
}
