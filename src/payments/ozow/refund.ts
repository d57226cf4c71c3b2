import type { PaymentToRefund, ProviderDeps, RefundOutcome } from "../provider.ts";
import { CURRENCY, presentMoney } from "./amount.ts";
import { type ApiCall, OZOW_ID, type OzowApi, unavailable } from "./api.ts";
import { rowsIn } from "./list.ts";
import { parseRefund, type Refund, refundStatusOf } from "./refund-status.ts";

const REASON = "ChipIn contribution refunded";

type Deps = Pick<ProviderDeps, "note">;

/**
 * One step of a refund. Before every POST Ozow is asked which refunds the transaction has, and the POST has a key under
 * which Ozow sends once, so money goes back once though answers are lost. (payment-providers 2.6)
 */
export async function refundPayment(api: OzowApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  if (!OZOW_ID.test(payment.providerPaymentId)) return byHand("its Ozow transaction is not known");
  const listed = await listRefunds(api, payment, deps);
  if (!Array.isArray(listed)) return listed;
  const ours = findOurs(listed, payment);
  if (ours) return outcomeOf(ours, payment, deps);
  if (listed.some(isAlive)) return byHand("partly refunded already");
  if (payment.providerRefundId !== null) return await readRefund(api, payment.providerRefundId, payment, deps);
  return await sendRefund(api, payment, deps);
}

async function listRefunds(api: OzowApi, payment: PaymentToRefund, { note }: Deps): Promise<Refund[] | RefundOutcome> {
  const path = `/transactions/${payment.providerPaymentId}/refunds`;
  const call: ApiCall = { scope: "refunds", method: "GET", path };
  const answer = await api(call);
  if ("refused" in answer) {
    // A transaction without refunds may be answered so; whether it exists, the POST will say.
    if (answer.refused !== 404) return refused(`Ozow refuses to list the refunds (${answer.refused})`);
    note({ event: "ozow_refunds_unlisted", status: answer.refused });
    return [];
  }
  const refunds = rowsIn(answer.json, "refunds")?.map(parseRefund);
  if (!refunds) throw unavailable(call, "answered what is no list");
  const readable = refunds.filter((refund) => refund !== null);
  // One that cannot be read may be ours, and then another would be one too many.
  if (readable.length < refunds.length) throw unavailable(call, "listed what is no refund");
  return readable;
}

/** The one whose id we have; else one for the whole amount that is under way or paid out. */
function findOurs(listed: readonly Refund[], { providerRefundId, amount }: PaymentToRefund): Refund | undefined {
  const known = listed.find(({ id }) => id === providerRefundId);
  if (known) return known;
  const whole = listed.filter((refund) => isAlive(refund) && isOf(refund, amount));
  return whole.find((refund) => refundStatusOf(refund) === "completed") ?? whole[0];
}

/** What failed, was cancelled or came back sends no money; a word we do not know may. */
function isAlive(refund: Refund): boolean {
  const status = refundStatusOf(refund);
  return status !== "failed" && status !== "returned";
}

function isOf({ money }: Refund, amount: number): boolean {
  return money?.currency === CURRENCY && money.cents === amount;
}

async function readRefund(api: OzowApi, id: string, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  if (!OZOW_ID.test(id)) return byHand("its Ozow refund is not known");
  const call: ApiCall = { scope: "refunds", method: "GET", path: `/refunds/${id}` };
  const answer = await api(call);
  if ("refused" in answer) return byHand(`Ozow no longer shows the refund (${answer.refused})`);
  const refund = parseRefund(answer.json);
  if (refund?.id !== id) throw unavailable(call, "answered what is not this refund");
  return outcomeOf(refund, payment, deps);
}

async function sendRefund(api: OzowApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  const call: ApiCall = {
    scope: "refunds",
    method: "POST",
    path: `/transactions/${payment.providerPaymentId}/refunds`,
    idempotencyKey: payment.idempotencyKey,
    isForbiddenRefusal: true,
    body: JSON.stringify({ amount: presentMoney(payment.amount), reason: REASON, realTimePayment: false }),
  };
  const answer = await api(call);
  if ("refused" in answer) return refused(`Ozow refused the refund (${answer.refused})`);
  // The documentation knows both shapes for a batch.
  const refund = parseRefund(Array.isArray(answer.json) ? answer.json[0] : answer.json);
  // Whether it was sent is open then: the next step asks before it sends.
  if (!refund) throw unavailable(call, "answered what is no refund");
  return outcomeOf(refund, payment, deps);
}

function outcomeOf(refund: Refund, { amount }: PaymentToRefund, { note }: Deps): RefundOutcome {
  const { id: providerRefundId, status } = refund;
  const known = refundStatusOf(refund);
  switch (known) {
    case "completed":
      return isOf(refund, amount)
        ? { outcome: "completed", providerRefundId }
        : byHand("paid out, but not known to be the whole amount");
    case "failed":
      // Its own text may name the guest, and the reason goes into a log that is kept for ever.
      return refused(`Ozow says ${status}`);
    case "returned":
      return refused("returned by the bank");
    case undefined:
      note({ event: "ozow_refund_status_unknown", refund_id: providerRefundId, status });
      return { outcome: "processing", providerRefundId };
    case "processing":
      return { outcome: "processing", providerRefundId };
    default:
      return known satisfies never;
  }
}

function refused(reason: string): RefundOutcome {
  return { outcome: "refused", reason };
}

function byHand(reason: string): RefundOutcome {
  return { outcome: "by_hand", reason };
}
