import { addDays, zoneDate } from "#domain/time";
import type { ListedPayment, ProviderDeps } from "../provider.ts";
import { CURRENCY } from "./amount.ts";
import { type ApiCall, type OzowApi, unavailable } from "./api.ts";
import { readList } from "./list.ts";
import { isoSeconds } from "./payment.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, statusOf, type Transaction } from "./transaction.ts";

/** What went back later was paid all the same. */
const WAS_PAID: ReadonlySet<unknown> = new Set(["completed", "refunded"]);

type Days = Readonly<{ from: string; to: string }>;

/** What the site was paid on these days, whether it stayed or went back. A payment belongs to the day it was completed. (payment-providers 2.5) */
export async function* listPayments(
  api: OzowApi,
  { siteCode }: Pick<OzowSettings, "siteCode">,
  days: Days,
  { note }: Pick<ProviderDeps, "note">,
): AsyncGenerator<ListedPayment> {
  const call: ApiCall = {
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
      note({ event: "ozow_transaction_unreadable" });
      continue;
    }
    if (!WAS_PAID.has(statusOf(transaction))) continue;
    const payment = listedPayment(transaction, siteCode);
    if ("skipped" in payment) {
      note({ event: "ozow_transaction_not_listed", transaction_id: transaction.id, reason: payment.skipped });
      continue;
    }
    const day = zoneDate(payment.at);
    if (day >= days.from && day <= days.to) yield payment;
  }
}

/**
 * From midnight to midnight in South Africa, and the day before: which of its dates Ozow goes by is not documented, and
 * what began before midnight may have been completed after it.
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
