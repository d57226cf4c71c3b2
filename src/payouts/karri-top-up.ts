import { PATHS } from "./api-contract.ts";
import { codeText, counterpartyExecutor } from "./counterparty.ts";
import type { PayoutExecutor } from "./executor.ts";
import type { CounterpartyAccount, CounterpartyDeps } from "./request-json.ts";

const DESCRIPTION = "ChipIn birthday gift";

/** Tops up a Karri card. (product-facts 7) */
export function karriTopUp(account: CounterpartyAccount, deps: CounterpartyDeps): PayoutExecutor {
  return counterpartyExecutor<"karri_card_topup">(
    {
      type: "karri_card_topup",
      path: PATHS.karriTopUps,
      problemOf: ({ recipient }) => (recipient.cardNumber ? null : "no_card_number"),
      bodyOf: ({ amount, recipient, reference }) => ({
        cardNumber: recipient.cardNumber,
        amountCents: amount,
        reference,
        description: DESCRIPTION,
      }),
      refOf: ({ transactionId }) => codeText(transactionId),
      completedOf({ transactionId }) {
        const ref = codeText(transactionId);
        return ref === null ? null : { ref };
      },
    },
    account,
    deps,
  );
}
