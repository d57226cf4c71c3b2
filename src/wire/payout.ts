import type { PayoutStatus } from "#domain/board/lifecycle";
import type { PayoutMethod } from "#domain/gift";
import { publicId } from "#domain/ids";
import type { DonationRecipient, GiftCardRecipient, KarriRecipient } from "#domain/payout-recipient";

/** A payout to present. `recipient` is null once erased. Instants are ISO 8601. */
export type PresentablePayout = Readonly<{
  id: string;
  dreamBoardId: string;
  grossCents: number;
  feeCents: number;
  netCents: number;
  status: PayoutStatus;
  externalRef: string | null;
  /** A short code, and the words of whoever reported the failure. */
  errorCode: string | null;
  errorMessage: string | null;
  createdAt: string;
  completedAt: string | null;
}> &
  (
    | Readonly<{ type: "takealot_gift_card"; recipient: GiftCardRecipient | null }>
    | Readonly<{ type: "karri_card_topup"; recipient: KarriRecipient | null }>
    | Readonly<{ type: "philanthropy_donation"; recipient: DonationRecipient | null }>
  );

/**
 * The payout resource of the partner API and of webhook payloads. (product-facts 12.4) `withCardNumber`: for whoever loads
 * the card. All others get its last four digits, because receivers log and store payloads.
 */
export function presentPayout(row: PresentablePayout, { withCardNumber = false } = {}) {
  return {
    id: publicId("payout", row.id),
    dream_board_id: publicId("board", row.dreamBoardId),
    type: row.type as PayoutMethod,
    gross_cents: row.grossCents,
    fee_cents: row.feeCents,
    net_cents: row.netCents,
    status: row.status,
    recipient_data: presentRecipient(row, withCardNumber),
    external_ref: row.externalRef,
    ...(row.errorCode !== null && { error_code: row.errorCode }),
    ...(row.errorMessage !== null && { error_message: row.errorMessage }),
    created_at: row.createdAt,
    completed_at: row.completedAt,
  };
}

function presentRecipient(row: PresentablePayout, withCardNumber: boolean) {
  if (!row.recipient) return null;
  switch (row.type) {
    case "takealot_gift_card": {
      const { email, productUrl } = row.recipient;
      return { email, ...(productUrl !== undefined && { product_url: productUrl }) };
    }
    case "karri_card_topup": {
      const { cardNumber, cardholderName } = row.recipient;
      return {
        ...(withCardNumber && { card_number: cardNumber }),
        card_number_last4: cardNumber.slice(-4),
        cardholder_name: cardholderName,
      };
    }
    case "philanthropy_donation": {
      const { causeId, donorName, donorEmail } = row.recipient;
      return { cause_id: causeId, donor_name: donorName, donor_email: donorEmail };
    }
    default:
      return row satisfies never;
  }
}
