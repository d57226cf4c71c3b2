import { addDays } from "#domain/time";
import {
  type LookUpFinding,
  type OpenPayment,
  type PaymentReport,
  type ProviderDeps,
  ProviderError,
} from "../provider.ts";
import { type ApiCall, OZOW_ID, type OzowApi, unavailable } from "./api.ts";
import { isObject } from "./exchange.ts";
import { readList } from "./list.ts";
import { createPayment, isoSeconds } from "./payment.ts";
import type { OzowSettings } from "./settings.ts";
import { parseTransaction, referenceOf, reportOf, statusOf, type Transaction } from "./transaction.ts";

type Site = Pick<OzowSettings, "siteCode">;
type Desk = Readonly<{ api: OzowApi; site: Site; now: Date }>;
type Found = Readonly<{ reports: readonly PaymentReport[]; notes: readonly string[] }>;

/** One payment after another: Ozow publishes no rate limit. (payment-providers 2.5) */
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
      // Whoever refuses us or is busy would say the same about the next one.
      if (!(error instanceof ProviderError) || error.trouble !== "unavailable") throw error;
      yield { reference, problem: error.message };
    }
  }
}

async function lookUpPayment(desk: Desk, payment: OpenPayment): Promise<Found> {
  if (payment.requestId !== null) return await askByPaymentId(desk, payment, payment.requestId);
  // Our create call was never answered; the same call again gets the answer.
  const created = await createPayment(desk.api, desk.site, payment);
  if ("id" in created) return await askByPaymentId(desk, payment, created.id);
  const found = combine(desk, payment, await listOfSite(desk, payment));
  return { ...found, notes: [`creating it again answered ${created.refused}`, ...found.notes] };
}

async function askByPaymentId(desk: Desk, payment: OpenPayment, paymentId: string): Promise<Found> {
  if (!OZOW_ID.test(paymentId)) return { reports: [], notes: ["its payment id is none of Ozow's"] };
  const path = `/payments/${paymentId}/transactions`;
  const found = combine(desk, payment, await listTransactions(desk, payment, { path }));
  if (found.reports.length > 0) return found;
  const ended = await askForEnd(desk, payment, paymentId);
  return { reports: ended.reports, notes: [...found.notes, ...ended.notes] };
}

async function listTransactions(
  { api, now }: Desk,
  { openedAt }: OpenPayment,
  { path, query }: Pick<ApiCall, "path" | "query">,
): Promise<unknown[]> {
  const days = { fromDate: isoSeconds(addDays(openedAt, -1)), toDate: isoSeconds(addDays(now, 1)) };
  const call: ApiCall = { scope: "payments", method: "GET", path, query: { ...days, ...query } };
  const rows = await readList(api, call);
  if (Array.isArray(rows)) return rows;
  // An unknown payment may be answered by an empty list or by this; neither proves anything.
  if (rows.refused === 404) return [];
  throw unavailable(call, `answered ${rows.refused}`);
}

/** Ozow cannot be asked by our reference, so the site's transactions of these days are looked through. */
async function listOfSite(desk: Desk, payment: OpenPayment): Promise<unknown[]> {
  const { siteCode } = desk.site;
  const rows = await listTransactions(desk, payment, { path: "/transactions", query: { siteCode } });
  return rows.filter((row) => isObject(row) && row.merchantReference === payment.reference);
}

/** The page a guest pays on has run out, and nobody paid. Any other status leaves it open. (payment-providers 2.4) */
async function askForEnd({ api }: Desk, { reference }: OpenPayment, paymentId: string): Promise<Found> {
  const call: ApiCall = { scope: "payments", method: "GET", path: `/payments/${paymentId}` };
  const answer = await api(call);
  if ("refused" in answer) {
    if (answer.refused === 404) return { reports: [], notes: ["Ozow does not know the payment"] };
    throw unavailable(call, `answered ${answer.refused}`);
  }
  const providerStatus = isObject(answer.json) ? answer.json.status : null;
  if (typeof providerStatus !== "string") throw unavailable(call, "answered what is no payment");
  if (providerStatus.toLowerCase() !== "expired") return { reports: [], notes: [] };
  const about = { provider: "ozow", reference, providerPaymentId: paymentId, providerStatus } as const;
  return { reports: [{ ...about, status: "failed", amount: null, eventKey: `${paymentId}:expired` }], notes: [] };
}

/**
 * Every transaction that moved money is reported, so that a second real payment is found. Where none did, the newest
 * that is still open, and only then the newest that failed. (payment-providers 2.4)
 */
function combine({ site }: Desk, { reference }: OpenPayment, rows: readonly unknown[]): Found {
  const notes: string[] = [];
  const ours: Transaction[] = [];
  for (const row of rows) {
    const transaction = parseTransaction(row);
    // One that cannot be read may be the one that was paid.
    if (!transaction) throw new ProviderError("unavailable", "Ozow listed what is no transaction");
    const found = referenceOf(transaction, site.siteCode);
    if (found === reference) ours.push(transaction);
    else notes.push(`transaction ${transaction.id} is not this payment's: ${why(found)}`);
  }
  const told = reportable(ours).map((transaction) => reportOf(transaction, reference));
  return { reports: told.map(({ report }) => report), notes: [...notes, ...told.flatMap((one) => one.notes)] };
}

function reportable(transactions: readonly Transaction[]): readonly Transaction[] {
  const moved = transactions.filter((one) => statusOf(one) === "completed" || statusOf(one) === "refunded");
  if (moved.length > 0) return moved;
  const open = transactions.filter((one) => statusOf(one) !== "failed");
  const [newest] = (open.length > 0 ? open : transactions).toSorted((left, right) => ageOf(left) - ageOf(right));
  return newest ? [newest] : [];
}

function ageOf({ createdAt }: Transaction): number {
  return -(createdAt?.getTime() ?? 0);
}

function why(found: ReturnType<typeof referenceOf>): string {
  if (typeof found === "string") return "another reference";
  return found.reason === "foreign_merchant" ? "another site" : found.detail;
}
