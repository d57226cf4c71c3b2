import { and, desc, eq } from "drizzle-orm";
import { after, type Position, positionOf } from "#database/keyset";
import { contributions } from "#database/schema";
import type { PaymentStatus } from "#domain/board/lifecycle";
import type { Services } from "#platform/services";

export type ContributionsPage = Readonly<{
  partnerId: string;
  boardId: string;
  status?: PaymentStatus | undefined;
  after?: Position | undefined;
  limit: number;
}>;

/** At most `limit` of the board's contributions as Postgres knows them, newest first; `position` is where each stands. */
export async function listContributions({ database }: Services, page: ContributionsPage) {
  const rows = await database
    .select({
      id: contributions.id,
      dreamBoardId: contributions.dreamBoardId,
      contributorName: contributions.contributorName,
      message: contributions.message,
      amountCents: contributions.amountCents,
      feeCents: contributions.feeCents,
      netCents: contributions.netCents,
      paymentStatus: contributions.paymentStatus,
      createdAt: contributions.createdAt,
      position: positionOf(contributions.createdAt),
    })
    .from(contributions)
    .where(
      and(
        eq(contributions.dreamBoardId, page.boardId),
        eq(contributions.partnerId, page.partnerId),
        page.status && eq(contributions.paymentStatus, page.status),
        page.after && after(contributions, page.after),
      ),
    )
    .orderBy(desc(contributions.createdAt), desc(contributions.id))
    .limit(page.limit);
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}
