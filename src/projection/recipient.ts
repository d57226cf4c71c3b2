import type { BoardProfile } from "#domain/board/profile";
import type { PayoutMethod } from "#domain/gift";
import type { DonationRecipient, GiftCardRecipient, KarriRecipient } from "#wire/payout";

/** A payout's type and who it goes to, in the specification's shapes. Stored encrypted. */
export type PayoutRecipient =
  | { type: "takealot_gift_card"; recipient: GiftCardRecipient }
  | { type: "philanthropy_donation"; recipient: DonationRecipient }
  | { type: "karri_card_topup"; recipient: KarriRecipient };

/** `cardNumber` is the decrypted Karri card, null when the board has none. (data-models, recipient_data) */
export function recipientOf(type: PayoutMethod, profile: BoardProfile, cardNumber: string | null): PayoutRecipient {
  const { gift, overflowGift, payoutEmail: email, childName } = profile;
  switch (type) {
    case "takealot_gift_card": {
      const recipient = gift.type === "takealot_product" ? { email, productUrl: gift.productUrl } : { email };
      return { type, recipient };
    }
    case "philanthropy_donation": {
      const causeId = gift.type === "philanthropy" ? gift.causeId : (overflowGift?.causeId ?? "");
      return { type, recipient: { causeId, donorName: childName, donorEmail: email } };
    }
    case "karri_card_topup":
      return { type, recipient: { cardNumber: cardNumber ?? "", cardholderName: childName } };
    default:
      return type satisfies never;
  }
}
