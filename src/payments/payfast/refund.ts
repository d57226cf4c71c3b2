import { type Cents, cents } from "#domain/money";
import { isObject, type JsonObject } from "../json.ts";
import { type PaymentToRefund, type ProviderDeps, ProviderError, type RefundOutcome } from "../provider.ts";
import type { PayfastApi, PayfastCall } from "./api.ts";

/** PayFast requires 3 to 255 characters. These have the same signature in every known encoding. */
const REASON = "ChipIn contribution refunded";

const COMPLETED: RefundOutcome = { outcome: "completed", providerRefundId: null };
const PROCESSING: RefundOutcome = { outcome: "processing", providerRefundId: null };

/** What can still be refunded. `method` is the one for the whole amount. */
type Refundability = Readonly<{
  status: "REFUNDABLE" | "COMPLETED" | "NOT_AVAILABLE";
  available: Cents | null;
  method: string;
}>;

type Deps = Pick<ProviderDeps, "log"> & Readonly<{ retrievePath: string }>;

/**
 * One step of a refund. PayFast has no idempotency key and no refund id, so this reads before every POST what is left to
 * refund and which refunds exist. A refund that may have been sent is sent again only when the list is readable and has no
 * refund. (payment-providers 1.6)
 */
export async function refundPayment(api: PayfastApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  const refundability = await queryRefundability(api, payment);
  if ("outcome" in refundability) return refundability;
  if (isNothingLeft(refundability)) return COMPLETED;
  const { status, available, method } = refundability;
  if (available !== null && available > 0 && available !== payment.amount) {
    return byHand(available < payment.amount ? "partly refunded already" : "more was paid than is to be refunded");
  }
  // The query may not change while a refund is in progress, or change to NOT_AVAILABLE.
  const listed = await findRefund(api, payment, deps);
  if (listed === "listed") return available === 0 ? COMPLETED : PROCESSING;
  // The query may not show the sent refund yet. Only the list could, and a second refund would pay twice.
  if (listed === "unknown" && payment.mayHaveBeenSent) return byHand("cannot tell whether it was sent");
  if (status === "NOT_AVAILABLE" || method === "NOT_AVAILABLE") return refused("PayFast offers no refund");
  if (method === "BANK_PAYOUT") return byHand("needs the guest's bank details");
  return await sendRefund(api, payment);
}

async function queryRefundability(api: PayfastApi, payment: PaymentToRefund): Promise<Refundability | RefundOutcome> {
  const call = { method: "GET", path: `/refunds/query/${encodeURIComponent(payment.providerPaymentId)}` } as const;
  const answer = await api(call);
  // The payment is unknown, or refunds are not enabled for the account.
  if ("refused" in answer) return refused(`PayFast refuses to query the refund (${answer.refused})`);
  return parseRefundability(contentOf(answer.json)) ?? fail(call, "did not answer with a refund query");
}

/** NOT_AVAILABLE with nothing left does not count, because a payment that never was refundable reads the same. */
function isNothingLeft({ status, available }: Refundability): boolean {
  return status === "COMPLETED" || (status === "REFUNDABLE" && available === 0);
}

/** `unknown`: the list was refused or is not completely readable. */
async function findRefund(
  api: PayfastApi,
  payment: PaymentToRefund,
  deps: Deps,
): Promise<"listed" | "not_listed" | "unknown"> {
  const path = deps.retrievePath.replace("{id}", encodeURIComponent(payment.providerPaymentId));
  const answer = await api({ method: "GET", path });
  // Sources disagree on the path, and on the answer for a payment without refunds.
  const transactions = "refused" in answer ? null : contentOf(answer.json)?.transactions;
  if (Array.isArray(transactions)) {
    const types = transactions.map(typeOf);
    if (types.some((type) => type !== null && /refund/i.test(type))) return "listed";
    if (!types.includes(null)) return "not_listed";
  }
  deps.log({ event: "payfast_refunds_unlisted", status: "refused" in answer ? answer.refused : 200 });
  return "unknown";
}

function typeOf(transaction: unknown): string | null {
  return isObject(transaction) && typeof transaction.type === "string" ? transaction.type : null;
}

/** Completed only when our call succeeded and nothing is left to refund. */
async function sendRefund(api: PayfastApi, payment: PaymentToRefund): Promise<RefundOutcome> {
  const call: PayfastCall = {
    method: "POST",
    path: `/refunds/${encodeURIComponent(payment.providerPaymentId)}`,
    body: { amount: payment.amount, reason: REASON, notify_buyer: "1" },
  };
  const answer = await api(call);
  if ("refused" in answer) return refused(`PayFast refused the refund (${answer.refused})`);
  const { data } = answer.json ?? {};
  // It is unknown whether the refund was sent. The next step reads the refunds before it sends one.
  if (!isObject(data) || data.response !== true) return fail(call, "answered neither success nor refusal");
  return await confirmSent(api, payment);
}

async function confirmSent(api: PayfastApi, payment: PaymentToRefund): Promise<RefundOutcome> {
  try {
    const left = await queryRefundability(api, payment);
    return "status" in left && (isNothingLeft(left) || left.available === 0) ? COMPLETED : PROCESSING;
  } catch (error) {
    // The refund was sent. The next step reports the failure if it persists.
    if (error instanceof ProviderError) return PROCESSING;
    throw error;
  }
}

/** The documentation shows a flat object. Other calls of this API wrap theirs in `data.response`. */
function contentOf(json: JsonObject | null): JsonObject | null {
  const wrapped = isObject(json?.data) ? json.data.response : null;
  return isObject(wrapped) ? wrapped : json;
}

function parseRefundability(content: JsonObject | null): Refundability | null {
  if (!content) return null;
  const { status, refund_full: full } = content;
  const available = parseCents(content.amount_available_for_refund);
  const method = isObject(full) ? String(full.method) : "";
  switch (status) {
    case "COMPLETED":
    case "NOT_AVAILABLE":
      return { status, available, method };
    case "REFUNDABLE":
      // A POST needs both the amount and a known method.
      if (available === null) return null;
      if (available > 0 && !["PAYMENT_SOURCE", "BANK_PAYOUT", "NOT_AVAILABLE"].includes(method)) return null;
      return { status, available, method };
    default:
      return null;
  }
}

function parseCents(value: unknown): Cents | null {
  return /^\d{1,12}$/.test(String(value)) ? cents(Number(value)) : null;
}

function refused(reason: string): RefundOutcome {
  return { outcome: "refused", reason };
}

function byHand(reason: string): RefundOutcome {
  return { outcome: "needs_manual_action", reason };
}

function fail({ method, path }: PayfastCall, what: string): never {
  throw new ProviderError("unavailable", `PayFast ${method} ${path} ${what}`);
}
