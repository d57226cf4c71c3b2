import { and, arrayContains, asc, eq, gt, isNull, lt, lte, notExists, or, type SQL, sql } from "drizzle-orm";
import { isOfLivePartner } from "#database/live-partners";
import { payoutExecutions, payoutHolds } from "#database/payout-tables";
import { apiKeys, payouts } from "#database/schema";
import type { PayoutMethod } from "#domain/gift";
import { type Cents, cents } from "#domain/money";
import type { Services } from "#platform/services";

const MINUTE_MS = 60_000;
/** While one run works on a payout no other does. Longer than a counterparty and a board usually take together. */
const LEASE_MS = 3 * MINUTE_MS;
const FIRST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

/** A payout of which somebody may do the next step: `pending` may be started, `processing` is looked up. */
export type ClaimedPayout = Readonly<{
  id: string;
  boardId: string;
  type: PayoutMethod;
  status: "pending" | "processing";
  attempt: number;
  amount: Cents;
  /** as stored, sealed */
  recipientData: unknown;
  executionId: string | null;
  startedAt: Date | null;
  /** those of this claim included */
  tries: number;
  /** when the try before this one ended; null before the first */
  triedAt: Date | null;
  leaseUntil: Date;
}>;

type Due = Readonly<{ type: PayoutMethod; status: ClaimedPayout["status"]; now: Date; limit: number }>;

/** The payouts of this type and status that are due as of `now`: the longest waiting first. */
export async function duePayouts(services: Services, { type, status, now, limit }: Due): Promise<string[]> {
  const rows = await services.database
    .select({ id: payoutExecutions.payoutId })
    .from(payoutExecutions)
    .innerJoin(payouts, eq(payouts.id, payoutExecutions.payoutId))
    .where(
      and(
        lte(payoutExecutions.nextTryAt, now),
        eq(payouts.type, type),
        isOfLivePartner(payouts.partnerId),
        isFree(services),
        status === "pending" ? mayBeStarted(services) : isUnderWay(),
      ),
    )
    .orderBy(asc(payoutExecutions.nextTryAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Free by the clock, because its lease is held by the clock. */
function isFree({ now }: Services): SQL | undefined {
  return or(isNull(payoutExecutions.leaseUntil), lt(payoutExecutions.leaseUntil, now()));
}

function isUnderWay(): SQL | undefined {
  return and(eq(payoutExecutions.status, "processing"), eq(payoutExecutions.method, "automation"));
}

/**
 * Nobody has begun it, nothing holds it, and the board's partner does not pay itself: a partner with an active key of the
 * scope `payouts:write` does. Of status, holds and amount the board knows best, and refuses the start.
 */
function mayBeStarted({ database }: Services): SQL | undefined {
  const openHold = database
    .select({ one: sql`1` })
    .from(payoutHolds)
    .where(and(eq(payoutHolds.dreamBoardId, payoutExecutions.dreamBoardId), isNull(payoutHolds.liftedAt)));
  const keyThatPays = database
    .select({ one: sql`1` })
    .from(apiKeys)
    .where(
      and(eq(apiKeys.partnerId, payouts.partnerId), apiKeys.isActive, arrayContains(apiKeys.scopes, ["payouts:write"])),
    );
  return and(
    eq(payoutExecutions.status, "pending"),
    gt(payouts.grossCents, 0),
    notExists(openHold),
    notExists(keyThatPays),
  );
}

/**
 * Takes one payout for a while; null when another worker holds it, or it is not for automation. `onlyDue`: null also when
 * it rests.
 */
export async function claimPayout(
  services: Services,
  { id, now, onlyDue }: { id: string; now: Date; onlyDue: boolean },
): Promise<ClaimedPayout | null> {
  const leaseUntil = new Date(services.now().getTime() + LEASE_MS);
  const [row] = await services.database
    .update(payoutExecutions)
    .set({ leaseUntil, tries: sql`${payoutExecutions.tries} + 1` })
    .from(payouts)
    .where(
      and(
        eq(payoutExecutions.payoutId, id),
        eq(payouts.id, payoutExecutions.payoutId),
        isOfLivePartner(payouts.partnerId),
        onlyDue ? lte(payoutExecutions.nextTryAt, now) : undefined,
        isFree(services),
        or(isUnderWay(), mayBeStarted(services)),
      ),
    )
    .returning({
      id: payoutExecutions.payoutId,
      boardId: payoutExecutions.dreamBoardId,
      type: payouts.type,
      status: payoutExecutions.status,
      attempt: payoutExecutions.attempt,
      netCents: payouts.netCents,
      recipientData: payouts.recipientData,
      executionId: payoutExecutions.executionId,
      startedAt: payoutExecutions.startedAt,
      tries: payoutExecutions.tries,
      nextTryAt: payoutExecutions.nextTryAt,
    });
  if (!row) return null;
  const { netCents, nextTryAt, status, ...payout } = row;
  const triedAt = row.tries > 1 ? new Date(nextTryAt.getTime() - pauseAfter(row.tries - 1)) : null;
  return {
    ...payout,
    status: status === "processing" ? status : "pending",
    amount: cents(netCents),
    triedAt,
    leaseUntil,
  };
}

/**
 * Gives back a payout that is still ours, to be looked at again later and later. `error`: a short code, or null when
 * nothing went wrong.
 */
export async function releasePayout(
  services: Services,
  { id, tries, leaseUntil }: Pick<ClaimedPayout, "id" | "tries" | "leaseUntil">,
  { now, error }: { now: Date; error: string | null },
): Promise<void> {
  // A run as of some later instant must not put it off until then.
  const from = Math.min(now.getTime(), services.now().getTime());
  await services.database
    .update(payoutExecutions)
    .set({ leaseUntil: null, tries, nextTryAt: new Date(from + pauseAfter(tries)), lastError: error })
    .where(and(eq(payoutExecutions.payoutId, id), eq(payoutExecutions.leaseUntil, leaseUntil)));
}

function pauseAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
}
