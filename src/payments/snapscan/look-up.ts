import { type LookUpFinding, type OpenPayment, type PaymentReport, ProviderError } from "../provider.ts";
import type { SnapscanApi } from "./api.ts";
import { reportOf, type SnapscanPayment } from "./payment.ts";

/** Queries SnapScan by our reference, one payment after another. (payment-providers 3.5) */
export async function* lookUpPayments(
  api: SnapscanApi,
  snapCode: string,
  payments: readonly OpenPayment[],
): AsyncGenerator<LookUpFinding> {
  for (const { reference } of payments) yield await lookUp(api, snapCode, reference);
}

async function lookUp(api: SnapscanApi, snapCode: string, reference: string): Promise<LookUpFinding> {
  const reports: PaymentReport[] = [];
  const notes: string[] = [];
  let unusable: string | null = null;
  try {
    for await (const payment of api.listPayments({ merchantReference: reference })) {
      // The unreadable payment may be the one looked up.
      if (!payment) return { reference, problem: "SnapScan listed an unreadable payment" };
      if (!isOurs(payment, snapCode, reference)) continue;
      const read = reportOf(payment, snapCode);
      if ("report" in read) {
        reports.push(read.report);
        notes.push(...read.notes);
        continue;
      }
      const detail = "detail" in read ? read.detail : read.reason;
      notes.push(detail);
      if (payment.kind === "payment") unusable = detail;
    }
  } catch (error) {
    if (error instanceof ProviderError && error.trouble === "unavailable") return { reference, problem: error.message };
    throw error;
  }
  const best = bestOf(reports);
  // A payment that cannot be judged must not count as no payment.
  if (unusable !== null && !best.some(({ status }) => status === "completed")) return { reference, problem: unusable };
  return { reference, reports: best, notes };
}

/** SnapScan's filter may return other payments too. */
function isOurs(payment: SnapscanPayment, snapCode: string, reference: string): boolean {
  return payment.merchantReference === reference && payment.snapCode === snapCode;
}

/** All completed payments, because a second one is real money too, else the newest open one, else the newest one. */
function bestOf(reports: readonly PaymentReport[]): readonly PaymentReport[] {
  const completed = reports.filter(({ status }) => status === "completed");
  if (completed.length > 0) return completed;
  const best = reports.find(({ status }) => status === "processing") ?? reports[0];
  return best ? [best] : [];
}
