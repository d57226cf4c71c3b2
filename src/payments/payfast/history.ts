import { zoneDate } from "#domain/time";
import {
  type ListedPayment,
  type LookUpFinding,
  type OpenPayment,
  type PaymentReport,
  type ProviderDeps,
  ProviderError,
} from "../provider.ts";
import type { PayfastApi } from "./api.ts";
import { parseHistory, type Receipt } from "./history-csv.ts";

const ROWS_PER_PAGE = 1_000;
/** An account that takes more than this in the days asked for is not ours. */
const MAX_PAGES = 100;

type Days = Readonly<{ from: string; to: string }>;
type Deps = Pick<ProviderDeps, "now" | "note">;

/**
 * PayFast cannot be asked by our reference, so one history is read for all payments, from the day the oldest began. It
 * lists received money only: what is missing proves nothing. (payment-providers 1.5)
 */
export async function* lookUpPayments(
  api: PayfastApi,
  payments: readonly OpenPayment[],
  deps: Deps,
): AsyncGenerator<LookUpFinding> {
  const [first] = payments;
  if (!first) return;
  const oldest = payments.reduce((at, { openedAt }) => (openedAt < at ? openedAt : at), first.openedAt);
  const found = new Map(payments.map(({ reference }): [string, PaymentReport[]] => [reference, []]));

  for await (const receipt of readReceipts(api, { from: zoneDate(oldest), to: zoneDate(deps.now()) }, deps)) {
    const { reference } = receipt;
    if (reference !== null) found.get(reference)?.push(reportOf(receipt, reference));
  }
  for (const [reference, reports] of found) yield { reference, reports, notes: [] };
}

/** The same news a notification about this payment brings, under the same event key. */
function reportOf({ providerPaymentId, amount }: Receipt, reference: string): PaymentReport {
  return {
    provider: "payfast",
    reference,
    status: "completed",
    amount,
    providerPaymentId,
    eventKey: `${providerPaymentId}:COMPLETE`,
    providerStatus: "COMPLETE",
  };
}

/** The history is of money that came in; what went back since is not marked in it. */
export async function* listPayments(api: PayfastApi, days: Days, deps: Deps): AsyncGenerator<ListedPayment> {
  for await (const { at, ...payment } of readReceipts(api, days, deps)) {
    if (!at) {
      deps.note({ event: "payfast_history_date_unreadable", provider_payment_id: payment.providerPaymentId });
      continue;
    }
    const day = zoneDate(at);
    if (day >= days.from && day <= days.to) yield { ...payment, at, wentBack: false };
  }
}

/** Every receipt once: rows move to the next page when money comes in while the pages are read. */
async function* readReceipts(api: PayfastApi, days: Days, deps: Deps): AsyncGenerator<Receipt> {
  const seen = new Set<string>();
  for await (const page of readPages(api, days, deps)) {
    for (const receipt of page) {
      if (seen.has(receipt.providerPaymentId)) continue;
      seen.add(receipt.providerPaymentId);
      yield receipt;
    }
  }
}

async function* readPages(api: PayfastApi, { from, to }: Days, deps: Deps): AsyncGenerator<readonly Receipt[]> {
  let previous: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = { from, to, offset: String(page * ROWS_PER_PAGE), limit: String(ROWS_PER_PAGE) };
    const answer = await api({ method: "GET", path: "/transactions/history", query });
    if ("refused" in answer) throw unavailable(`answered ${answer.refused}`);
    const read = parseHistory(answer);
    if (!read) throw unavailable("answered what is no transaction history");
    if (read.rows > 0 && answer.text === previous) throw unavailable("answered the same page twice");
    if (read.unreadable > 0) deps.note({ event: "payfast_history_rows_unreadable", rows: read.unreadable });
    yield read.receipts;
    if (read.rows < ROWS_PER_PAGE) return;
    previous = answer.text;
  }
  throw unavailable(`has more than ${MAX_PAGES} pages`);
}

function unavailable(what: string): ProviderError {
  return new ProviderError("unavailable", `PayFast GET /transactions/history ${what}`);
}
