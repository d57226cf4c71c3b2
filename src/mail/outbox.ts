import { and, asc, desc, eq, gt, inArray, isNull, lt, lte, ne, or } from "drizzle-orm";
import type { Database } from "#database/client";
import { mailMessages } from "#database/own-tables";

/** Longer than an attempt can take; when it runs out, whoever held it is gone. */
const LEASE_MS = 60_000;
/** Postgres stamped the row; our own clock may be a little behind its. */
const CLOCK_SLACK_MS = 5_000;
const MAX_GATHERED = 1_000;

export type ClaimedMail = Readonly<typeof mailMessages.$inferSelect>;

const isFree = (now: Date) => or(isNull(mailMessages.leaseUntil), lt(mailMessages.leaseUntil, now));
const lease = (now: Date) => ({ leaseUntil: new Date(now.getTime() + LEASE_MS) });

/** Takes the mail for one attempt, in one statement: of any number of callers at once, one gets it. */
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

/** The same kind of mail about the same board, tried as often, that nobody works on. */
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

/** Takes what waits beside `mail` as well, so that one mail can tell all of it. */
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
    .limit(MAX_GATHERED)
    .for("update", { skipLocked: true });
  const gathered = database.$with("gathered").as(siblings);
  return await database
    .with(gathered)
    .update(mailMessages)
    .set(lease(now))
    .where(inArray(mailMessages.id, database.select({ id: gathered.id }).from(gathered)))
    .returning();
}

/** Lets `mail` and everything that waits beside it rest until `until`: it was not tried, and loses no attempt. */
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

/** When the last `count` mails of a kind about a board were sent, newest first; only those after `after`. */
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
  | { status: "failed"; lastError: string }
  | { status: "pending"; nextAttemptAt: Date; lastError: string };

/** What became of one attempt, for every mail it told. Rows somebody else has dealt with since stay as they are. */
export async function recordResult(
  database: Database,
  mails: readonly [ClaimedMail, ...ClaimedMail[]],
  result: MailResult,
): Promise<void> {
  const [{ attempts }] = mails;
  const ids = mails.map(({ id }) => id);
  await database
    .update(mailMessages)
    .set({ ...result, attempts: attempts + 1, leaseUntil: null })
    .where(and(inArray(mailMessages.id, ids), eq(mailMessages.status, "pending"), eq(mailMessages.attempts, attempts)));
}
