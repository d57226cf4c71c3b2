import { and, asc, desc, eq, gt, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "#database/client";
import { mailMessages } from "#database/own-tables";
import { uuids } from "#database/uuid-array";
import { derivedId } from "#domain/ids";
import { requeueAt } from "#platform/queues";
import { secondParentSuffix } from "./recipients.ts";

/** Longer than a batch can take. A lease that has run out belongs to a caller that died. */
const LEASE_MS = 180_000;
/** Postgres stamps the row, and the Worker's clock may be a little behind. */
const CLOCK_SLACK_MS = 5_000;
const MAX_SIBLINGS = 1_000;

export type ClaimedMail = Readonly<typeof mailMessages.$inferSelect>;

const isFree = (now: Date) => or(isNull(mailMessages.leaseUntil), lt(mailMessages.leaseUntil, now));
const lease = (now: Date) => ({ leaseUntil: new Date(now.getTime() + LEASE_MS) });

/**
 * Claims those of the mails that are due, in one statement, so of several concurrent callers one gets each. Mails that were part of one
 * call are claimed together or not at all, also when only one of them is asked for: they may only be sent again as that call.
 */
export async function claimMails(database: Database, ids: readonly string[], now: Date): Promise<ClaimedMail[]> {
  const due = new Date(now.getTime() + CLOCK_SLACK_MS).toISOString();
  const calls = sql`SELECT DISTINCT call_id FROM mail_messages
    WHERE id = ANY (${uuids(ids)}) AND status = 'pending' AND call_id IS NOT NULL`;
  const claimable = database.$with("claimable", { id: sql<string>`id`.as("id") }).as(sql`
    WITH locked AS MATERIALIZED (
      SELECT id, call_id FROM mail_messages
      WHERE (id = ANY (${uuids(ids)}) OR call_id = ANY (ARRAY (${calls}))) AND status = 'pending'
        AND next_attempt_at <= ${due} AND (lease_until IS NULL OR lease_until < ${now.toISOString()})
      ORDER BY id FOR UPDATE SKIP LOCKED
    )
    SELECT id FROM locked AS l WHERE call_id IS NULL OR (SELECT count(*) FROM locked AS o WHERE o.call_id = l.call_id)
      = (SELECT count(*) FROM mail_messages AS m WHERE m.call_id = l.call_id AND m.status = 'pending')`);
  return await database
    .with(claimable)
    .update(mailMessages)
    .set(lease(now))
    .where(inArray(mailMessages.id, database.select({ id: claimable.id }).from(claimable)))
    .returning();
}

/** Requests the host's mail for the second parent too: one row for each of them, whatever is repeated. The sweeper enqueues it. */
export async function requestForSecondParent(database: Database, mail: ClaimedMail, hostId: string): Promise<void> {
  const { kind, dreamBoardId, day, createdAt } = mail;
  const dedupeKey = `${mail.dedupeKey}${secondParentSuffix(hostId)}`;
  const about = { id: derivedId(createdAt, dedupeKey), kind, dreamBoardId, day, dedupeKey };
  await database
    .insert(mailMessages)
    .values({ ...about, recipient: "second_parent", requeueAt: sql`now()` })
    .onConflictDoNothing();
}

/** Unclaimed mails of the same kind about the same board, with as many attempts, that are part of no call. */
function siblingsOf({ kind, attempts }: ClaimedMail, boardId: string, now: Date) {
  return and(
    eq(mailMessages.dreamBoardId, boardId),
    eq(mailMessages.kind, kind),
    eq(mailMessages.status, "pending"),
    eq(mailMessages.attempts, attempts),
    isNull(mailMessages.callId),
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

/** Defers `mails`, which are claimed, and up to a thousand siblings of theirs until `until`. It counts as no attempt. */
export async function deferWithSiblings(
  database: Database,
  mails: readonly [ClaimedMail, ...ClaimedMail[]],
  boardId: string,
  { now, until }: { now: Date; until: Date },
): Promise<void> {
  const siblings = database
    .select({ id: mailMessages.id })
    .from(mailMessages)
    .where(and(siblingsOf(mails[0], boardId, now), lt(mailMessages.nextAttemptAt, until)))
    .orderBy(asc(mailMessages.createdAt))
    .limit(MAX_SIBLINGS)
    .for("update", { skipLocked: true });
  const deferrable = database.$with("deferrable").as(siblings);
  const ids = mails.map(({ id }) => id);
  await database
    .with(deferrable)
    .update(mailMessages)
    .set({ nextAttemptAt: until, requeueAt: requeueAt(until, now), leaseUntil: null })
    .where(
      or(
        sql`${mailMessages.id} = ANY (${uuids(ids)})`,
        inArray(mailMessages.id, database.select({ id: deferrable.id }).from(deferrable)),
      ),
    );
}

/** Says that these mails are about to be sent by one call. */
export async function joinCall(database: Database, mails: readonly ClaimedMail[], callId: string): Promise<void> {
  if (mails.length === 0) return;
  await database
    .update(mailMessages)
    .set({ callId })
    .where(sql`${mailMessages.id} = ANY (${uuids(mails.map(({ id }) => id))}) AND ${mailMessages.status} = 'pending'`);
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
  /** `counts`: whether it was an attempt. `callId`: the call that may have been accepted, and is repeated as it was. */
  | { status: "pending"; nextAttemptAt: Date; lastError: string; counts: boolean; callId: string | null };

/** The result of one attempt, for every mail it covered. */
export type RecordedMails = Readonly<{ mails: readonly ClaimedMail[]; result: MailResult }>;

/**
 * Stores results in one transaction with `also`. Rows that another caller has changed meanwhile stay as they are.
 */
export async function recordResults(
  database: Database,
  results: readonly RecordedMails[],
  { now, also = [] }: { now: Date; also?: readonly BatchItem<"pg">[] },
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.flatMap(({ mails, result }) =>
    mails.map(({ id, attempts, callId }) => {
      const isRetry = result.status === "pending";
      return {
        id,
        before: attempts,
        attempts: isRetry && !result.counts ? attempts : attempts + 1,
        status: result.status,
        at: isRetry ? result.nextAttemptAt : null,
        requeueAt: isRetry ? requeueAt(result.nextAttemptAt, now) : null,
        sentAt: result.status === "sent" ? result.sentAt : null,
        providerId: result.status === "sent" ? result.providerMessageId : null,
        error: result.lastError?.replaceAll("\0", "") ?? null,
        callId: isRetry ? result.callId : callId,
      };
    }),
  );
  const update = database.execute(sql`
    UPDATE mail_messages AS m SET status = r.status, attempts = r.attempts, lease_until = NULL, last_error = r.error,
      next_attempt_at = coalesce(r.at, m.next_attempt_at), requeue_at = coalesce(r."requeueAt", m.requeue_at),
      sent_at = r."sentAt", provider_message_id = r."providerId", call_id = r."callId"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id uuid, before integer, attempts integer, status text,
      at timestamptz, "requeueAt" timestamptz, "sentAt" timestamptz, "providerId" text, error text, "callId" uuid)
    WHERE m.id = r.id AND m.status = 'pending' AND m.attempts = r.before`);
  await database.batch([update, ...also]);
}
