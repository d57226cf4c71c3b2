import { isObject } from "../json.ts";
import type { CallbackRefusal, PaymentReport } from "../provider.ts";
import { CURRENCY, type Money, parseMoney } from "./amount.ts";
import { OZOW_ID } from "./api.ts";

/** One attempt to pay at Ozow. `status` is Ozow's own word. */
export type Transaction = Readonly<{
  id: string;
  status: string;
  siteCode: unknown;
  reference: unknown;
  money: Money | null;
  createdAt: Date | null;
  completedAt: Date | null;
}>;

const REFERENCE = /^[A-Za-z0-9-]{1,50}$/;
export const STATUS_WORD = /^[\x20-\x7e]{1,50}$/;

/**
 * Compared as whole words in any letter case: `unsuccessful` contains `success`, and `incomplete` contains `complete`.
 * (payment-providers 2.4)
 */
const STATUSES: ReadonlyMap<string, PaymentReport["status"]> = new Map([
  ["successful", "completed"],
  ["pending", "processing"],
  ["incomplete", "processing"],
  ["error", "failed"],
  ["refunded", "refunded"],
  // These are not in Ozow's list. Older documentation has them.
  ["cancelled", "failed"],
  ["abandoned", "failed"],
  ["failed", "failed"],
]);

/** Null for a value without a readable id and status. */
export function parseTransaction(json: unknown): Transaction | null {
  if (!isObject(json)) return null;
  const { id, status, siteCode, merchantReference: reference } = json;
  if (typeof id !== "string" || !OZOW_ID.test(id)) return null;
  if (typeof status !== "string" || !STATUS_WORD.test(status)) return null;
  const [createdAt, completedAt] = [parseDate(json.createdDate), parseDate(json.completedDate)];
  return { id, status, siteCode, reference, money: parseMoney(json.amount), createdAt, completedAt };
}

type NotOurs = Extract<CallbackRefusal, { reason: "foreign_merchant" | "unusable_event" }>;

/** Our reference, or why the transaction is not of a payment of ours. */
export function referenceOf({ siteCode, money, reference }: Transaction, ourSite: string): string | NotOurs {
  if (siteCode !== ourSite) return { reason: "foreign_merchant" };
  if (money && money.currency !== CURRENCY) return { reason: "unusable_event", detail: "the currency is not ZAR" };
  if (typeof reference === "string" && REFERENCE.test(reference)) return reference;
  return { reason: "unusable_event", detail: "merchantReference is missing or not one of ours" };
}

/** Undefined for an unknown status. */
export function statusOf({ status }: Transaction): PaymentReport["status"] | undefined {
  return STATUSES.get(status.toLowerCase());
}

/** The report of a transaction of ours. */
export function reportOf(
  transaction: Transaction,
  reference: string,
): { report: PaymentReport; notes: readonly string[] } {
  const known = statusOf(transaction);
  const amount = transaction.money?.cents ?? null;
  const lacksAmount = known === "completed" && amount === null;
  const { id: providerPaymentId, status: providerStatus } = transaction;
  const status = lacksAmount ? "processing" : (known ?? "processing");
  // A look-up must give the same key as a callback, so the key does not contain the id of the delivery.
  const eventKey = `${providerPaymentId}:${providerStatus.toLowerCase()}`;
  return {
    report: { provider: "ozow", reference, status, amount, providerPaymentId, eventKey, providerStatus },
    notes: [
      ...(known === undefined ? [`status "${providerStatus}" is unknown; taken as processing`] : []),
      ...(lacksAmount ? ["successful without an amount; taken as processing, needs review"] : []),
    ],
  };
}

function parseDate(value: unknown): Date | null {
  const at = new Date(typeof value === "string" ? value : Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
