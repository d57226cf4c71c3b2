import { addDays } from "#domain/time";
import { isObject } from "../json.ts";
import {
  type LookUpFinding,
  type OpenPayment,
  type PaymentReport,
  type ProviderDeps,
  ProviderError,
} from "../provider.ts";
import { OZOW_ID, type OzowApi, type OzowCall, unavailable } from "./api.ts";
import { createPayment, isoSeconds } from "./payment.ts";
import { readList } from "./read-list.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, reportOf, statusOf, type Transaction } from "./transaction.ts";

type Site = Pick<OzowSettings, "siteCode">;
type LookupContext = Readonly<{ api: OzowApi; site: Site; now: Date }>;
type Found = Readonly<{ reports: readonly PaymentReport[]; notes: readonly string[] }>;

/** Looks up one payment after another, because Ozow publishes no rate limit. (payment-providers 2.5) */
export async function* lookUpPayments(
  api: OzowApi,
  site: Site,
  payments: readonly OpenPayment[],
  { now }: Pick<ProviderDeps, "now">,
): AsyncGenerator<LookUpFinding> {
  for (const payment of payments) {
    const { reference } = payment;
    try {
      yield { reference, ...(await lookUpPayment({ api, site, now: now() }, payment)) };
    } catch (error) {
      // A refusal of our credentials or rate would repeat for every other payment.
      if (!(error instanceof ProviderError) || error.trouble !== "unavailable") throw error;
      yield { reference, problem: error.message };
    }
  }
}

async function lookUpPayment(context: LookupContext, payment: OpenPayment): Promise<Found> {
  if (payment.requestId !== null) return await lookUpById(context, payment, payment.requestId);
  // The answer to our create call was lost. The identical call gets the same answer.
  const created = await createPayment(context.api, context.site, payment);
  if ("id" in created) return await lookUpById(context, payment, created.id);
  const found = combine(context, payment, await listSiteTransactions(context, payment));
  return { ...found, notes: [`creating it again answered ${created.refused}`, ...found.notes] };
}

async function lookUpById(context: LookupContext, payment: OpenPayment, paymentId: string): Promise<Found> {
  if (!OZOW_ID.test(paymentId)) return { reports: [], notes: ["its payment id is not an Ozow id"] };
  const path = `/payments/${paymentId}/transactions`;
  const found = combine(context, payment, await listTransactions(context, payment, { path }));
  if (found.reports.length > 0) return found;
  const ended = await readExpiry(context, payment, paymentId);
  return { reports: ended.reports, notes: [...found.notes, ...ended.notes] };
}

async function listTransactions(
  { api, now }: LookupContext,
  { openedAt }: OpenPayment,
  { path, query }: Pick<OzowCall, "path" | "query">,
): Promise<unknown[]> {
  const days = { fromDate: isoSeconds(addDays(openedAt, -1)), toDate: isoSeconds(addDays(now, 1)) };
  const call: OzowCall = { scope: "payments", method: "GET", path, query: { ...days, ...query } };
  const rows = await readList(api, call);
  if (Array.isArray(rows)) return rows;
  // An unknown payment is answered with an empty list or a 404. Neither means that it failed.
  if (rows.refused === 404) return [];
  throw unavailable(call, `answered ${rows.refused}`);
}

/** Ozow has no query by our reference, so this filters the site's transactions of these days. */
async function listSiteTransactions(context: LookupContext, payment: OpenPayment): Promise<unknown[]> {
  const { siteCode } = context.site;
  const rows = await listTransactions(context, payment, { path: "/transactions", query: { siteCode } });
  return rows.filter((row) => isObject(row) && row.merchantReference === payment.reference);
}

/** Reports an expired payment as failed. Any other status leaves it open. (payment-providers 2.4) */
async function readExpiry({ api }: LookupContext, { reference }: OpenPayment, paymentId: string): Promise<Found> {
  const call: OzowCall = { scope: "payments", method: "GET", path: `/payments/${paymentId}` };
  const answer = await api(call);
  if ("refused" in answer) {
    if (answer.refused === 404) return { reports: [], notes: ["Ozow does not know the payment"] };
    throw unavailable(call, `answered ${answer.refused}`);
  }
  const providerStatus = isObject(answer.json) ? answer.json.status : null;
  if (typeof providerStatus !== "string") throw unavailable(call, "did not answer with a payment");
  if (providerStatus.toLowerCase() !== "expired") return { reports: [], notes: [] };
  const report: PaymentReport = {
    provider: "ozow",
    reference,
    status: "failed",
    amount: null,
    providerPaymentId: paymentId,
    eventKey: `${paymentId}:expired`,
    providerStatus,
  };
  return { reports: [report], notes: [] };
}

/**
 * Reports every transaction that moved money, so that a second real payment is found. If there is none, it reports the
 * newest open transaction, else the newest failed one. (payment-providers 2.4)
 */
function combine({ site }: LookupContext, { reference }: OpenPayment, rows: readonly unknown[]): Found {
  const notes: string[] = [];
  const ours: Transaction[] = [];
  for (const row of rows) {
    const transaction = parseTransaction(row);
    // An unreadable transaction may be the paid one.
    if (!transaction) throw new ProviderError("unavailable", "Ozow listed a row that is not a transaction");
    const found = referenceOf(transaction, site.siteCode);
    if (found === reference) ours.push(transaction);
    else notes.push(`transaction ${transaction.id} is not this payment's: ${mismatchOf(found)}`);
  }
  const read = reportable(ours).map((transaction) => reportOf(transaction, reference));
  return { reports: read.map(({ report }) => report), notes: [...notes, ...read.flatMap((one) => one.notes)] };
}

function reportable(transactions: readonly Transaction[]): readonly Transaction[] {
  const moved = transactions.filter((one) => statusOf(one) === "completed" || statusOf(one) === "refunded");
  if (moved.length > 0) return moved;
  const open = transactions.filter((one) => statusOf(one) !== "failed");
  const [newest] = (open.length > 0 ? open : transactions).toSorted(
    (left, right) => createdMs(right) - createdMs(left),
  );
  return newest ? [newest] : [];
}

function createdMs({ createdAt }: Transaction): number {
  return createdAt?.getTime() ?? 0;
}

function mismatchOf(found: ReturnType<typeof referenceOf>): string {
  if (typeof found === "string") return "another reference";
  return found.reason === "foreign_merchant" ? "another site" : found.detail;
}
