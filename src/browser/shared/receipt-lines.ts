import { formatRand } from "#domain/money";
import type { ReceiptVerdict } from "#domain/signed-receipt";
import { zoneFormat } from "#domain/time";

const dayFormat = zoneFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** What a verdict says, for the page that the server renders and for the script that writes it. */
export type ReceiptLines = Readonly<{
  isGenuine: boolean;
  title: string;
  rows: readonly (readonly [name: string, value: string])[];
  note: string;
}>;

const WRONG = {
  unreadable: "This is no receipt of ours. Please copy the whole line that begins with CHIPIN1.",
  unknown_key: "This receipt names a key that we don’t list. Please ask us about it.",
  changed: "Something in this receipt was changed, or it is not from ChipIn.",
} as const;

export function receiptLines(verdict: ReceiptVerdict): ReceiptLines {
  if (!verdict.genuine) return { isGenuine: false, title: "Not a genuine receipt", rows: [], note: WRONG[verdict.why] };
  const { receipt } = verdict;
  return {
    isGenuine: true,
    title: "This receipt is genuine",
    rows: [
      ["Payment received", formatRand(receipt.amount)],
      ["When", `${dayFormat().format(receipt.paidAt)} (South African time)`],
      ["Board", receipt.reference.slice(0, 10)],
      ["Reference", receipt.reference],
      ["Signed with key", receipt.keyId],
    ],
    note: "It says what was true at that time. If the payment was refunded later, the receipt does not show it. It is no tax certificate.",
  };
}
