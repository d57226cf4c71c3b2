/** Who receives a payout, as stored in `payouts.recipient_data`, decrypted. (data-models) */
export type GiftCardRecipient = Readonly<{ email: string; productUrl?: string }>;
/** `cardholderName` is null for a board that was opened before the name was asked for. It is never guessed. */
export type KarriRecipient = Readonly<{ cardNumber: string; cardholderName: string | null }>;
export type DonationRecipient = Readonly<{ causeId: string; donorName: string; donorEmail: string }>;

/** A payout's type and who it goes to, in the specification's shapes. Stored encrypted. */
export type PayoutRecipient =
  | Readonly<{ type: "takealot_gift_card"; recipient: GiftCardRecipient }>
  | Readonly<{ type: "philanthropy_donation"; recipient: DonationRecipient }>
  | Readonly<{ type: "karri_card_topup"; recipient: KarriRecipient }>;
