import { type Cents, formatRand } from "#domain/money";
import type { SettlementFacts } from "../admin-facts.ts";
import type { MailContent } from "../content.ts";
import { ADMIN_REASON } from "./admin-words.ts";

export function settlementDifference({ provider, day, differences }: SettlementFacts): MailContent {
  const many = differences.length === 1 ? "one payment" : `${differences.length} payments`;
  return {
    subject: `ChipIn: ${provider} and we differ about ${many} of ${day}`,
    heading: `${provider} and we differ about ${many}`,
    blocks: [
      { kind: "text", text: `Of ${day}, in South Africa:` },
      { kind: "list", items: differences.map(line) },
      { kind: "exact", text: "What each means and what to do is in the runbook (docs/operate.md), under Settlement." },
    ],
    reason: ADMIN_REASON,
  };
}

function line({ kind, providerPaymentId, reference, ours, theirs }: SettlementFacts["differences"][number]): string {
  const what = `payment ${providerPaymentId}${reference ? `, reference ${reference}` : ""}`;
  const amount = (cents: Cents | null) => (cents === null ? "nothing" : formatRand(cents));
  switch (kind) {
    case "missing_at_provider":
      return `${what}: we have ${amount(ours)}, their list does not have it`;
    case "missing_here":
      return `${what}: they have ${amount(theirs)}, we were never told of it`;
    case "amount_differs":
      return `${what}: we have ${amount(ours)}, they have ${amount(theirs)}`;
    default:
      return kind satisfies never;
  }
}
