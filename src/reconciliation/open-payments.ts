import { and, asc, eq, gt, inArray, isNotNull, lte, or, type SQL, sql } from "drizzle-orm";
import { paymentRequests } from "#database/own-tables";
import { contributions, dreamBoards } from "#database/schema";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { cents } from "#domain/money";
import type { OpenPayment } from "#payments/provider";
import type { Services } from "../services.ts";
import type { Settings } from "../settings.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A payment younger than this is asked about in every run; later ever less often. */
const EAGER_MS = 60 * MINUTE_MS;
/** Asked again once an eighth of its age has passed since the last time: every 8 minutes at first, once a day at last. */
const PATIENCE = 8;
/** So many a provider and run: each may cost a request. What is left over is first the next time. */
const MAX_PER_RUN = 300;

/** An open payment with what the asker must know beyond what the provider needs. */
export type AskedPayment = Readonly<{
  payment: OpenPayment;
  contributionId: string;
  /** When its latest attempt began, and whether we have already stopped waiting. */
  attemptedAt: Date;
  hasExpired: boolean;
}>;

/**
 * The payments of one provider whose end we do not know, or only assume, and that are due to be asked about as of `now`:
 * those asked longest ago first. With `boardId` all of that board's, whenever they were asked.
 */
export async function dueOpenPayments(
  services: Services,
  provider: PaymentProviderName,
  { now, boardId }: { now: Date; boardId?: string },
): Promise<AskedPayment[]> {
  const { database, settings } = services;
  const before = new Date(now.getTime() - settings.RECONCILIATION_MIN_AGE_MINUTES * MINUTE_MS);
  // A day more, so that what expires on the last day is asked once more.
  const since = new Date(now.getTime() - lookbackMs(settings) - DAY_MS);
  const begun = sql`coalesce(${paymentRequests.attemptedAt}, ${contributions.createdAt})`;
  const failedSince = sql`${new Date(now.getTime() - DAY_MS).toISOString()}::timestamptz`;
  const attemptedAt = sql<Date>`coalesce(${paymentRequests.attemptedAt}, ${contributions.createdAt})`.mapWith(
    contributions.createdAt,
  );
  const unended: SQL | undefined = or(
    inArray(contributions.paymentStatus, ["pending", "processing"]),
    // We stopped waiting, or a try failed; but a code or an open page can still be paid, and that told of in vain.
    and(eq(contributions.paymentStatus, "failed"), or(isNotNull(paymentRequests.expiredAt), gt(begun, failedSince))),
  );
  const rows = await database
    .select({
      contributionId: contributions.id,
      reference: contributions.paymentRef,
      amountCents: contributions.amountCents,
      openedAt: contributions.createdAt,
      slug: dreamBoards.slug,
      attempt: paymentRequests.attempt,
      offerExpiresAt: paymentRequests.offerExpiresAt,
      requestId: paymentRequests.requestId,
      expiredAt: paymentRequests.expiredAt,
      attemptedAt,
    })
    .from(contributions)
    .innerJoin(dreamBoards, eq(dreamBoards.id, contributions.dreamBoardId))
    .leftJoin(paymentRequests, eq(paymentRequests.contributionId, contributions.id))
    .where(
      and(
        eq(contributions.paymentProvider, provider),
        unended,
        boardId === undefined ? isDue(now, { since, before }) : eq(contributions.dreamBoardId, boardId),
      ),
    )
    .orderBy(sql`${paymentRequests.lastAskedAt} ASC NULLS FIRST`, asc(contributions.createdAt))
    .limit(MAX_PER_RUN);
  return rows.map((row) => ({
    payment: { ...offerOf(services, provider, row), requestId: row.requestId, openedAt: row.openedAt },
    contributionId: row.contributionId,
    attemptedAt: row.attemptedAt,
    hasExpired: row.expiredAt !== null,
  }));
}

/** Older than this nobody expects money any more. (payment-providers 0, product-facts 15) */
export function lookbackMs(settings: Pick<Settings, "RECONCILIATION_LONG_TAIL_HOURS">): number {
  return settings.RECONCILIATION_LONG_TAIL_HOURS * 60 * MINUTE_MS;
}

function isDue(now: Date, { since, before }: { since: Date; before: Date }): SQL | undefined {
  const at = sql`${now.toISOString()}::timestamptz`;
  const begun = sql`coalesce(${paymentRequests.attemptedAt}, ${contributions.createdAt})`;
  const age = sql`(${at} - ${begun})`;
  const asked = paymentRequests.lastAskedAt;
  return and(
    lte(begun, sql`${before.toISOString()}::timestamptz`),
    gt(begun, sql`${since.toISOString()}::timestamptz`),
    or(
      sql`${asked} IS NULL`,
      sql`${age} < ${`${EAGER_MS / 1_000} seconds`}::interval`,
      sql`${at} - ${asked} >= ${age} / ${sql.raw(String(PATIENCE))}`,
      // A clock that was played with must not keep a payment from being asked about.
      sql`${asked} > ${at}`,
    ),
  );
}

type Offer = Pick<OpenPayment, "reference" | "slug"> & {
  amountCents: number;
  attempt: number | null;
  offerExpiresAt: Date | null;
  openedAt: Date;
};

/** What the provider was told when the guest was sent there: asking again must be the same request. */
export function offerOf({ settings }: Pick<Services, "settings">, provider: PaymentProviderName, offer: Offer) {
  const { PUBLIC_ORIGIN, API_ORIGIN } = settings;
  const { reference, slug, amountCents, attempt, offerExpiresAt, openedAt } = offer;
  return {
    ...{ reference, slug, amount: cents(amountCents), attempt: attempt ?? 1 },
    offerExpiresAt: offerExpiresAt ?? openedAt,
    returnUrl: `${PUBLIC_ORIGIN}/${slug}/thanks?ref=${reference}`,
    cancelUrl: `${PUBLIC_ORIGIN}/${slug}?cancelled=true`,
    notifyUrl: `${API_ORIGIN ?? PUBLIC_ORIGIN}/api/webhooks/${provider}`,
  };
}

/** Remembers when these were asked about, so that the others come first next time. */
export async function noteAsked(services: Services, asked: readonly AskedPayment[], now: Date): Promise<void> {
  if (asked.length === 0) return;
  const ids = JSON.stringify(asked.map(({ contributionId }) => contributionId));
  await services.database.execute(sql`
    INSERT INTO payment_requests (contribution_id, dream_board_id, attempt, attempted_at, last_asked_at)
    SELECT c.id, c.dream_board_id, 1, c.created_at, ${now.toISOString()}::timestamptz
    FROM jsonb_array_elements_text(${ids}::jsonb) AS asked(id) JOIN contributions c ON c.id = asked.id::uuid
    ON CONFLICT (contribution_id) DO UPDATE SET last_asked_at = excluded.last_asked_at`);
}
