import type { PaymentStatus } from "#domain/board/lifecycle";
import { publicId } from "#domain/ids";

/** One contribution as its owners may see it. Instants ISO 8601; names and messages null once anonymised. */
export type ContributionRow = Readonly<{
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

export type WireContribution = ReturnType<typeof presentContribution>;

/** Never the address it came from, the browser, or the payment reference. (product-facts 12.3) */
export function presentContribution(row: ContributionRow) {
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
