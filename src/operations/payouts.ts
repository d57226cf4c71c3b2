import { eq } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { inspectBoard } from "#boards/inspect-board";
import { keepBoardNote } from "#database/board-notes";
import { payoutHolds } from "#database/payout-tables";
import { newId, publicId } from "#domain/ids";
import type { Cents } from "#domain/money";
import { type ChangedPayout, changePayout } from "#payouts/change-payout";
import { forgetGiftCards, type GiftCard, keepGiftCard } from "#payouts/gift-cards";
import { getPayout, type KnownPayout } from "#payouts/read-payouts";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { type RecordedAction, recordOnBoard } from "./record-on-board.ts";

/** What operators do with payouts by hand. Notes are kept beside the board's log. */

/** Claims the payout, so that nobody else pays it meanwhile. @throws ChipInError `not_found`, `conflict`. */
export async function startByHand(services: Services, payoutId: string, note: string): Promise<ChangedPayout> {
  const execution = newId(services.now());
  const started = await changePayout(
    services,
    { payoutId },
    { type: "start_payout", payoutId, execution, method: "hand" },
  );
  return await noted(services, started, "payout.started", note);
}

export type Completion = Readonly<{
  externalRef: string;
  /** What was paid: it must be what the payout is now. */
  net: Cents;
  giftCard: GiftCard | null;
  note: string;
}>;

/**
 * The payout was paid in the counterparty's portal. Final. A gift card's code is sealed before the board records anything,
 * so that no completed payout lacks its code. @throws ChipInError `not_found`, `conflict`.
 */
export async function completeByHand(
  services: Services,
  payoutId: string,
  { externalRef, net, giftCard, note }: Completion,
): Promise<ChangedPayout> {
  const { type } = await getPayout(services, payoutId);
  if (giftCard && type !== "takealot_gift_card") {
    const details = [{ field: "gift_card_code", reason: "must be left out: this payout is no gift card" }];
    throw new ChipInError("validation_error", "The request could not be read", details);
  }
  if (giftCard) await keepGiftCard(services, { payoutId, externalRef }, giftCard);
  const command = { type: "complete_payout", payoutId, externalRef, net, completedAt: null, method: "hand" } as const;
  const completed = await changePayout(services, { payoutId }, command);
  return await noted(services, completed, "payout.completed", note);
}

/** The payout was certainly not paid. @throws ChipInError `not_found`, `conflict`. */
export async function failByHand(
  services: Services,
  payoutId: string,
  { reason, note }: Readonly<{ reason: string; note: string }>,
): Promise<ChangedPayout> {
  const said = { errorCode: "failed_by_hand", errorMessage: reason } as const;
  const failed = await changePayout(services, { payoutId }, { type: "fail_payout", payoutId, ...said, method: "hand" });
  return await noted(services, failed, "payout.failed", note);
}

export async function retryPayout(services: Services, payoutId: string, note: string): Promise<ChangedPayout> {
  const retried = await changePayout(services, { payoutId }, { type: "retry_payout", payoutId });
  // A code of the attempt that failed must not be mailed.
  if (retried.recorded) await forgetGiftCards(services, payoutId, services.now());
  return await noted(services, retried, "payout.retried", note);
}

/** The payout with its whole recipient, for whoever pays it. Who looked is in the audit log. @throws ChipInError `not_found`. */
export async function revealRecipient(services: Services, payoutId: string, note: string): Promise<KnownPayout> {
  const payout = await getPayout(services, payoutId);
  const target = { type: "payout", id: publicId("payout", payoutId) };
  await writeAudit(services, { action: "payout.recipient_revealed", target });
  await keepNote(services, payout.dreamBoardId, "payout.recipient_revealed", note);
  return payout;
}

/** @throws ChipInError `not_found`, or `conflict` when there is nothing left to hold. */
export async function holdPayouts(services: Services, boardId: string, note: string): Promise<RecordedAction> {
  const action = await recordOnBoard(services, boardId, { type: "place_hold" });
  await keepNote(services, boardId, "payouts.held", note);
  return action;
}

/** Lifts a person's hold. Flags are cleared. @throws ChipInError `not_found`, or `conflict` when no person holds the board. */
export async function releasePayouts(services: Services, boardId: string, note: string): Promise<RecordedAction> {
  const { holds } = await inspectBoard(services, { boardId });
  if (!holds.some(({ reason }) => reason === "person")) {
    const flags = holds.map(({ reason }) => reason).join(", ");
    const remedy = holds.length > 0 ? ` What holds it is cleared as a flag: ${flags}.` : "";
    throw new ChipInError("conflict", `No person holds the payouts of this board.${remedy}`);
  }
  const action = await recordOnBoard(services, boardId, { type: "lift_hold" });
  await keepNote(services, boardId, "payouts.hold_lifted", note);
  return action;
}

/** The holds of a board, in force or lifted, newest first. */
export async function listHolds({ database }: Services, boardId: string) {
  const rows = await database.select().from(payoutHolds).where(eq(payoutHolds.dreamBoardId, boardId));
  return rows
    .toSorted((a, b) => b.seq - a.seq)
    .map(({ reason, contributionId, providerPaymentId, placedAt, liftedAt }) => ({
      reason,
      contribution: contributionId && publicId("contribution", contributionId),
      provider_payment_id: providerPaymentId,
      placed_at: placedAt,
      lifted_at: liftedAt,
    }));
}

async function noted(services: Services, changed: ChangedPayout, action: string, note: string): Promise<ChangedPayout> {
  await keepNote(services, changed.boardId, action, note);
  return changed;
}

async function keepNote({ database, actor: by, now }: Services, boardId: string, action: string, note: string) {
  await keepBoardNote(database, { boardId, action, note, by, at: now() });
}
