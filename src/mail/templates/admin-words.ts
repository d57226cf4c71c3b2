import type { PayoutMethod } from "#domain/gift";
import { formatRand } from "#domain/money";
import type { Block } from "../content.ts";
import type { AdminPayout } from "../payout-facts.ts";

export const ADMIN_REASON = "You get this e-mail because your address is on ChipIn's list of admins.";

/** What flags and holds mean; a hold by a flag has the flag's word. */
const FLAG_WORDS: Record<string, string> = {
  unexpected_country: "a contribution was begun in a country guests rarely pay from",
  new_board_spike: "more than R5,000 came in within a day of opening",
  new_host: "more than R10,000 came in for a host we have known for less than a week",
  amount_mismatch: "a provider took another amount than we asked for; it counts nowhere until it is refunded",
  refund_returned: "a refund that was paid out came back from the bank",
  refund_reversed: "the provider reports money as paid that it had sent back; find out who has it",
  person: "an operator holds the payouts",
};

/** `new_host: more than R10,000 came in …. Payment 1089250` */
export function flagWords(flag: string, providerPaymentId: string | null): string {
  return `${flag}: ${FLAG_WORDS[flag] ?? "look at it"}.${providerPaymentId ? ` Payment ${providerPaymentId}` : ""}`;
}

const TYPE_WORDS: Record<PayoutMethod, string> = {
  takealot_gift_card: "Takealot gift card",
  karri_card_topup: "Karri top-up",
  philanthropy_donation: "donation",
};

/** `Takealot gift card of R2,499, payout po_…, attempt 1` */
export function payoutWords({ payoutId, type, amount, attempt }: AdminPayout): string {
  return `${TYPE_WORDS[type]} of ${formatRand(amount)}, payout ${payoutId}, attempt ${attempt}`;
}

/** Nothing when there are no items. */
export function listOf(intro: string, items: readonly string[]): Block[] {
  return items.length === 0
    ? []
    : [
        { kind: "text", text: intro },
        { kind: "list", items },
      ];
}
