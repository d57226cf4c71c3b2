import { executeOnBoard, requireCode } from "#boards/call-board";
import type { ReportPayment } from "#domain/board/commands";
import { TEST_PAGE } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { cents } from "#domain/money";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** What can happen on the test page: the outcomes of the local simulators, by the same names. */
export const TEST_OUTCOMES = [
  "pay",
  "cancel",
  "fail",
  "pay_twice",
  "pay_late",
  "wrong_amount",
  "bad_signature",
  "silent",
  "duplicate",
  "reorder",
] as const;
export type TestOutcome = (typeof TEST_OUTCOMES)[number];

const LATE_MS = 5_000;

export function isTestOutcome(text: unknown): text is TestOutcome {
  return TEST_OUTCOMES.some((outcome) => outcome === text);
}

/** The page where a guest of a sandbox board decides what becomes of this payment. */
export function testPagePath({ slug }: Pick<PublicView, "slug">, reference: string): string {
  return `/${slug}/test-payment?ref=${encodeURIComponent(reference)}`;
}

/**
 * Reports `outcome` to the board by the command of providers' callbacks; the board takes it only where it is a sandbox. A late
 * report comes after the answer.
 */
export async function payOnTestPage(
  services: Services,
  receipt: Receipt,
  outcome: TestOutcome,
  { lateMs = LATE_MS } = {},
): Promise<void> {
  const { reference } = receipt;
  const code = requireCode({ reference });
  const report = async () => {
    for (const news of reportsOf(receipt, outcome)) {
      await executeOnBoard(services, code, { type: "report_payment", provider: TEST_PAGE, reference, ...news });
    }
  };
  if (outcome !== "pay_late") return await report();
  const later = new Promise((resolve) => setTimeout(resolve, lateMs)).then(report);
  services.waitUntil(
    later.catch((error: unknown) =>
      services.log({ event: "test_payment_not_reported", board: code, error: messageOf(error) }),
    ),
  );
}

type News = Pick<ReportPayment, "status" | "amount" | "providerPaymentId" | "providerStatus">;

/** In the order they are reported. The same outcome of the same attempt is the same payment, so pressing again adds nothing. */
function reportsOf({ reference, attempt, amount }: Receipt, outcome: TestOutcome): News[] {
  const payment = `test-${reference}-${attempt}`;
  const paid: News = { status: "completed", amount, providerPaymentId: payment, providerStatus: "paid" };
  const unpaid = (word: string): News => ({
    status: "failed",
    amount: null,
    providerPaymentId: `${payment}-${word}`,
    providerStatus: word,
  });
  switch (outcome) {
    case "pay":
    case "pay_late":
      return [paid];
    case "pay_twice":
      return [paid, { ...paid, providerPaymentId: `${payment}-again` }];
    case "cancel":
      return [unpaid("cancelled")];
    case "fail":
      return [unpaid("failed")];
    case "wrong_amount":
      return [{ ...paid, amount: cents(Math.floor(amount / 2)), providerPaymentId: `${payment}-wrong` }];
    case "bad_signature":
    case "silent":
      // Nothing reaches the board: a callback with a wrong signature is refused before it, and a silent provider sends none.
      return [];
    case "duplicate":
      return [paid, paid, paid];
    case "reorder":
      return [paid, unpaid("earlier")];
    default:
      return outcome satisfies never;
  }
}
