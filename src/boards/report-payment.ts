import type { Refusal } from "#domain/board/commands";
import type { PaymentReport, RefundReport } from "#payments/provider";
import type { Executed } from "#platform/objects";
import type { Services } from "#platform/services";
import { codeOf, executeOnBoard } from "./call-board.ts";

/**
 * Takes a provider's report to the board its reference names. When this returns, the board's log has it durably.
 * @throws ChipInError `unavailable` when the board cannot be reached; the provider must then try again.
 */
export async function reportPayment(services: Services, report: PaymentReport): Promise<Executed | Refusal> {
  const { provider, reference, status, amount, providerPaymentId, providerStatus } = report;
  const code = codeOf({ reference });
  if (!code) return { refused: "unknown_payment" };
  const news = { provider, reference, status, amount, providerPaymentId, providerStatus };
  return await executeOnBoard(services, code, { type: "report_payment", ...news });
}

/**
 * Takes a provider's report on a refund to the board of the payment it is about. Adapters call a refund done only when it
 * is of the whole amount.
 * @throws ChipInError `unavailable` when the board cannot be reached; the provider must then try again.
 */
export async function reportRefund(services: Services, report: RefundReport): Promise<Executed | Refusal> {
  const { reference, providerPaymentId, providerRefundId, status, providerStatus: reason } = report;
  const code = codeOf({ reference });
  if (!code) return { refused: "unknown_payment" };
  const contribution = { reference };
  const news = { contribution, providerPaymentId, providerRefundId, status, reason };
  return await executeOnBoard(services, code, { type: "report_refund", ...news });
}
