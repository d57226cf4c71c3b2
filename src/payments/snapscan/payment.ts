import { type Cents, cents, ZERO } from "#domain/money";
import { isObject } from "../json.ts";
import type { CallbackRefusal, PaymentReport } from "../provider.ts";

/** The fields that we read of SnapScan's payment object, in callbacks and in answers of the API. */
export type SnapscanPayment = Readonly<{
  /** SnapScan's serial number, not our reference */
  id: number;
  status: string;
  kind: "payment" | "refund" | "other";
  /** the start of the payment, or null for an unreadable date */
  at: Date | null;
  snapCode: string | null;
  merchantReference: string | null;
  /** the amount of our link. Unreadable amounts are null. */
  requiredAmount: Cents | null;
  /** including the tip */
  totalAmount: Cents | null;
  /** zero without a tip */
  tipAmount: Cents | null;
}>;

type Report = Readonly<{ report: PaymentReport; notes: readonly string[] }>;

/** Compared exactly. (payment-providers 3.4) */
const STATUSES: ReadonlyMap<string, PaymentReport["status"]> = new Map([
  ["completed", "completed"],
  ["error", "failed"],
  ["pending", "processing"],
]);
const PROVIDER_WORD = /^[\x20-\x7e]{1,50}$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** The references that a link of ours can contain. The boards decide whose payment it is. */
export const REFERENCE = /^[A-Za-z0-9_-]{1,32}$/;

/** Null for a value without a readable id and status. */
export function parsePayment(value: unknown): SnapscanPayment | null {
  if (!isObject(value) || !isPaymentId(value.id)) return null;
  const { id, status, transactionType } = value;
  if (typeof status !== "string" || !PROVIDER_WORD.test(status)) return null;
  return {
    id,
    status,
    kind: kindOf(transactionType),
    at: parseDate(value.date),
    snapCode: textOf(value.snapCode),
    merchantReference: textOf(value.merchantReference),
    requiredAmount: centsOf(value.requiredAmount),
    totalAmount: centsOf(value.totalAmount),
    tipAmount: centsOf(value.tipAmount ?? 0),
  };
}

/** The report of a payment of our account. (payment-providers 3.3, steps 5 to 8) */
export function reportOf(payment: SnapscanPayment, snapCode: string): Report | CallbackRefusal {
  const { id, status, kind, merchantReference: reference, requiredAmount } = payment;
  if (payment.snapCode !== snapCode) return { reason: "foreign_merchant" };
  // Checked before the reference, because a refund may have none and the alert must say that it is a refund.
  if (kind === "refund") return unusable(`${id} is a refund, which changes nothing by itself`);
  if (kind === "other") return unusable(`the transactionType of ${id} is unknown`);
  if (reference === null || !REFERENCE.test(reference)) {
    return unusable(`the merchantReference of ${id} is missing or not one of ours`);
  }

  const known = STATUSES.get(status);
  const received = known === "completed" ? amountReceived(payment) : { amount: requiredAmount, notes: [] };
  if ("unclear" in received) return unusable(`${id} is completed, ${received.unclear}`);
  const unknown = known === undefined ? [`status "${status}" is unknown; taken as processing`] : [];
  return {
    report: {
      provider: "snapscan",
      reference,
      status: known ?? "processing",
      amount: received.amount,
      providerPaymentId: String(id),
      eventKey: `${id}:${status}`,
      providerStatus: status,
    },
    notes: [...received.notes, ...unknown],
  };
}

/**
 * The amount for the board to compare: the required amount when at least that was paid without the tip, else what was paid
 * without the tip. A tip must not hide an underpayment.
 */
export function amountReceived({
  requiredAmount,
  totalAmount,
  tipAmount,
}: SnapscanPayment): { amount: Cents; notes: readonly string[] } | { unclear: string } {
  if (requiredAmount === null) return { unclear: "without a requiredAmount" };
  if (totalAmount === null) return { unclear: "without a totalAmount" };
  if (tipAmount === null || tipAmount > totalAmount) return { unclear: "with a tipAmount that cannot be right" };
  const paid = cents(totalAmount - tipAmount);
  if (paid < requiredAmount) return { amount: paid, notes: ["less was paid than the link asked for"] };
  const surplus = totalAmount - requiredAmount;
  const notes = surplus > 0 ? [`${surplus} cents more were paid than asked for, ${tipAmount} of them as a tip`] : [];
  return { amount: requiredAmount, notes };
}

/** Unsafe integers lose digits when JSON is parsed, and would name another payment. */
export function isPaymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function kindOf(transactionType: unknown): SnapscanPayment["kind"] {
  const type = transactionType ?? "payment";
  return type === "payment" || type === "refund" ? type : "other";
}

function parseDate(value: unknown): Date | null {
  const at = typeof value === "string" && DATE.test(value) ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function centsOf(value: unknown): Cents | null {
  const isAmount = typeof value === "number" && Number.isSafeInteger(value) && value >= ZERO;
  return isAmount ? cents(value) : null;
}

function unusable(detail: string): CallbackRefusal {
  return { reason: "unusable_event", detail };
}
