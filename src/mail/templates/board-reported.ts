import type { ReportReason } from "#domain/board-report";
import type { ReportedBoard } from "../admin-facts.ts";
import type { MailContent } from "../content.ts";
import { ADMIN_REASON } from "./admin-words.ts";

const REASON_WORDS: Record<ReportReason, string> = {
  child: "a child is shown without a parent’s consent, or may be in danger",
  fake: "it looks like a fraud",
  offensive: "a picture or a text is offensive",
  other: "another reason",
};

export function boardReported({ boardId, reasons }: ReportedBoard): MailContent {
  const heading = reasons.length === 1 ? "A visitor reports a board" : `${reasons.length} reports about one board`;
  return {
    subject: `ChipIn: ${heading.toLowerCase()}, ${boardId}`,
    heading,
    blocks: [
      { kind: "text", text: `Board ${boardId}.` },
      { kind: "list", items: [...new Set(reasons)].map((reason) => `${reason}: ${REASON_WORDS[reason]}`) },
      { kind: "exact", text: "What they wrote is in the review queue: npm run operator -- payments" },
      { kind: "exact", text: "What to do is in the runbook (docs/operate.md), under Reported boards." },
    ],
    reason: ADMIN_REASON,
  };
}
