import { isObject } from "../json.ts";
import type { RefundReport } from "../provider.ts";
import { type Money, parseMoney } from "./amount.ts";
import { OZOW_ID } from "./api.ts";
import { STATUS_WORD } from "./transaction.ts";

/** One refund at Ozow. `status` is Ozow's own word. */
export type Refund = Readonly<{
  id: string;
  transactionId: string | null;
  status: string;
  money: Money | null;
}>;

/** Compared as whole words in any letter case. (payment-providers 2.6) */
const STATUSES: ReadonlyMap<string, RefundReport["status"]> = new Map([
  ["pending", "processing"],
  ["submitted", "processing"],
  ["complete", "completed"],
  ["failed", "failed"],
  ["cancelled", "failed"],
  ["returned", "returned"],
]);

/** Null for a value that is not a refund. */
export function parseRefund(json: unknown): Refund | null {
  if (!isObject(json)) return null;
  const { id, transactionId, status } = json;
  if (typeof id !== "string" || !OZOW_ID.test(id)) return null;
  if (typeof status !== "string" || !STATUS_WORD.test(status)) return null;
  return {
    id,
    status,
    money: parseMoney(json.amount),
    transactionId: typeof transactionId === "string" && OZOW_ID.test(transactionId) ? transactionId : null,
  };
}

/** Undefined for an unknown status. */
export function refundStatusOf({ status }: Refund): RefundReport["status"] | undefined {
  return STATUSES.get(status.toLowerCase());
}
