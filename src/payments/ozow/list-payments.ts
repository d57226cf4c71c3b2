import { addDays, zoneDate } from "#domain/time";
import type { Days, ListedPayment, ProviderDeps } from "../provider.ts";
import { CURRENCY } from "./amount.ts";
import { type OzowApi, type OzowCall, unavailable } from "./api.ts";
import { isoSeconds } from "./payment.ts";
import { readList } from "./read-list.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, statusOf, type Transaction } from "./transaction.ts";

/** A payment that was refunded later was received as well. */
const WAS_PAID: ReadonlySet<unknown> = new Set(["completed", "refunded"]);

/** The payments of the site on these days. A payment belongs to the day of its completion. (payment-providers 2.5) */
export async function* listPayments(
  api: OzowApi,
  { siteCode }: Pick<OzowSettings, "siteCode">,
  days: Days,
  { log }: Pick<ProviderDeps, "log">,
): AsyncGenerator<ListedPayment> {
  const call: OzowCall = {
    scope: "payments",
    method: "GET",
    path: "/transactions",
    query: { ...windowOf(days), siteCode },
  };
  const rows = await readList(api, call);
  if (!Array.isArray(rows)) throw unavailable(call, `answered ${rows.refused}`);
  for (const row of rows) {
    const transaction = parseTransaction(row);
    if (!transaction) {
      log({ event: "ozow_transaction_unreadable" });
      continue;
    }
    if (!WAS_PAID.has(statusOf(transaction))) continue;
    const payment = listedPayment(transaction, siteCode);
    if ("skipped" in payment) {
      log({ event: "ozow_transaction_not_listed", transaction_id: transaction.id, reason: payment.skipped });
      continue;
    }
    const day = zoneDate(payment.at);
    if (day >= days.from && day <= days.to) yield payment;
  }
}

/**
 * From midnight to midnight in South Africa, and the day before. Ozow does not document which date its filter uses, and a
 * payment created before midnight may be completed after it.
 */
function windowOf({ from, to }: Days): { fromDate: string; toDate: string } {
  const midnight = (day: string) => new Date(`${day}T00:00:00+02:00`);
  return { fromDate: isoSeconds(addDays(midnight(from), -1)), toDate: isoSeconds(addDays(midnight(to), 1)) };
}

function listedPayment(transaction: Transaction, siteCode: string): ListedPayment | { skipped: string } {
  const reference = referenceOf(transaction, siteCode);
  const { id: providerPaymentId, money, createdAt, completedAt } = transaction;
  const wentBack = statusOf(transaction) === "refunded";
  const at = completedAt ?? createdAt;
  if (typeof reference !== "string" && reference.reason === "foreign_merchant") return { skipped: "foreign site" };
  if (money?.currency !== CURRENCY || money.cents === null) return { skipped: "no amount in rand" };
  if (!at) return { skipped: "no date" };
  const ours = typeof reference === "string" ? reference : null;
  return { providerPaymentId, reference: ours, amount: money.cents, at, wentBack };
}
