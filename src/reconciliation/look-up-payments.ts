import { callBoard, executeOnBoard } from "#boards/call-board";
import { reportPayment } from "#boards/report-payment";
import { EXPIRY_MS } from "#domain/board/decide-payments";
import { codeOfReference } from "#domain/ids";
import { paymentToStart } from "#payments/payment-to-start";
import type { LookUpFinding, PaymentProvider, PaymentReport } from "#payments/provider";
import { ProviderError } from "#payments/provider";
import { messageOf } from "#platform/log";
import { redact } from "#platform/redact";
import type { Services } from "#platform/services";
import { type DuePayment, dueOpenPayments, lookbackMs, noteLookedUp } from "./open-payments.ts";

/** So many answers are remembered at once: a run that is cut short loses no more. More where all come from one request. */
const NOTED_TOGETHER = { each: 25, atOnce: 500 };
/** So many problems in a row are the provider's, not the payments'. */
const PROBLEMS_IN_A_ROW = 5;
/** A run ends before the next one, five minutes later, begins. */
const BUDGET_MS = 4 * 60_000;

/** `stopped`: why a run ended early (a ProviderError's trouble, or `out_of_time`); what was not asked is first the next time. */
export type LookedUp = { lookedUp: number; found: number; expired: number; problems: number; stopped: string | null };

/**
 * Asks a provider about its open payments and takes what it says to their boards, by the same command as its callbacks.
 * A payment the provider does not know a day after it began expires. (payment-providers 0, product-facts 15)
 */
export async function lookUpPayments(
  services: Services,
  provider: PaymentProvider,
  { now, boardId }: { now: Date; boardId?: string },
): Promise<LookedUp> {
  const result: LookedUp = { lookedUp: 0, found: 0, expired: 0, problems: 0, stopped: null };
  const due = await dueOpenPayments(services, provider, { now, ...(boardId !== undefined && { boardId }) });
  if (due.length === 0) return result;
  if (!provider.lookUp) {
    for (const payment of due) await take(services, payment, withoutLookUp(payment), { now, provider, result });
    await noteLookedUp(services, due, now);
    return result;
  }
  const endsAt = services.now().getTime() + BUDGET_MS;
  const byReference = new Map(due.map((open) => [open.payment.reference, open]));
  const answered: DuePayment[] = [];
  const notedTogether = NOTED_TOGETHER[provider.looksUpAtOnce ? "atOnce" : "each"];
  let problemsInARow = 0;
  try {
    for await (const finding of provider.lookUp(due.map(({ payment }) => payment))) {
      const open = byReference.get(finding.reference);
      if (!open) continue;
      result.lookedUp += 1;
      // What its board could not take is asked about again in the very next run.
      if (await take(services, open, finding, { now, provider, result })) answered.push(open);
      if (answered.length >= notedTogether) await noteLookedUp(services, answered.splice(0), now);
      problemsInARow = "problem" in finding ? problemsInARow + 1 : 0;
      if (problemsInARow >= PROBLEMS_IN_A_ROW) {
        throw new ProviderError("unavailable", `${PROBLEMS_IN_A_ROW} payments in a row could not be asked about`);
      }
      if (services.now().getTime() >= endsAt && result.lookedUp < due.length) {
        result.stopped = "out_of_time";
        services.log({ event: "look_up_failed", provider: provider.name, trouble: result.stopped });
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    result.stopped = error.trouble;
    const write = error.trouble === "refuses_us" ? services.alert : services.log;
    write({ event: "look_up_failed", provider: provider.name, trouble: error.trouble, error: messageOf(error) });
  } finally {
    await noteLookedUp(services, answered, now);
  }
  return result;
}

type Taking = { now: Date; provider: PaymentProvider; result: LookedUp };

/** The provider has no look-up: after a day without a report the attempt expires all the same. */
const withoutLookUp = ({ payment: { reference } }: DuePayment): LookUpFinding => ({
  reference,
  reports: [],
  notes: [],
});

/** Takes what the provider said to the board. False when the board could not be reached. */
async function take(services: Services, open: DuePayment, finding: LookUpFinding, taking: Taking): Promise<boolean> {
  const { now, provider, result } = taking;
  const { reference } = open.payment;
  if ("problem" in finding) {
    result.problems += 1;
    services.log({
      event: "payment_look_up_failed",
      provider: provider.name,
      ...boardOf(reference),
      detail: redact(finding.problem),
    });
    return true;
  }
  if (finding.notes.length > 0) {
    const about = { provider: provider.name, ...boardOf(reference) };
    services.log({ event: "payment_noted", ...about, notes: redact(finding.notes.join("; ")) });
  }
  try {
    let isWorkedOn = false;
    for (const report of finding.reports) {
      const outcome = await takeReport(services, report);
      if (outcome === "recorded" && report.status === "completed") result.found += 1;
      isWorkedOn ||= report.status === "processing" || report.status === "completed";
    }
    result.expired += await expire(services, open, { now, isWorkedOn });
    return true;
  } catch (error) {
    // One board's trouble is not the others'.
    result.problems += 1;
    services.log({ event: "payment_not_recorded", ...boardOf(reference), error: messageOf(error) });
    return false;
  }
}

/** Takes what a provider says to the board, and logs what came of it. */
async function takeReport(services: Services, report: PaymentReport): Promise<string> {
  const said = await reportPayment(services, report);
  const outcome = "refused" in said ? said.refused : said.outcome;
  // A wrong amount was alerted when its flag was opened; it is found again in every run.
  const write = "refused" in said && outcome !== "amount_mismatch" ? services.alert : services.log;
  if (outcome !== "no_change") {
    write({
      event: "payment_found",
      provider: report.provider,
      ...boardOf(report.reference),
      outcome,
      provider_payment_id: report.providerPaymentId,
      provider_status: report.providerStatus,
    });
  }
  return outcome;
}

/** Gives up what has been open for a day; what the provider works on gets the whole week. */
async function expire(
  services: Services,
  { payment: { reference }, attemptedAt, hasExpired }: DuePayment,
  { now, isWorkedOn }: { now: Date; isWorkedOn: boolean },
): Promise<number> {
  const patience = isWorkedOn ? lookbackMs(services.settings) : EXPIRY_MS;
  const code = codeOfReference(reference);
  if (hasExpired || !code || now.getTime() < attemptedAt.getTime() + patience) return 0;
  const outcome = await executeOnBoard(services, code, { type: "expire_payment", reference }, { judgedAt: now });
  return "outcome" in outcome && outcome.outcome === "recorded" ? 1 : 0;
}

/** One payment, now: for a guest who says that it was made. `not_now`: the provider did not answer. */
export async function lookUpPayment(
  services: Services,
  providers: ReadonlyMap<string, PaymentProvider>,
  reference: string,
): Promise<"news" | "no_news" | "not_now" | "not_looked_up"> {
  const code = codeOfReference(reference);
  const attempt = code ? await callBoard(services, code, (board) => board.read("open_attempt", { reference })) : null;
  const provider = attempt ? providers.get(attempt.provider) : undefined;
  if (!attempt || !provider?.lookUp) return "not_looked_up";
  const openedAt = new Date(attempt.openedAt);
  const attemptExpiresAt = dateOrNull(attempt.attemptExpiresAt);
  const recorded = { ...attempt, openedAt, amountCents: attempt.amount, attemptExpiresAt };
  const payment = { ...paymentToStart(services, attempt.provider, recorded), requestId: attempt.requestId, openedAt };
  try {
    for await (const finding of provider.lookUp([payment])) {
      if ("problem" in finding) return "not_now";
      for (const report of finding.reports) await takeReport(services, report);
      if (finding.reports.length > 0) return "news";
    }
    return "no_news";
  } catch (error) {
    services.log({ event: "look_up_failed", provider: attempt.provider, error: messageOf(error) });
    return "not_now";
  }
}

const dateOrNull = (instant: string | null) => (instant === null ? null : new Date(instant));
const boardOf = (reference: string) => ({ board: codeOfReference(reference) });
