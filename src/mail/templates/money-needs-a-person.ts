import type { RefundStatus } from "#domain/board/lifecycle";
import { formatRand } from "#domain/money";
import type { WaitingMoney } from "../admin-facts.ts";
import type { Block, MailContent } from "../content.ts";

const STATE_WORDS: Record<RefundStatus, string> = {
  requested: "waiting for days to be sent",
  processing: "under way for days",
  completed: "done",
  failed: "failed",
  needs_manual_action: "to be made by hand",
  withdrawn: "withdrawn",
};

const FLAG_WORDS: Record<string, string> = {
  unexpected_country: "a contribution was begun in a country guests rarely pay from",
  new_board_spike: "more than R5,000 came in within a day of opening",
  new_host: "more than R10,000 came in for a host we have known for less than a week",
  amount_mismatch: "a provider took another amount than we asked for; it counts nowhere until it is refunded",
  refund_returned: "a refund that was paid out came back from the bank",
  refund_reversed: "the provider reports money as paid that it had sent back; find out who has it",
};

export function moneyNeedsAPerson({ boardId, refunds, flags }: WaitingMoney): MailContent {
  const things = refunds.length + flags.length;
  const heading = things === 1 ? "One thing waits for you" : `${things} things wait for you`;
  return {
    subject: `ChipIn: ${heading.toLowerCase()} on board ${boardId}`,
    heading,
    blocks: [
      { kind: "text", text: `Board ${boardId}.` },
      ...list("Refunds to make by hand, in the provider's own portal, or to send again:", refunds.map(refundLine)),
      ...list("Flags to look at; those that were open when the board closed hold its payouts:", flags.map(flagLine)),
      { kind: "text", text: "How to settle each is in the runbook (docs/operate.md), under Refunds and Flags." },
    ],
    reason: ADMIN_REASON,
  };
}

export const ADMIN_REASON = "You get this e-mail because your address is on ChipIn's list of admins.";

function refundLine({
  provider,
  providerPaymentId,
  reference,
  amount,
  status,
  reason,
}: WaitingMoney["refunds"][number]) {
  const state = STATE_WORDS[status];
  return `${formatRand(amount)} at ${provider}, payment ${providerPaymentId}, reference ${reference}: ${state}${reason ? ` (${reason})` : ""}`;
}

function flagLine({ flag, providerPaymentId, received }: WaitingMoney["flags"][number]): string {
  const payment = providerPaymentId ? ` Payment ${providerPaymentId}` : "";
  const amount = received ? ` of ${formatRand(received)}` : "";
  return `${flag}: ${FLAG_WORDS[flag] ?? "look at it"}.${payment}${payment && amount}`;
}

function list(intro: string, items: string[]): Block[] {
  return items.length === 0
    ? []
    : [
        { kind: "text", text: intro },
        { kind: "list", items },
      ];
}
