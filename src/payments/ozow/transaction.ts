import type { CallbackRefusal, PaymentReport } from "../provider.ts";
import { CURRENCY, type Money, parseMoney } from "./amount.ts";
import { OZOW_ID } from "./api.ts";
import { isObject } from "./exchange.ts";

/** One attempt to pay, as Ozow knows it. `status` is its own word. */
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
 * Exact words, in any case: `unsuccessful` contains `success`, and `incomplete` contains `complete`.
 * (payment-providers 2.4)
 */
const STATUSES: ReadonlyMap<string, PaymentReport["status"]> = new Map([
  ["successful", "completed"],
  ["pending", "processing"],
  ["incomplete", "processing"],
  ["error", "failed"],
  ["refunded", "refunded"],
  // Not in Ozow's list, seen in older material.
  ["cancelled", "failed"],
  ["abandoned", "failed"],
  ["failed", "failed"],
]);

/** Null for what is no transaction: without an id or a status nothing can be said about it. */
export function parseTransaction(json: unknown): Transaction | null {
  if (!isObject(json)) return null;
  const { id, status, siteCode, merchantReference: reference } = json;
  if (typeof id !== "string" || !OZOW_ID.test(id)) return null;
  if (typeof status !== "string" || !STATUS_WORD.test(status)) return null;
  const [createdAt, completedAt] = [parseDate(json.createdDate), parseDate(json.completedDate)];
  return { id, status, siteCode, reference, money: parseMoney(json.amount), createdAt, completedAt };
}

type NoneOfOurs = Extract<CallbackRefusal, { reason: "foreign_merchant" | "unusable_event" }>;

/** The payment's reference, or why it is none of ours. */
export function referenceOf({ siteCode, money, reference }: Transaction, ourSite: string): string | NoneOfOurs {
  if (siteCode !== ourSite) return { reason: "foreign_merchant" };
  if (money && money.currency !== CURRENCY) return { reason: "unusable_event", detail: "the currency is not ZAR" };
  if (typeof reference === "string" && REFERENCE.test(reference)) return reference;
  return { reason: "unusable_event", detail: "merchantReference is missing or none of ours" };
}

/** Undefined for a word we do not know. */
export function statusOf({ status }: Transaction): PaymentReport["status"] | undefined {
  return STATUSES.get(status.toLowerCase());
}

/** What a transaction of ours says, in our terms. */
export function reportOf(
  transaction: Transaction,
  reference: string,
): { report: PaymentReport; notes: readonly string[] } {
  const known = statusOf(transaction);
  const amount = transaction.money?.cents ?? null;
  const lacksAmount = known === "completed" && amount === null;
  const { id: providerPaymentId, status: providerStatus } = transaction;
  const status = lacksAmount ? "processing" : (known ?? "processing");
  // Not the delivery's id: a look-up tells the same news without one.
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
