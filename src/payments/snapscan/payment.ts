import { type Cents, cents, ZERO } from "#domain/money";
import type { CallbackRefusal, PaymentReport } from "../provider.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** SnapScan's payment object: what we read of it, the same in callbacks and in the API's answers. */
export type SnapscanPayment = Readonly<{
  /** SnapScan's running number, not our reference */
  id: number;
  status: string;
  kind: "payment" | "refund" | "other";
  /** when it began; null where the date cannot be read */
  at: Date | null;
  snapCode: string | null;
  merchantReference: string | null;
  /** what our link asked for; amounts are null where they cannot be read */
  requiredAmount: Cents | null;
  /** with the tip */
  totalAmount: Cents | null;
  /** zero where there is none */
  tipAmount: Cents | null;
}>;

type Report = Readonly<{ report: PaymentReport; notes: readonly string[] }>;

/** Exact words only. (payment-providers 3.4) */
const STATUSES: ReadonlyMap<string, PaymentReport["status"]> = new Map([
  ["completed", "completed"],
  ["error", "failed"],
  ["pending", "processing"],
]);
const PROVIDER_WORD = /^[\x20-\x7e]{1,50}$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** What a link of ours can have said; whose payment it is, is the boards' to say. */
export const REFERENCE = /^[A-Za-z0-9_-]{1,32}$/;

/** Null for what is no payment object: without an id and a status nothing can be said of it. */
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

/** A payment of our account in our terms, by steps 5 to 8 of 3.3. (payment-providers 3.3) */
export function reportOf(payment: SnapscanPayment, snapCode: string): Report | CallbackRefusal {
  const { id, status, kind, merchantReference: reference, requiredAmount } = payment;
  if (payment.snapCode !== snapCode) return { reason: "foreign_merchant" };
  // Before its reference: a refund may have none, and whoever looks must learn what it is.
  if (kind === "refund") return unusable(`${id} is a refund, which changes nothing by itself`);
  if (kind === "other") return unusable(`the transactionType of ${id} is unknown`);
  if (reference === null || !REFERENCE.test(reference)) {
    return unusable(`the merchantReference of ${id} is missing or none of ours`);
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
 * What the board compares with what it asked for: the required amount when that much was paid without the tip, which
 * must never hide that too little was; else what was paid.
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

/** Larger numbers lose digits when JSON is parsed, and would name another payment. */
export function isPaymentId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
