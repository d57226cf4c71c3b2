import type { PaymentStatus } from "#domain/board/lifecycle";
import { publicId } from "#domain/ids";

/** A contribution to present. Instants are ISO 8601. Name and message are null once anonymised. */
export type PresentableContribution = Readonly<{
  id: string;
  dreamBoardId: string;
  contributorName: string | null;
  message: string | null;
  amountCents: number;
  feeCents: number;
  netCents: number;
  paymentStatus: PaymentStatus;
  createdAt: string;
}>;

/** It holds neither IP address, user agent nor payment reference. (product-facts 12.3) */
export function presentContribution(row: PresentableContribution) {
  return {
    id: publicId("contribution", row.id),
    dream_board_id: publicId("board", row.dreamBoardId),
    contributor_name: row.contributorName,
    message: row.message,
    amount_cents: row.amountCents,
    fee_cents: row.feeCents,
    net_cents: row.netCents,
    payment_status: row.paymentStatus,
    created_at: row.createdAt,
  };
}
