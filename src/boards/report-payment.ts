import type { Refusal } from "#domain/board/commands";
import { codeOfReference } from "#domain/ids";
import type { PaymentReport } from "#payments/provider";
import type { Services } from "#platform/services";
import { callBoard, type Reported } from "./board-object.ts";

/**
 * Takes a provider's word to the board its reference names. When this returns, the board's log has it durably.
 * @throws ChipInError `unavailable` when the board cannot be reached; the provider must then try again.
 */
export async function reportPayment(services: Services, report: PaymentReport): Promise<Reported | Refusal> {
  const { provider, reference, status, amount, providerPaymentId, providerStatus } = report;
  const code = codeOfReference(reference);
  if (!code) return { refused: "unknown_payment", reference };
  const command = { provider, reference, status, amount, providerPaymentId, providerStatus };
  return await callBoard(services, code, (board) =>
    board.reportPayment({ type: "report_payment", ...command }, services.requestId),
  );
}
