import type { Database } from "#database/client";
import { type ClaimedMail, lastSent } from "./outbox.ts";

const HOUR_MS = 3_600_000;
const MAX_SINGLE_MAILS_PER_HOUR = 5;
/** A mail that waits longer than this was deferred, or its queue message was lost. */
const DEFERRED_AFTER_MS = 60_000;

/**
 * Until when contribution mails of a board are deferred, because the board has sent the most that one hour allows. Null when one
 * more may be sent now. `sentAt`: when the board's latest ones were sent, newest first, those that are about to be sent with
 * them. (product-facts X 14)
 */
export function deferUntil(sentAt: readonly Date[]): Date | null {
  const oldest = sentAt[MAX_SINGLE_MAILS_PER_HOUR - 1];
  return oldest ? new Date(oldest.getTime() + HOUR_MS) : null;
}

/** When the contribution mails of the last hour were sent, newest first; as many as count. */
export async function sentWithinTheHour(database: Database, boardId: string, now: Date): Promise<Date[]> {
  const after = new Date(now.getTime() - HOUR_MS);
  return await lastSent(database, { boardId, kind: "contribution_received", after, count: MAX_SINGLE_MAILS_PER_HOUR });
}

/** Whether the mail was deferred, so it covers all mails of its board that wait with it. */
export function isDigest({ kind, createdAt, nextAttemptAt }: ClaimedMail): boolean {
  return kind === "contribution_received" && nextAttemptAt.getTime() - createdAt.getTime() > DEFERRED_AFTER_MS;
}
