import { and, asc, desc, eq, gt, inArray, isNotNull, lte, or, type SQL, sql } from "drizzle-orm";
import { paymentRequests } from "#database/payment-tables";
import { contributions, dreamBoards } from "#database/schema";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { paymentToStart } from "#payments/payment-to-start";
import type { OpenPayment } from "#payments/provider";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A payment younger than this is asked about in every run; later ever less often. */
const EAGER_MS = 60 * MINUTE_MS;
/** Asked again once an eighth of its age has passed since the last time: every 8 minutes at first, once a day at last. */
const PATIENCE = 8;
/** So many a provider and run: each may cost a request. What is left over is first the next time. */
export const MAX_PER_RUN = 300;

const BEGUN = paymentRequests.attemptedAt;

/** An open payment with what the asker must know beyond what the provider needs. */
export type DuePayment = Readonly<{
  payment: OpenPayment;
  contributionId: string;
  /** When its latest attempt began, and whether we have already stopped waiting. */
  attemptedAt: Date;
  hasExpired: boolean;
}>;

/**
 * The payments of one provider whose end we do not know, or only assume, and that are due to be asked about as of `now`:
 * those asked longest ago first. With `boardId` what can hold that board's deadline up, whenever it was asked about: the
 * newest attempt first, for which money is likeliest to come.
 */
export async function dueOpenPayments(
  services: Services,
  provider: PaymentProviderName,
  { now, boardId }: { now: Date; boardId?: string },
): Promise<DuePayment[]> {
  const { database, settings } = services;
  const isBoards = boardId !== undefined;
  const rows = await database
    .select({
      contributionId: contributions.id,
      reference: contributions.paymentRef,
      amountCents: contributions.amountCents,
      openedAt: contributions.createdAt,
      slug: dreamBoards.slug,
      attempt: paymentRequests.attempt,
      attemptExpiresAt: paymentRequests.attemptExpiresAt,
      requestId: paymentRequests.requestId,
      expiredAt: paymentRequests.expiredAt,
      attemptedAt: paymentRequests.attemptedAt,
    })
    .from(paymentRequests)
    .innerJoin(contributions, eq(contributions.id, paymentRequests.contributionId))
    .innerJoin(dreamBoards, eq(dreamBoards.id, paymentRequests.dreamBoardId))
    .where(
      and(
        eq(paymentRequests.paymentProvider, provider),
        isBoards ? holdsUp(boardId, { now, settings }) : isDue({ now, settings }),
      ),
    )
    .orderBy(
      ...(isBoards
        ? [desc(BEGUN)]
        : [sql`${paymentRequests.lastLookedUpAt} ASC NULLS FIRST`, asc(contributions.createdAt)]),
    )
    .limit(MAX_PER_RUN);
  return rows.map((row) => ({
    payment: { ...paymentToStart(services, provider, row), requestId: row.requestId, openedAt: row.openedAt },
    contributionId: row.contributionId,
    attemptedAt: row.attemptedAt,
    hasExpired: row.expiredAt !== null,
  }));
}

/** `lookedUpLately`: every one of them less than a minute ago. */
export type OpenAtDeadline = { provider: PaymentProviderName; payments: number; lookedUpLately: boolean };

/** How many payments of each provider can hold this board's deadline up, as far as Postgres knows. */
export async function openAtDeadline(
  { database, settings }: Services,
  { boardId, now }: { boardId: string; now: Date },
): Promise<OpenAtDeadline[]> {
  const asked = paymentRequests.lastLookedUpAt;
  const at = sql`${now.toISOString()}::timestamptz`;
  return await database
    .select({
      provider: paymentRequests.paymentProvider,
      payments: sql<number>`count(*)::int`,
      lookedUpLately: sql<boolean>`bool_and(coalesce(${asked} > ${at} - interval '1 minute' AND ${asked} <= ${at}, false))`,
    })
    .from(paymentRequests)
    .where(holdsUp(boardId, { now, settings }))
    .groupBy(paymentRequests.paymentProvider);
}

/** No money is expected for an older payment. (payment-providers 0, product-facts 15) */
export function lookbackMs(settings: Pick<Settings, "RECONCILIATION_LONG_TAIL_HOURS">): number {
  return settings.RECONCILIATION_LONG_TAIL_HOURS * 60 * MINUTE_MS;
}

type AsOf = { now: Date; settings: Settings };

const beforeNow = (now: Date, ms: number): SQL => sql`${new Date(now.getTime() - ms).toISOString()}::timestamptz`;

/** A day more than the lookback, so that what expires on the last day is asked once more. */
const isRecent = ({ now, settings }: AsOf): SQL => gt(BEGUN, beforeNow(now, lookbackMs(settings) + DAY_MS));

const isOpen = (): SQL => inArray(paymentRequests.status, ["pending", "processing"]);

function holdsUp(boardId: string, asOf: AsOf): SQL | undefined {
  return and(eq(paymentRequests.dreamBoardId, boardId), isOpen(), isRecent(asOf));
}

function isDue({ now, settings }: AsOf): SQL | undefined {
  const at = sql`${now.toISOString()}::timestamptz`;
  const age = sql`(${at} - ${BEGUN})`;
  const asked = paymentRequests.lastLookedUpAt;
  const failedToday = gt(BEGUN, beforeNow(now, DAY_MS));
  return and(
    inArray(paymentRequests.status, ["pending", "processing", "failed"]),
    or(
      isOpen(),
      // We stopped waiting, or a try failed; but a code or an open page can still be paid, and that told of in vain.
      and(eq(paymentRequests.status, "failed"), or(isNotNull(paymentRequests.expiredAt), failedToday)),
    ),
    lte(BEGUN, beforeNow(now, settings.RECONCILIATION_MIN_AGE_MINUTES * MINUTE_MS)),
    isRecent({ now, settings }),
    or(
      sql`${asked} IS NULL`,
      sql`${age} < ${`${EAGER_MS / 1_000} seconds`}::interval`,
      sql`${at} - ${asked} >= ${age} / ${sql.raw(String(PATIENCE))}`,
      // A clock that was played with must not keep a payment from being asked about.
      sql`${asked} > ${at}`,
    ),
  );
}

/** Remembers when these were asked about, so that the others come first next time. */
export async function noteLookedUp(services: Services, asked: readonly DuePayment[], now: Date): Promise<void> {
  if (asked.length === 0) return;
  const ids = asked.map(({ contributionId }) => contributionId);
  await services.database
    .update(paymentRequests)
    .set({ lastLookedUpAt: now })
    .where(inArray(paymentRequests.contributionId, ids));
}
