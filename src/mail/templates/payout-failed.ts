import type { MailContent } from "../content.ts";
import type { FailedPayout } from "../payout-facts.ts";
import { ADMIN_REASON, payoutWords } from "./admin-words.ts";

export function payoutFailed({ boardId, payout, errorCode }: FailedPayout): MailContent {
  return {
    subject: `ChipIn: a payout failed on board ${boardId}`,
    heading: "A payout failed",
    blocks: [
      { kind: "text", text: `Board ${boardId}.` },
      { kind: "text", text: `${payoutWords(payout)}: ${errorCode ?? "no error code"}.` },
      { kind: "text", text: "This attempt was not paid. The payout waits until a person retries it." },
      { kind: "exact", text: "What to do is in the runbook (docs/operate.md), under Payouts." },
    ],
    reason: ADMIN_REASON,
  };
}
