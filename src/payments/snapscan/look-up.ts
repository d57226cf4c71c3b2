import { type LookUpFinding, type OpenPayment, type PaymentReport, ProviderError } from "../provider.ts";
import type { SnapscanApi } from "./api.ts";
import { reportOf, type SnapscanPayment } from "./payment.ts";

/** SnapScan is asked by our reference, payment after payment. (payment-providers 3.5) */
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
      // It may be the very payment that was asked about.
      if (!payment) return { reference, problem: "SnapScan lists a payment that cannot be read" };
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
  // Money we cannot judge must not pass for none.
  if (unusable !== null && !best.some(({ status }) => status === "completed")) return { reference, problem: unusable };
  return { reference, reports: best, notes };
}

/** The filter need not be exact. */
function isOurs(payment: SnapscanPayment, snapCode: string, reference: string): boolean {
  return payment.merchantReference === reference && payment.snapCode === snapCode;
}

/** Every completed payment, for a second one is real money too; else the newest that is open; else the newest at all. */
function bestOf(reports: readonly PaymentReport[]): readonly PaymentReport[] {
  const completed = reports.filter(({ status }) => status === "completed");
  if (completed.length > 0) return completed;
  const best = reports.find(({ status }) => status === "processing") ?? reports[0];
  return best ? [best] : [];
}
