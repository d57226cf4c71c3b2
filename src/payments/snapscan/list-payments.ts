import type { Cents } from "#domain/money";
import { addDays } from "#domain/time";
import type { Days, ListedPayment, ProviderDeps } from "../provider.ts";
import type { SnapscanApi } from "./api.ts";
import { amountReceived, REFERENCE, type SnapscanPayment } from "./payment.ts";

/**
 * The payments to our code. SnapScan has no settlements, only payments by the time they started. A refund is an object of
 * its own, so a payment never shows that it was refunded. (payment-providers 3.6)
 */
export async function* listPayments(
  api: SnapscanApi,
  snapCode: string,
  days: Days,
  { log }: Pick<ProviderDeps, "log">,
): AsyncGenerator<ListedPayment> {
  const begin = startOfDay(days.from);
  const end = addDays(startOfDay(days.to), 1);
  const filter = { startDate: instant(begin), endDate: instant(end), status: "completed" };
  for await (const payment of api.listPayments(filter)) {
    if (payment && !isReceived(payment, snapCode)) continue;
    const at = payment?.at;
    const amount = payment && listedAmount(payment);
    if (!at || amount === null) {
      log({ event: "snapscan_payment_unreadable", provider_payment_id: payment ? String(payment.id) : null });
      continue;
    }
    if (at < begin || at >= end) continue;
    yield { providerPaymentId: String(payment.id), reference: ourReference(payment), amount, at, wentBack: false };
  }
}

/** Midnight in South Africa. */
function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+02:00`);
}

/** `2026-02-28T22:00:00Z` */
function instant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

function isReceived({ status, kind, snapCode }: SnapscanPayment, ourSnapCode: string): boolean {
  return status === "completed" && kind === "payment" && snapCode === ourSnapCode;
}

/** The same amount as in a report. A payment that did not start on our pages has no required amount, so its total counts. */
function listedAmount(payment: SnapscanPayment): Cents | null {
  const received = amountReceived(payment);
  if ("amount" in received) return received.amount;
  return payment.requiredAmount === null ? payment.totalAmount : null;
}

function ourReference({ merchantReference }: SnapscanPayment): string | null {
  return merchantReference !== null && REFERENCE.test(merchantReference) ? merchantReference : null;
}
