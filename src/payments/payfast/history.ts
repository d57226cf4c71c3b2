import { zoneDate } from "#domain/time";
import {
  type Days,
  type ListedPayment,
  type LookUpFinding,
  type OpenPayment,
  type PaymentReport,
  type ProviderDeps,
  ProviderError,
} from "../provider.ts";
import type { PayfastApi } from "./api.ts";
import type { ReceivedPayment } from "./history-csv.ts";

const ROWS_PER_PAGE = 1_000;
/** An upper bound on one history. Our account has fewer transactions than this in the days requested. */
const MAX_PAGES = 100;

type Deps = Pick<ProviderDeps, "now" | "log">;

/**
 * PayFast has no query by our reference, so this reads one history for all payments, from the day of the oldest one. The
 * history lists received money only. A payment that is not in it may still be paid. (payment-providers 1.5)
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

  for await (const payment of readReceived(api, { from: zoneDate(oldest), to: zoneDate(deps.now()) }, deps)) {
    const { reference } = payment;
    if (reference !== null) found.get(reference)?.push(reportOf(payment, reference));
  }
  // What was paid first, should the run end early.
  const findings = [...found].sort(([, one], [, other]) => other.length - one.length);
  for (const [reference, reports] of findings) yield { reference, reports, notes: [] };
}

/** The same report, with the same event key, as a notification about this payment gives. */
function reportOf({ providerPaymentId, amount }: ReceivedPayment, reference: string): PaymentReport {
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

/** The history does not mark payments that were refunded later. */
export async function* listPayments(api: PayfastApi, days: Days, deps: Deps): AsyncGenerator<ListedPayment> {
  for await (const { at, ...payment } of readReceived(api, days, deps)) {
    if (!at) {
      deps.log({ event: "payfast_history_date_unreadable", provider_payment_id: payment.providerPaymentId });
      continue;
    }
    const day = zoneDate(at);
    if (day >= days.from && day <= days.to) yield { ...payment, at, wentBack: false };
  }
}

/** Every received payment once. New rows move others to the next page while the pages are read. */
async function* readReceived(api: PayfastApi, days: Days, deps: Deps): AsyncGenerator<ReceivedPayment> {
  const seen = new Set<string>();
  for await (const page of readPages(api, days, deps)) {
    for (const payment of page) {
      if (seen.has(payment.providerPaymentId)) continue;
      seen.add(payment.providerPaymentId);
      yield payment;
    }
  }
}

async function* readPages(api: PayfastApi, { from, to }: Days, deps: Deps): AsyncGenerator<readonly ReceivedPayment[]> {
  // With its library, and only for this.
  const { parseHistory } = await import("./history-csv.ts");
  let previous: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = { from, to, offset: String(page * ROWS_PER_PAGE), limit: String(ROWS_PER_PAGE) };
    const answer = await api({ method: "GET", path: "/transactions/history", query });
    if ("refused" in answer) throw unavailable(`answered ${answer.refused}`);
    const read = parseHistory(answer);
    if (!read) throw unavailable("did not answer with a transaction history");
    if (read.rows > 0 && answer.text === previous) throw unavailable("answered the same page twice");
    if (read.unreadable > 0) deps.log({ event: "payfast_history_rows_unreadable", rows: read.unreadable });
    yield read.received;
    if (read.rows < ROWS_PER_PAGE) return;
    previous = answer.text;
  }
  throw unavailable(`has more than ${MAX_PAGES} pages`);
}

function unavailable(what: string): ProviderError {
  return new ProviderError("unavailable", `PayFast GET /transactions/history ${what}`);
}
