import { and, desc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import { paymentRequests } from "#database/payment-tables";
import { contributions, dreamBoards } from "#database/schema";
import { type PaymentProviderName, TEST_PAGE } from "#domain/board/lifecycle";
import type { Receipt } from "#domain/board/public-view";
import { paymentToStart } from "#payments/payment-to-start";
import type { OpenPayment, PaymentProvider } from "#payments/provider";
import { BoundedMap } from "#platform/bounded-map";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** So many a provider and run where each may cost a request. What is left over is first the next time. */
const MAX_PER_RUN = 300;
/** So many where one request answers about all of them: what fits into memory. */
const MAX_AT_ONCE = 10_000;

const BEGUN = paymentRequests.attemptedAt;

/** How many payments one run looks up at most. */
export function maxPerRun({ looksUpAtOnce }: Pick<PaymentProvider, "looksUpAtOnce">): number {
  return looksUpAtOnce ? MAX_AT_ONCE : MAX_PER_RUN;
}

/** An open payment with what the asker must know beyond what the provider needs. */
export type DuePayment = Readonly<{
  payment: OpenPayment;
  contributionId: string;
  /** When its latest attempt began, and whether we have already stopped waiting. */
  attemptedAt: Date;
  hasExpired: boolean;
}>;

/**
 * The payments of one provider whose end we do not know, or only assume, and that are due to be looked up as of `now`, in a
 * fair order (`inTurns`). With `boardId` what can hold that board's deadline up, whenever it was looked up: the newest
 * attempt first, for which money is likeliest to come.
 */
export async function dueOpenPayments(
  services: Services,
  provider: Pick<PaymentProvider, "name" | "looksUpAtOnce">,
  { now, boardId }: { now: Date; boardId?: string },
): Promise<DuePayment[]> {
  const { database, settings } = services;
  const { name } = provider;
  const asOf = { now, settings };
  const queue = boardId === undefined ? inTurns(name, asOf) : newestFirst(name, boardId, asOf);
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
    .from(sql`(${queue} LIMIT ${maxPerRun(provider)}) AS queue`)
    .innerJoin(paymentRequests, sql`${paymentRequests.contributionId} = queue.contribution_id`)
    .innerJoin(contributions, eq(contributions.id, paymentRequests.contributionId))
    .innerJoin(dreamBoards, eq(dreamBoards.id, paymentRequests.dreamBoardId))
    .orderBy(sql`queue.place`);
  return rows.map((row) => ({
    payment: { ...paymentToStart(services, name, row), requestId: row.requestId, openedAt: row.openedAt },
    contributionId: row.contributionId,
    attemptedAt: row.attemptedAt,
    hasExpired: row.expiredAt !== null,
  }));
}

/** `(contribution_id, place)`, of one board. */
function newestFirst(provider: PaymentProviderName, boardId: string, asOf: AsOf): SQL {
  return sql`
    SELECT contribution_id, row_number() OVER (ORDER BY ${desc(BEGUN)}) AS place FROM ${paymentRequests}
    WHERE ${and(eq(paymentRequests.paymentProvider, provider), holdsUp(boardId, asOf))}
    ORDER BY place`;
}

/**
 * `(contribution_id, place)` of what is due. Boards take turns, so no board's attempts wait behind another's. Within a board
 * three classes follow each other: guests who came back since the last look-up, what was never looked up, what was looked
 * up longest ago. Within a class networks take turns (an IPv6 /48 is one), so a guest does not wait behind whoever
 * has begun a thousand attempts.
 */
function inTurns(provider: PaymentProviderName, { now, settings }: AsOf): SQL {
  const at = instant(now);
  const oldEnough = beforeNow(now, settings.RECONCILIATION_MIN_AGE_MINUTES * MINUTE_MS);
  return sql`
    SELECT contribution_id, row_number() OVER (ORDER BY turn, class, asked NULLS FIRST, opened) AS place FROM (
      SELECT *, row_number() OVER (PARTITION BY board ORDER BY class, network_turn, asked NULLS FIRST, opened) AS turn
      FROM (
        SELECT *, row_number() OVER (PARTITION BY board, class, network ORDER BY asked NULLS FIRST, opened) AS network_turn
        FROM (
          SELECT p.contribution_id, p.dream_board_id AS board, p.last_looked_up_at AS asked, c.created_at AS opened,
            CASE WHEN p.returned_at > coalesce(p.last_looked_up_at, '-infinity') THEN 0
              WHEN p.last_looked_up_at IS NULL THEN 1 ELSE 2 END AS class,
            CASE family(c.ip_address) WHEN 6 THEN network(set_masklen(c.ip_address, 48)) ELSE c.ip_address END AS network
          FROM payment_requests AS p JOIN contributions AS c ON c.id = p.contribution_id
          WHERE p.payment_provider = ${provider} AND p.attempted_at <= ${oldEnough}
            AND p.status IN ('pending', 'processing', 'failed')
            -- No wait is longer than a day: a clock that was played with must not keep a payment from being looked up.
            AND (p.next_look_up_at <= ${at} OR p.next_look_up_at > ${at} + interval '2 days')
        ) AS due
      ) AS in_networks
    ) AS on_boards
    ORDER BY place`;
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

const instant = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;
const beforeNow = (now: Date, ms: number): SQL => instant(new Date(now.getTime() - ms));

function holdsUp(boardId: string, { now, settings }: AsOf): SQL | undefined {
  const isOpen = inArray(paymentRequests.status, ["pending", "processing"]);
  return and(eq(paymentRequests.dreamBoardId, boardId), isOpen, gt(BEGUN, beforeNow(now, horizonMs(settings))));
}

/** A day more than the lookback, so that what expires on the last day is looked up once more. */
function horizonMs(settings: Settings): number {
  return lookbackMs(settings) + DAY_MS;
}

/**
 * Remembers when these were looked up, and when they are due again: in the next run while they are in their first hour,
 * then each time a seventh of the age they had has passed. A failed try is looked up for a day: told of in vain, it can
 * still be paid; a code or an open page for the whole horizon.
 */
export async function noteLookedUp(services: Services, asked: readonly DuePayment[], now: Date): Promise<void> {
  if (asked.length === 0) return;
  const ids = asked.map(({ contributionId }) => contributionId);
  const { status, expiredAt, contributionId } = paymentRequests;
  const at = instant(now);
  const next = sql`${at} + CASE WHEN ${at} - ${BEGUN} < interval '1 hour' THEN interval '0' ELSE (${at} - ${BEGUN}) / 7 END`;
  const until = sql`${BEGUN} + CASE WHEN ${status} = 'failed' AND ${expiredAt} IS NULL THEN interval '1 day'
    ELSE make_interval(secs => ${horizonMs(services.settings) / 1_000}) END`;
  const isOver = sql`${status} IN ('completed', 'refunded') OR ${next} >= ${until}`;
  await services.database
    .update(paymentRequests)
    .set({ lastLookedUpAt: now, nextLookUpAt: sql`CASE WHEN ${isOver} THEN NULL ELSE ${next} END` })
    .where(inArray(contributionId, ids));
}

const RETURNS_KEPT = 5_000;
const returnedLately = new BoundedMap<string, number>(RETURNS_KEPT);

/** Whether this isolate has seen the guest of this payment come back. */
export function hasReturned(reference: string): boolean {
  return returnedLately.get(reference) !== undefined;
}

/**
 * The guest came back from paying, or says that it is paid: money is likelier there than elsewhere. Written once a minute
 * at most, so reloading a page costs nothing. Losing it only makes the wait longer.
 */
export async function noteReturn(
  services: Services,
  { reference, provider }: Pick<Receipt, "reference" | "provider">,
): Promise<void> {
  // Nothing looks for a test payment.
  if (provider === TEST_PAGE) return;
  const now = services.now();
  if (now.getTime() - (returnedLately.get(reference) ?? 0) < MINUTE_MS) return;
  returnedLately.set(reference, now.getTime());
  const isOpen = inArray(paymentRequests.status, ["pending", "processing", "failed"]);
  try {
    await services.database
      .update(paymentRequests)
      .set({ returnedAt: now })
      .from(contributions)
      .where(
        and(
          // A reference is one board's and so one provider's, but the index begins with the provider.
          eq(contributions.paymentProvider, provider),
          eq(contributions.paymentRef, reference),
          eq(paymentRequests.contributionId, contributions.id),
          isOpen,
        ),
      );
  } catch (error) {
    services.log({ event: "return_not_noted", request_id: services.requestId, error: messageOf(error) });
  }
}
