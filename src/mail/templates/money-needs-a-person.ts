import type { RefundStatus } from "#domain/board/lifecycle";
import { formatRand } from "#domain/money";
import type { WaitingMoney } from "../admin-facts.ts";
import type { MailContent } from "../content.ts";
import { ADMIN_REASON, flagWords, listOf } from "./admin-words.ts";

const STATE_WORDS: Record<RefundStatus, string> = {
  requested: "waiting for days to be sent",
  processing: "under way for days",
  completed: "done",
  failed: "failed",
  needs_manual_action: "to be made by hand",
  withdrawn: "withdrawn",
};

export function moneyNeedsAPerson({ boardId, refunds, flags, losses }: WaitingMoney): MailContent {
  const things = refunds.length + flags.length + losses.length;
  const heading = things === 1 ? "One thing waits for you" : `${things} things wait for you`;
  return {
    subject: `ChipIn: ${heading.toLowerCase()} on board ${boardId}`,
    heading,
    blocks: [
      { kind: "text", text: `Board ${boardId}.` },
      ...listOf("Refunds to make by hand, in the provider's own portal, or to send again:", refunds.map(refundLine)),
      ...listOf("Flags to look at; an open flag about money in the pot holds the payouts:", flags.map(flagLine)),
      ...listOf("Money that a provider took back after it had been paid out; it is our loss:", losses.map(lossLine)),
      { kind: "exact", text: "How to settle each is in the runbook (docs/operate.md), under Refunds and Flags." },
    ],
    reason: ADMIN_REASON,
  };
}

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
  const amount = providerPaymentId && received ? ` of ${formatRand(received)}` : "";
  return `${flagWords(flag, providerPaymentId)}${amount}`;
}

function lossLine({ provider, providerPaymentId, reference, amount }: WaitingMoney["losses"][number]): string {
  return `${formatRand(amount)} at ${provider}, payment ${providerPaymentId}, reference ${reference}`;
}
