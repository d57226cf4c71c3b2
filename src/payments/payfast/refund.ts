import { type Cents, cents } from "#domain/money";
import { type PaymentToRefund, type ProviderDeps, ProviderError, type RefundOutcome } from "../provider.ts";
import { type ApiCall, isObject, type JsonObject, type PayfastApi } from "./api.ts";

/** PayFast wants 3 to 255 characters; these sign alike by every reading. */
const REASON = "ChipIn contribution refunded";

const COMPLETED: RefundOutcome = { outcome: "completed", providerRefundId: null };
const PROCESSING: RefundOutcome = { outcome: "processing", providerRefundId: null };

/** What may still be refunded. `method` is how the whole amount would go back. */
type Standing = Readonly<{
  status: "REFUNDABLE" | "COMPLETED" | "NOT_AVAILABLE";
  available: Cents | null;
  method: string;
}>;

type Deps = Pick<ProviderDeps, "note"> & Readonly<{ retrievePath: string }>;

/**
 * One step of a refund. PayFast knows no idempotency key and gives a refund no id, so the guard against sending twice is
 * to ask before every POST what is left to refund and which refunds there are. What may have been sent is sent again only
 * when the list can be read and has no refund. (payment-providers 1.6)
 */
export async function refundPayment(api: PayfastApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  const standing = await queryStanding(api, payment);
  if ("outcome" in standing) return standing;
  if (isNothingLeft(standing)) return COMPLETED;
  const { status, available, method } = standing;
  if (available !== null && available > 0 && available !== payment.amount) {
    return byHand(available < payment.amount ? "partly refunded already" : "more was paid than is to be refunded");
  }
  // A refund on its way may leave the query as it was, or turn it to NOT_AVAILABLE.
  const listed = await findRefund(api, payment, deps);
  if (listed === "listed") return available === 0 ? COMPLETED : PROCESSING;
  // The query may not show yet what was sent; only the list could, and another refund would be one too many.
  if (listed === "unknown" && payment.mayHaveBeenSent) return byHand("cannot tell whether it was sent");
  if (status === "NOT_AVAILABLE" || method === "NOT_AVAILABLE") return refused("PayFast offers no refund");
  if (method === "BANK_PAYOUT") return byHand("needs the guest's bank details");
  return await sendRefund(api, payment);
}

async function queryStanding(api: PayfastApi, payment: PaymentToRefund): Promise<Standing | RefundOutcome> {
  const call = { method: "GET", path: `/refunds/query/${encodeURIComponent(payment.providerPaymentId)}` } as const;
  const answer = await api(call);
  // An unknown payment, or an account whose refunds are not switched on.
  if ("refused" in answer) return refused(`PayFast refuses to query the refund (${answer.refused})`);
  return parseStanding(contentOf(answer.json)) ?? fail(call, "answered what is no refund query");
}

/** NOT_AVAILABLE with nothing left is no proof: a payment that never could be refunded reads the same. */
function isNothingLeft({ status, available }: Standing): boolean {
  return status === "COMPLETED" || (status === "REFUNDABLE" && available === 0);
}

/** `unknown`: the list was refused, or is none that can be read whole. */
async function findRefund(
  api: PayfastApi,
  payment: PaymentToRefund,
  deps: Deps,
): Promise<"listed" | "not_listed" | "unknown"> {
  const path = deps.retrievePath.replace("{id}", encodeURIComponent(payment.providerPaymentId));
  const answer = await api({ method: "GET", path });
  // Sources disagree on the path and on what a payment without refunds answers; a first try goes by the query alone.
  const transactions = "refused" in answer ? null : contentOf(answer.json)?.transactions;
  if (Array.isArray(transactions)) {
    const types = transactions.map(typeOf);
    if (types.some((type) => type !== null && /refund/i.test(type))) return "listed";
    if (!types.includes(null)) return "not_listed";
  }
  deps.note({ event: "payfast_refunds_unlisted", status: "refused" in answer ? answer.refused : 200 });
  return "unknown";
}

function typeOf(transaction: unknown): string | null {
  return isObject(transaction) && typeof transaction.type === "string" ? transaction.type : null;
}

/** Done only when our call succeeded and nothing is left to refund. */
async function sendRefund(api: PayfastApi, payment: PaymentToRefund): Promise<RefundOutcome> {
  const call: ApiCall = {
    method: "POST",
    path: `/refunds/${encodeURIComponent(payment.providerPaymentId)}`,
    body: { amount: payment.amount, reason: REASON, notify_buyer: "1" },
  };
  const answer = await api(call);
  if ("refused" in answer) return refused(`PayFast refused the refund (${answer.refused})`);
  const { data } = answer.json ?? {};
  // Whether it was sent is open then: the next step asks before it sends.
  if (!isObject(data) || data.response !== true) return fail(call, "answered neither yes nor no");
  return await confirmSent(api, payment);
}

async function confirmSent(api: PayfastApi, payment: PaymentToRefund): Promise<RefundOutcome> {
  try {
    const standing = await queryStanding(api, payment);
    return "status" in standing && (isNothingLeft(standing) || standing.available === 0) ? COMPLETED : PROCESSING;
  } catch (error) {
    // The news is that it was sent; whoever asks next meets the trouble.
    if (error instanceof ProviderError) return PROCESSING;
    throw error;
  }
}

/** Documented flat; other calls of this API wrap theirs in `data.response`. */
function contentOf(json: JsonObject | null): JsonObject | null {
  const wrapped = isObject(json?.data) ? json.data.response : null;
  return isObject(wrapped) ? wrapped : json;
}

function parseStanding(content: JsonObject | null): Standing | null {
  if (!content) return null;
  const { status, refund_full: full } = content;
  const available = parseCents(content.amount_available_for_refund);
  const method = isObject(full) ? String(full.method) : "";
  switch (status) {
    case "COMPLETED":
    case "NOT_AVAILABLE":
      return { status, available, method };
    case "REFUNDABLE":
      // Without both, a POST would be a guess.
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
  return { outcome: "by_hand", reason };
}

function fail({ method, path }: ApiCall, what: string): never {
  throw new ProviderError("unavailable", `PayFast ${method} ${path} ${what}`);
}
