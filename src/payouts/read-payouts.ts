import { and, asc, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import { after, createdWithin, type Position, positionOf, type Window } from "#database/keyset";
import { isOfLivePartner } from "#database/live-partners";
import { payoutExecutions, payoutHolds } from "#database/payout-tables";
import { payouts } from "#database/schema";
import type { PayoutStatus } from "#domain/board/lifecycle";
import type { PayoutMethod } from "#domain/gift";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { isSealed, openJson } from "#privacy/sealed";
import type { PresentablePayout } from "#wire/payout";
import { noSuchPayout } from "./payout-refusal.ts";

/** A payout as Postgres knows it, its recipient opened. `held`: something holds the payouts of its board. */
export type KnownPayout = PresentablePayout & Readonly<{ held: boolean; attempt: number; startedAt: string | null }>;

const isHeld = sql<boolean>`EXISTS (SELECT FROM ${payoutHolds}
  WHERE ${and(eq(payoutHolds.dreamBoardId, payouts.dreamBoardId), isNull(payoutHolds.liftedAt))})`;

const COLUMNS = {
  id: payouts.id,
  dreamBoardId: payouts.dreamBoardId,
  type: payouts.type,
  grossCents: payouts.grossCents,
  feeCents: payouts.feeCents,
  netCents: payouts.netCents,
  status: payouts.status,
  recipientData: payouts.recipientData,
  externalRef: payouts.externalRef,
  errorCode: payoutExecutions.errorCode,
  errorMessage: payouts.errorMessage,
  attempt: payoutExecutions.attempt,
  startedAt: payoutExecutions.startedAt,
  createdAt: payouts.createdAt,
  completedAt: payouts.completedAt,
  held: isHeld,
  position: positionOf(payouts.createdAt),
};

/** Null when there is no such payout, or it is another partner's. */
export async function findPayout(services: Services, id: string, partnerId?: string): Promise<KnownPayout | null> {
  const isPartners = partnerId === undefined ? undefined : eq(payouts.partnerId, partnerId);
  const [row] = await select(services).where(and(eq(payouts.id, id), isPartners));
  return row ? await opened(services, row) : null;
}

/** @throws ChipInError `not_found` as `findPayout` gives null. */
export async function getPayout(services: Services, id: string, partnerId?: string): Promise<KnownPayout> {
  const payout = await findPayout(services, id, partnerId);
  if (!payout) throw noSuchPayout();
  return payout;
}

export type PayoutsPage = Readonly<{
  partnerId: string;
  status?: PayoutStatus | undefined;
  type?: PayoutMethod | undefined;
  created?: Window;
  after?: Position | undefined;
  limit: number;
}>;

/** At most `limit` of the partner's payouts, newest first; `position` is where each stands. */
export function listPayouts(services: Services, page: PayoutsPage): Promise<(KnownPayout & { position: string })[]> {
  return readPage(services, page);
}

/** As `listPayouts`, of those that may be paid now. */
export function listPendingPayouts(services: Services, page: Omit<PayoutsPage, "status" | "created">) {
  return readPage(services, { ...page, status: "pending" }, and(gt(payouts.grossCents, 0), sql`NOT ${isHeld}`));
}

async function readPage(services: Services, page: PayoutsPage, further?: SQL) {
  const rows = await select(services)
    .where(
      and(
        eq(payouts.partnerId, page.partnerId),
        page.status && eq(payouts.status, page.status),
        page.type && eq(payouts.type, page.type),
        createdWithin(payouts.createdAt, page.created ?? {}),
        further,
        page.after && after(payouts, page.after),
      ),
    )
    .orderBy(desc(payouts.createdAt), desc(payouts.id))
    .limit(page.limit);
  return await Promise.all(rows.map(async (row) => ({ ...(await opened(services, row)), position: row.position })));
}

/** What waits for operators: a pending payout whose board is held is `held`. */
export const PAYOUT_QUEUES = ["pending", "held", "processing", "failed"] as const;
export type PayoutQueue = (typeof PAYOUT_QUEUES)[number];

/** At most `limit` payouts of one queue that have something to pay, longest waiting first, after the payout `after`. */
export async function listPayoutQueue(
  services: Services,
  { queue, after: afterId, limit }: Readonly<{ queue: PayoutQueue; after?: string | undefined; limit: number }>,
): Promise<KnownPayout[]> {
  const status: PayoutStatus = queue === "held" ? "pending" : queue;
  const holds: Partial<Record<PayoutQueue, SQL>> = { held: isHeld, pending: sql`NOT ${isHeld}` };
  const rows = await select(services)
    .where(
      and(
        eq(payouts.status, status),
        gt(payouts.grossCents, 0),
        isOfLivePartner(payouts.partnerId),
        holds[queue],
        afterId ? gt(payouts.id, afterId) : undefined,
      ),
    )
    // Ids begin with the instant of their creation.
    .orderBy(asc(payouts.id))
    .limit(limit);
  return await Promise.all(rows.map((row) => opened(services, row)));
}

function select({ database }: Services) {
  return database.select(COLUMNS).from(payouts).leftJoin(payoutExecutions, eq(payoutExecutions.payoutId, payouts.id));
}

type Row = Awaited<ReturnType<typeof select>>[number];

async function opened({ settings }: Services, row: Row): Promise<KnownPayout> {
  const { recipientData, createdAt, completedAt, startedAt, attempt, position: _, ...payout } = row;
  const recipient = isSealed(recipientData) ? await openJson(keyringOf(settings), recipientData) : null;
  return {
    ...payout,
    recipient,
    attempt: attempt ?? 1,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    completedAt: completedAt?.toISOString() ?? null,
    // The projection stored the recipient of this type.
  } as KnownPayout;
}
