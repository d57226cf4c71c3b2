import { and, desc, eq } from "drizzle-orm";
import { after, type Position, positionOf } from "#database/keyset";
import { contributions } from "#database/schema";
import type { PaymentStatus } from "#domain/board/lifecycle";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

export type ContributionsPage = Readonly<{
  partnerId: string;
  boardId: string;
  status?: PaymentStatus | undefined;
  after?: Position | undefined;
  limit: number;
}>;

/** At most `limit` of the board's contributions as Postgres knows them, newest first; `position` is where each stands. */
export async function listContributions(services: Services, page: ContributionsPage) {
  const rows = await select(services)
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
  return rows.map(readable);
}

/** One contribution of the partner's boards, as Postgres knows it. @throws ChipInError `not_found`. */
export async function getContribution(services: Services, partnerId: string, id: string) {
  const [row] = await select(services).where(and(eq(contributions.id, id), eq(contributions.partnerId, partnerId)));
  if (!row) throw new ChipInError("not_found", "There is no such contribution.");
  return readable(row);
}

function select({ database }: Services) {
  return database
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
    .from(contributions);
}

const readable = <Row extends { createdAt: Date }>(row: Row) => ({ ...row, createdAt: row.createdAt.toISOString() });
