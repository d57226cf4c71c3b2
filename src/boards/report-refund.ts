import type { Refusal } from "#domain/board/commands";
import { codeOfReference } from "#domain/ids";
import type { RefundReport } from "#payments/provider";
import type { Services } from "#platform/services";
import { callBoard } from "./board-object.ts";

/**
 * Takes a provider's word about a refund to the board of the payment it is about. When this returns, the board's log has
 * it durably. Adapters call a refund done only when it is of the whole amount.
 * @throws ChipInError `unavailable` when the board cannot be reached; the provider must then try again.
 */
export async function reportRefund(
  services: Services,
  { reference, providerPaymentId, providerRefundId, status, providerStatus }: RefundReport,
): Promise<Refusal | { outcome: "recorded" | "old_news" }> {
  const code = codeOfReference(reference);
  if (!code) return { refused: "unknown_payment", reference };
  const said = await callBoard(services, code, (board) =>
    board.reportRefund(
      { reference, providerPaymentId, providerRefundId, status, reason: providerStatus },
      services.requestId,
    ),
  );
  if ("refused" in said) return said;
  return { outcome: said.events > 0 ? "recorded" : "old_news" };
}
