import type { OzowSimulator } from "./ozow.ts";
import type { OzowPayment, OzowRefund, OzowTransaction } from "./ozow-books.ts";

/** An amount in rand, as in Ozow's API. */
export function amountView(cents: number) {
  return { currency: "ZAR", value: cents / 100 };
}

export function paymentView(ozow: OzowSimulator, payment: OzowPayment) {
  const self = `${baseOf(ozow)}/payments/${payment.id}`;
  return {
    links: { self, cancel: `${self}/cancel`, transactions: `${self}/transactions` },
    id: payment.id,
    status: statusOf(payment),
    reason: "",
    redirectUrl: ozow.pageOf(payment),
  };
}

/** A payment expires whether it was paid or not. Its transactions show what was paid. */
export function statusOf({ cancelled, expireAt }: OzowPayment): "Created" | "Expired" | "Cancelled" {
  if (cancelled) return "Cancelled";
  return Date.parse(expireAt) <= Date.now() ? "Expired" : "Created";
}

export function transactionView(ozow: OzowSimulator, transaction: OzowTransaction) {
  const self = `${baseOf(ozow)}/transactions/${transaction.id}`;
  const { id, amountCents, reference, siteCode, status, createdDate, completedDate } = transaction;
  return {
    links: { self, refund: `${self}/refunds` },
    id,
    amount: amountView(amountCents),
    merchantReference: reference,
    siteCode,
    institution: "Local Bank",
    status,
    reason: "",
    createdDate,
    ...(completedDate && { completedDate }),
  };
}

export function refundView(ozow: OzowSimulator, refund: OzowRefund) {
  const { id, transactionId, amountCents, requested, completed, status, reason, realTimePayment } = refund;
  return {
    links: { self: `${baseOf(ozow)}/refunds/${id}`, transaction: `${baseOf(ozow)}/transactions/${transactionId}` },
    id,
    transactionId,
    amount: amountView(amountCents),
    requested,
    completed,
    status,
    reason,
    paidTo: "Local Bank",
    realTimePayment,
  };
}

/** One settlement for each day's successful transactions. */
export function settlementViews({ books, options }: OzowSimulator) {
  const settled = [...books.transactions.values()].filter(({ status }) => status === "Successful");
  const days = Map.groupBy(settled, ({ createdDate }) => createdDate.slice(0, 10));
  return [...days].map(([day, transactions]) => ({
    id: `settlement-${day}`,
    siteCode: options.siteCode,
    reference: `OZOW${day.replaceAll("-", "")}`,
    totalSettlement: amountView(transactions.reduce((sum, { amountCents }) => sum + amountCents, 0)),
    totalFees: amountView(0),
    lineItemCounts: { transaction: transactions.length },
    date: `${day}T22:00:00Z`,
    bank: "Local Bank",
  }));
}

function baseOf({ options }: OzowSimulator): string {
  return `${options.origin}/ozow/v1`;
}
