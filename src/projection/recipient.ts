import type { BoardProfile } from "#domain/board/profile";
import type { PayoutMethod } from "#domain/gift";
import type { KarriRecipient, PayoutRecipient } from "#domain/payout-recipient";

/** `card` is the decrypted Karri card, null when the board has none. (data-models, recipient_data) */
export function recipientOf(type: PayoutMethod, profile: BoardProfile, card: KarriRecipient | null): PayoutRecipient {
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
      return { type, recipient: card ?? { cardNumber: "", cardholderName: null } };
    default:
      return type satisfies never;
  }
}
