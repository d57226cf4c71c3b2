import { and, eq, inArray } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "#database/client";
import { boardManagers } from "#database/host-tables";
import { boardPots, contributorVisibility } from "#database/own-tables";
import { contributions, hosts, partners, payouts } from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import type { BoardStatus, PayoutStatus } from "#domain/board/lifecycle";
import { potOf } from "#domain/board/pot";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import type { Gift, OverflowGift, PayoutMethod } from "#domain/gift";
import { publicId } from "#domain/ids";
import { type Cents, cents } from "#domain/money";

/** What a mail may speak of, as true as Postgres is at the moment of sending. */
export type MailFacts = Readonly<{
  board: BoardFacts;
  /** Oldest first; completed ones only. */
  contributions: readonly ContributionFacts[];
  payouts: readonly PayoutFacts[];
}>;

export type PayoutFacts = Readonly<{
  id: string;
  type: PayoutMethod;
  status: PayoutStatus;
  gross: Cents;
  net: Cents;
  /** The order, transaction or donation number; null until the payout is completed. */
  externalRef: string | null;
}>;

export type BoardFacts = Readonly<{
  status: BoardStatus;
  url: string;
  /** Of the page from which its host manages it. */
  manageUrl: string;
  childName: string;
  /** Who opened it; null when the host did on ChipIn's own pages. */
  partnerName: string | null;
  goal: Cents;
  /** What is paid out, or would be if the board closed now. */
  payable: Cents;
  deadline: Date;
  gift: Gift;
  overflowGift: OverflowGift | null;
}>;

export type ContributionFacts = Readonly<{
  /** As typed; null when the guest gave none or the owner hides it. */
  name: string | null;
  message: string | null;
  amount: Cents;
  fee: Cents;
}>;

/** `secondParent`: who has accepted to manage the board with its host. */
export type Addresses = Readonly<{
  host: string;
  secondParent: Readonly<{ hostId: string; email: string }> | null;
  payoutEmail: string;
}>;

export type Truth = Readonly<{ facts: MailFacts; addresses: Addresses }>;

/** One round trip. Null when the board is gone. */
export async function readTruth(
  database: Database,
  { boardId, contributionIds }: { boardId: string; contributionIds: readonly string[] },
  publicOrigin: string,
): Promise<Truth | null> {
  const view = dreamBoardsWithTotals;
  const others = alias(hosts, "other_hosts");
  const [boards, given, planned] = await database.batch([
    database
      .select({
        hostEmail: hosts.email,
        secondParent: { hostId: others.id, email: others.email },
        partnerId: view.partnerId,
        partnerName: partners.name,
        payoutEmail: view.payoutEmail,
        slug: view.slug,
        status: view.status,
        childName: view.childName,
        goalCents: view.goalCents,
        countedCents: boardPots.countedCents,
        returningCents: boardPots.returningCents,
        deadline: view.deadline,
        gift: view.giftData,
        overflowGift: view.overflowGiftData,
      })
      .from(view)
      .innerJoin(hosts, eq(hosts.id, view.hostId))
      .innerJoin(partners, eq(partners.id, view.partnerId))
      .leftJoin(boardPots, eq(boardPots.dreamBoardId, view.id))
      .leftJoin(boardManagers, eq(boardManagers.dreamBoardId, view.id))
      .leftJoin(others, eq(others.id, boardManagers.hostId))
      .where(eq(view.id, boardId)),
    database
      .select({
        name: contributions.contributorName,
        message: contributions.message,
        amountCents: contributions.amountCents,
        feeCents: contributions.feeCents,
        nameHidden: contributorVisibility.nameHidden,
        messageHidden: contributorVisibility.messageHidden,
      })
      .from(contributions)
      .leftJoin(contributorVisibility, eq(contributorVisibility.contributionId, contributions.id))
      .where(and(inArray(contributions.id, [...contributionIds]), eq(contributions.paymentStatus, "completed")))
      .orderBy(contributions.id),
    database
      .select({
        id: payouts.id,
        type: payouts.type,
        status: payouts.status,
        grossCents: payouts.grossCents,
        netCents: payouts.netCents,
        externalRef: payouts.externalRef,
      })
      .from(payouts)
      .where(eq(payouts.dreamBoardId, boardId))
      .orderBy(payouts.createdAt, payouts.type),
  ]);
  const [board] = boards;
  if (!board) return null;
  const {
    slug,
    status,
    childName,
    partnerId,
    partnerName,
    goalCents,
    countedCents,
    returningCents,
    deadline,
    gift,
    overflowGift,
  } = board;
  return {
    addresses: { host: board.hostEmail, secondParent: board.secondParent, payoutEmail: board.payoutEmail },
    facts: {
      board: {
        url: `${publicOrigin}/${slug}`,
        manageUrl: `${publicOrigin}/dashboard/${publicId("board", boardId)}`,
        status,
        childName,
        partnerName: partnerId === DEFAULT_PARTNER.id ? null : partnerName,
        deadline,
        gift,
        overflowGift,
        goal: cents(goalCents),
        // What is on its way back is not part of the pot any more.
        payable: potOf({ counted: cents(countedCents ?? 0), returning: cents(returningCents ?? 0) }).payable,
      },
      contributions: given.map(({ name, message, amountCents, feeCents, nameHidden, messageHidden }) => ({
        name: nameHidden ? null : name,
        message: messageHidden ? null : message,
        amount: cents(amountCents),
        fee: cents(feeCents),
      })),
      payouts: planned.map(({ grossCents, netCents, ...payout }) => ({
        ...payout,
        gross: cents(grossCents),
        net: cents(netCents),
      })),
    },
  };
}
