import type { Database } from "#database/client";
import { type ClaimedMail, lastSent } from "./outbox.ts";

const HOUR_MS = 3_600_000;
const MAX_SINGLE_MAILS_PER_HOUR = 5;
/** A mail that waits longer than this was deferred, or its queue message was lost. */
const DEFERRED_AFTER_MS = 60_000;

/**
 * Until when a contribution mail is deferred, because its board has sent the most that one hour allows. Null when it may
 * be sent now. (product-facts X 14)
 */
export async function deferUntil(
  database: Database,
  { kind, attempts }: ClaimedMail,
  boardId: string,
  now: Date,
): Promise<Date | null> {
  if (kind !== "contribution_received" || attempts > 0) return null;
  const after = new Date(now.getTime() - HOUR_MS);
  const sent = await lastSent(database, { boardId, kind, after, count: MAX_SINGLE_MAILS_PER_HOUR });
  const oldest = sent[MAX_SINGLE_MAILS_PER_HOUR - 1];
  return oldest ? new Date(oldest.getTime() + HOUR_MS) : null;
}

/** Whether the mail was deferred, so it covers all mails of its board that wait with it. */
export function isDigest({ kind, createdAt, nextAttemptAt }: ClaimedMail): boolean {
  return kind === "contribution_received" && nextAttemptAt.getTime() - createdAt.getTime() > DEFERRED_AFTER_MS;
}
