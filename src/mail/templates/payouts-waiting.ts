import type { MailContent } from "../content.ts";
import type { WaitingPayouts } from "../payout-facts.ts";
import { ADMIN_REASON, flagWords, listOf, payoutWords } from "./admin-words.ts";

type WaitingStatus = WaitingPayouts["payouts"][number]["status"];

const STATUS_WORDS: Record<WaitingStatus, string> = {
  pending: "to be paid",
  processing: "under way for more than a day; find out whether it was paid",
  failed: "failed; remove the cause and retry it",
};

export function payoutsWaiting({ boardId, payouts, holds }: WaitingPayouts): MailContent {
  const heading = payouts.length === 1 ? "One payout waits" : `${payouts.length} payouts wait`;
  const isHeld = holds.length > 0;
  const held = isHeld ? "What holds them. Nothing can be started until a person has looked at each:" : "";
  return {
    subject: `ChipIn: ${heading.toLowerCase()}${isHeld ? ", held," : ""} on board ${boardId}`,
    heading,
    blocks: [
      { kind: "text", text: `Board ${boardId}.` },
      ...listOf(
        "Payouts:",
        payouts.map((payout) => `${payoutWords(payout)}: ${STATUS_WORDS[payout.status]}`),
      ),
      ...listOf(
        held,
        holds.map(({ reason, providerPaymentId }) => flagWords(reason, providerPaymentId)),
      ),
      { kind: "exact", text: "What to do is in the runbook (docs/operate.md), under Payouts and Flags." },
    ],
    reason: ADMIN_REASON,
  };
}
