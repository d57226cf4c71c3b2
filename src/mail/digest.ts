import type { Database } from "#database/client";
import { type ClaimedMail, lastSent } from "./outbox.ts";

const HOUR_MS = 3_600_000;
const MAX_SINGLE_MAILS_PER_HOUR = 5;
/** Waiting longer than a mail waits for its queue message means it was put off, or its message was lost. */
const WAITED_MS = 60_000;

/**
 * Until when a new contribution mail is put off, because its board has sent enough of them within the hour; null when it
 * may go now. (product-facts X 14)
 */
export async function restUntil(
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

/** A mail that had to wait tells of all that wait with it. */
export function isDigest({ kind, createdAt, nextAttemptAt }: ClaimedMail): boolean {
  return kind === "contribution_received" && nextAttemptAt.getTime() - createdAt.getTime() > WAITED_MS;
}
