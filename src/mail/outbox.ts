import { and, asc, desc, eq, gt, inArray, isNull, lt, lte, ne, or } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "#database/client";
import { mailMessages } from "#database/own-tables";

/** Longer than an attempt can take. A lease that has run out belongs to a caller that died. */
const LEASE_MS = 60_000;
/** Postgres stamps the row, and the Worker's clock may be a little behind. */
const CLOCK_SLACK_MS = 5_000;
const MAX_SIBLINGS = 1_000;

export type ClaimedMail = Readonly<typeof mailMessages.$inferSelect>;

const isFree = (now: Date) => or(isNull(mailMessages.leaseUntil), lt(mailMessages.leaseUntil, now));
const lease = (now: Date) => ({ leaseUntil: new Date(now.getTime() + LEASE_MS) });

/** Claims the mail for one attempt, in one statement, so of several concurrent callers one gets it. */
export async function claimMail(database: Database, id: string, now: Date): Promise<ClaimedMail | null> {
  const [claimed] = await database
    .update(mailMessages)
    .set(lease(now))
    .where(
      and(
        eq(mailMessages.id, id),
        eq(mailMessages.status, "pending"),
        lte(mailMessages.nextAttemptAt, new Date(now.getTime() + CLOCK_SLACK_MS)),
        isFree(now),
      ),
    )
    .returning();
  return claimed ?? null;
}

/** Unclaimed mails of the same kind about the same board, with as many attempts. */
function siblingsOf(mail: ClaimedMail, boardId: string, now: Date) {
  return and(
    eq(mailMessages.dreamBoardId, boardId),
    eq(mailMessages.kind, mail.kind),
    eq(mailMessages.status, "pending"),
    eq(mailMessages.attempts, mail.attempts),
    ne(mailMessages.id, mail.id),
    isFree(now),
  );
}

/** Claims the siblings of `mail`, so that one mail covers all of them. */
export async function claimSiblings(
  database: Database,
  mail: ClaimedMail,
  boardId: string,
  now: Date,
): Promise<ClaimedMail[]> {
  const siblings = database
    .select({ id: mailMessages.id })
    .from(mailMessages)
    .where(siblingsOf(mail, boardId, now))
    .orderBy(asc(mailMessages.createdAt))
    .limit(MAX_SIBLINGS)
    .for("update", { skipLocked: true });
  const claimable = database.$with("claimable").as(siblings);
  return await database
    .with(claimable)
    .update(mailMessages)
    .set(lease(now))
    .where(inArray(mailMessages.id, database.select({ id: claimable.id }).from(claimable)))
    .returning();
}

/** Defers `mail` and its siblings until `until`. It counts as no attempt. */
export async function deferWithSiblings(
  database: Database,
  mail: ClaimedMail,
  boardId: string,
  { now, until }: { now: Date; until: Date },
): Promise<void> {
  await database
    .update(mailMessages)
    .set({ nextAttemptAt: until, leaseUntil: null })
    .where(
      or(eq(mailMessages.id, mail.id), and(siblingsOf(mail, boardId, now), lt(mailMessages.nextAttemptAt, until))),
    );
}

/** When the last `count` mails of a kind about a board were sent after `after`, newest first. */
export async function lastSent(
  database: Database,
  { boardId, kind, after, count }: { boardId: string; kind: string; after: Date; count: number },
): Promise<Date[]> {
  const rows = await database
    .select({ sentAt: mailMessages.sentAt })
    .from(mailMessages)
    .where(
      and(
        eq(mailMessages.dreamBoardId, boardId),
        eq(mailMessages.kind, kind),
        eq(mailMessages.status, "sent"),
        gt(mailMessages.sentAt, after),
      ),
    )
    .orderBy(desc(mailMessages.sentAt))
    .limit(count);
  return rows.flatMap(({ sentAt }) => sentAt ?? []);
}

export type MailResult =
  | { status: "sent"; sentAt: Date; providerMessageId: string | null; lastError: null }
  | { status: "failed" | "skipped"; lastError: string }
  | { status: "pending"; nextAttemptAt: Date; lastError: string };

/**
 * Stores the result of one attempt for every mail it covered, in one transaction with `also`. Rows that another caller has
 * changed meanwhile stay as they are.
 */
export async function recordResult(
  database: Database,
  mails: readonly [ClaimedMail, ...ClaimedMail[]],
  result: MailResult,
  also: readonly BatchItem<"pg">[] = [],
): Promise<void> {
  const [{ attempts }] = mails;
  const ids = mails.map(({ id }) => id);
  const update = database
    .update(mailMessages)
    .set({ ...result, attempts: attempts + 1, leaseUntil: null })
    .where(and(inArray(mailMessages.id, ids), eq(mailMessages.status, "pending"), eq(mailMessages.attempts, attempts)));
  await database.batch([update, ...also]);
}
