import type { PaymentToRefund, ProviderDeps, RefundOutcome } from "../provider.ts";
import { CURRENCY, presentMoney } from "./amount.ts";
import { OZOW_ID, type OzowApi, type OzowCall, unavailable } from "./api.ts";
import { rowsIn } from "./read-list.ts";
import { parseRefund, type Refund, refundStatusOf } from "./refund-status.ts";

const REASON = "ChipIn contribution refunded";

type Deps = Pick<ProviderDeps, "log">;

/**
 * One step of a refund. Before every POST it lists the refunds of the transaction, and the POST has an idempotency key, so
 * the money is refunded once although answers are lost. (payment-providers 2.6)
 */
export async function refundPayment(api: OzowApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  if (!OZOW_ID.test(payment.providerPaymentId)) return byHand("its Ozow transaction is not known");
  const listed = await listRefunds(api, payment, deps);
  if (!Array.isArray(listed)) return listed;
  const ours = findOurs(listed, payment);
  if (ours) return outcomeOf(ours, payment, deps);
  if (listed.some(mayPayOut)) return byHand("partly refunded already");
  if (payment.providerRefundId !== null) return await readRefund(api, payment.providerRefundId, payment, deps);
  return await sendRefund(api, payment, deps);
}

async function listRefunds(api: OzowApi, payment: PaymentToRefund, { log }: Deps): Promise<Refund[] | RefundOutcome> {
  const path = `/transactions/${payment.providerPaymentId}/refunds`;
  const call: OzowCall = { scope: "refunds", method: "GET", path };
  const answer = await api(call);
  if ("refused" in answer) {
    // A transaction without refunds may be answered 404. The POST tells whether the transaction exists.
    if (answer.refused !== 404) return refused(`Ozow refuses to list the refunds (${answer.refused})`);
    log({ event: "ozow_refunds_unlisted", status: answer.refused });
    return [];
  }
  const refunds = rowsIn(answer.json, "refunds")?.map(parseRefund);
  if (!refunds) throw unavailable(call, "did not answer with a list");
  const readable = refunds.filter((refund) => refund !== null);
  // An unreadable refund may be ours, and then a second one would pay twice.
  if (readable.length < refunds.length) throw unavailable(call, "listed a row that is not a refund");
  return readable;
}

/** The refund with our id, else one of the whole amount that is in progress or paid out. */
function findOurs(listed: readonly Refund[], { providerRefundId, amount }: PaymentToRefund): Refund | undefined {
  const known = listed.find(({ id }) => id === providerRefundId);
  if (known) return known;
  const whole = listed.filter((refund) => mayPayOut(refund) && isOfAmount(refund, amount));
  return whole.find((refund) => refundStatusOf(refund) === "completed") ?? whole[0];
}

/** Whether the refund may pay out. A failed, cancelled or returned one does not. One with an unknown status may. */
function mayPayOut(refund: Refund): boolean {
  const status = refundStatusOf(refund);
  return status !== "failed" && status !== "returned";
}

function isOfAmount({ money }: Refund, amount: number): boolean {
  return money?.currency === CURRENCY && money.cents === amount;
}

async function readRefund(api: OzowApi, id: string, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  if (!OZOW_ID.test(id)) return byHand("its Ozow refund is not known");
  const call: OzowCall = { scope: "refunds", method: "GET", path: `/refunds/${id}` };
  const answer = await api(call);
  if ("refused" in answer) return byHand(`Ozow no longer shows the refund (${answer.refused})`);
  const refund = parseRefund(answer.json);
  if (refund?.id !== id) throw unavailable(call, "did not answer with this refund");
  return outcomeOf(refund, payment, deps);
}

async function sendRefund(api: OzowApi, payment: PaymentToRefund, deps: Deps): Promise<RefundOutcome> {
  const call: OzowCall = {
    scope: "refunds",
    method: "POST",
    path: `/transactions/${payment.providerPaymentId}/refunds`,
    idempotencyKey: payment.idempotencyKey,
    isForbiddenRefusal: true,
    body: JSON.stringify({ amount: presentMoney(payment.amount), reason: REASON, realTimePayment: false }),
  };
  const answer = await api(call);
  if ("refused" in answer) return refused(`Ozow refused the refund (${answer.refused})`);
  // Ozow documents an object and a list.
  const refund = parseRefund(Array.isArray(answer.json) ? answer.json[0] : answer.json);
  // It is unknown whether the refund was sent. The next step lists the refunds before it sends one.
  if (!refund) throw unavailable(call, "did not answer with a refund");
  return outcomeOf(refund, payment, deps);
}

function outcomeOf(refund: Refund, { amount }: PaymentToRefund, { log }: Deps): RefundOutcome {
  const { id: providerRefundId, status } = refund;
  const known = refundStatusOf(refund);
  switch (known) {
    case "completed":
      return isOfAmount(refund, amount)
        ? { outcome: "completed", providerRefundId }
        : byHand("paid out, but not known to be the whole amount");
    case "failed":
      // Ozow's text may name the guest, and the reason goes into the board's log, which is never deleted.
      return refused(`Ozow says ${status}`);
    case "returned":
      return refused("returned by the bank");
    case undefined:
      log({ event: "ozow_refund_status_unknown", refund_id: providerRefundId, status });
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
  return { outcome: "needs_manual_action", reason };
}
