import { PATHS } from "./api-contract.ts";
import { codeText, counterpartyExecutor, httpsUrl } from "./counterparty.ts";
import type { PayoutExecutor } from "./executor.ts";
import type { CounterpartyAccount, CounterpartyDeps } from "./request-json.ts";

const MESSAGE = "A birthday donation from friends and family, through ChipIn";

/** Donates to a cause in the child's name. `causeId` is the id of our own list of causes. (product-facts 7, 21.1) */
export function givengainDonation(account: CounterpartyAccount, deps: CounterpartyDeps): PayoutExecutor {
  return counterpartyExecutor<"philanthropy_donation">(
    {
      type: "philanthropy_donation",
      path: PATHS.donations,
      problemOf: ({ recipient }) => (recipient.causeId ? null : "no_cause"),
      bodyOf: ({ amount, recipient, reference }) => ({
        causeId: recipient.causeId,
        amountCents: amount,
        donorName: recipient.donorName,
        donorEmail: recipient.donorEmail,
        reference,
        message: MESSAGE,
      }),
      refOf: ({ donationId }) => codeText(donationId),
      completedOf(answer) {
        const ref = codeText(answer.donationId);
        if (ref === null) return null;
        const [receiptUrl, certificateUrl] = [httpsUrl(answer.receiptUrl), httpsUrl(answer.certificateUrl)];
        const documents = { ...(receiptUrl && { receiptUrl }), ...(certificateUrl && { certificateUrl }) };
        return { ref, ...((receiptUrl || certificateUrl) && { documents }) };
      },
    },
    account,
    deps,
  );
}
