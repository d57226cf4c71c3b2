import { PATHS } from "./api-contract.ts";
import { codeText, counterpartyExecutor, httpsUrl } from "./counterparty.ts";
import type { PayoutExecutor } from "./executor.ts";
import type { CounterpartyAccount, CounterpartyDeps } from "./request-json.ts";

const MESSAGE = "A birthday gift from friends and family, through ChipIn";
/** A code may have blanks between its groups. */
const GIFT_CARD_CODE = /^[\x21-\x7e][\x20-\x7e]{0,199}$/;

/** Buys a gift card. Takealot mails it to the recipient, and may also answer its code. (product-facts 7) */
export function takealotGiftCard(account: CounterpartyAccount, deps: CounterpartyDeps): PayoutExecutor {
  return counterpartyExecutor<"takealot_gift_card">(
    {
      type: "takealot_gift_card",
      path: PATHS.giftCards,
      problemOf: ({ recipient }) => (recipient.email ? null : "no_recipient"),
      bodyOf: ({ amount, recipient, reference }) => ({
        amountCents: amount,
        recipientEmail: recipient.email,
        reference,
        message: MESSAGE,
      }),
      refOf: ({ orderId }) => codeText(orderId),
      completedOf({ orderId, giftCardCode, giftCardUrl }, { reference }) {
        // The order number is optional. Our reference finds the order as well.
        const ref = codeText(orderId) ?? reference;
        if (giftCardCode === undefined || giftCardCode === null) return { ref };
        if (typeof giftCardCode !== "string" || !GIFT_CARD_CODE.test(giftCardCode)) return null;
        return { ref, giftCard: { code: giftCardCode, url: httpsUrl(giftCardUrl) } };
      },
    },
    account,
    deps,
  );
}
