import { type SQL, sql } from "drizzle-orm";
import { addDays } from "#domain/time";

/** What is erased for its age alone. (product-facts 18.1) */

/** How long an IP address and a user agent are kept, against fraud. */
export const ORIGIN_DAYS = 30;
const WEBHOOK_BODY_DAYS = 90;
const IDEMPOTENCY_KEY_DAYS = 1;
const RECORD_DAYS = 90;
/** An invitation can be accepted for seven days, a new address can be confirmed for an hour. */
const INVITATION_DAYS = 30;
const EMAIL_CHANGE_DAYS = 1;
/** Seven years and a day: the audit log refuses to lose a younger row, by the calendar. */
const FINANCIAL_DAYS = 7 * 365 + 3;

/** The rows of one table that are due: `since` lies more than `days` before the instant, and they still hold something. */
export type Purge = Readonly<{
  table: string;
  since: string;
  days: number;
  /** Equal to the predicate of the index on `since`, so that a run does not walk over what earlier runs have erased. */
  holding?: SQL;
  /** The column of a lease: a row is left alone until it has run out. */
  lease?: string;
  /** The columns that are overwritten; without it the row is deleted. */
  erased?: SQL;
}>;

export const PURGES = {
  "purge-webhook-bodies": [
    // Their deliveries and attempts go with them; the records in `webhook_events` stay.
    { table: "partner_events", since: "created_at", days: WEBHOOK_BODY_DAYS },
    {
      table: "webhook_events",
      since: "created_at",
      days: WEBHOOK_BODY_DAYS,
      holding: sql`(payload <> '{"erased": true}'::jsonb OR last_response_body IS NOT NULL)`,
      erased: sql`payload = '{"erased": true}'::jsonb, last_response_body = NULL`,
    },
    {
      table: "webhook_attempts",
      since: "attempted_at",
      days: WEBHOOK_BODY_DAYS,
      holding: sql`(response_body IS NOT NULL OR error IS NOT NULL)`,
      erased: sql`response_body = NULL, error = NULL`,
    },
  ],
  "purge-idempotency-keys": [
    { table: "idempotency_keys", since: "created_at", days: IDEMPOTENCY_KEY_DAYS, lease: "lease_until" },
  ],
  "purge-old-records": [
    { table: "job_runs", since: "started_at", days: RECORD_DAYS },
    // Null until it is resolved.
    { table: "projection_failures", since: "resolved_at", days: RECORD_DAYS },
    { table: "dead_letters", since: "resolved_at", days: RECORD_DAYS },
    {
      table: "settlement_differences",
      since: "resolved_at",
      days: RECORD_DAYS,
      holding: sql`note IS NOT NULL`,
      erased: sql`note = NULL`,
    },
    { table: "board_managers", since: "invited_at", days: INVITATION_DAYS, holding: sql`accepted_at IS NULL` },
    { table: "email_changes", since: "asked_at", days: EMAIL_CHANGE_DAYS },
    { table: "board_reports", since: "reported_at", days: RECORD_DAYS },
    { table: "erasures", since: "at", days: RECORD_DAYS, holding: sql`note IS NOT NULL`, erased: sql`note = NULL` },
  ],
  "purge-financial-records": [
    {
      table: "payouts",
      since: "created_at",
      days: FINANCIAL_DAYS,
      holding: sql`recipient_data <> '{"erased": true}'::jsonb`,
      erased: sql`recipient_data = '{"erased": true}'::jsonb, error_message = NULL`,
    },
    {
      table: "payout_items",
      since: "created_at",
      days: FINANCIAL_DAYS,
      holding: sql`metadata IS NOT NULL`,
      erased: sql`metadata = NULL`,
    },
  ],
  // The table judges by Postgres's clock and refuses a run as of some later instant.
  "purge-audit-log": [
    {
      table: "audit_logs",
      since: "created_at",
      days: FINANCIAL_DAYS,
      holding: sql`created_at < now() - interval '7 years'`,
    },
  ],
} as const satisfies Record<string, readonly Purge[]>;

export type PurgeName = keyof typeof PURGES;

/** Whether the body of a webhook event has been erased: it must not be sent any more. */
export function isErasedPayload(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && "erased" in payload && payload.erased === true;
}

/**
 * Erases at most `limit` rows that are due at `now`, the oldest first. Rows that another run has locked are left to it.
 * `ctid` is safe here: a row that moves in between is found by the next statement.
 */
export function purging(
  { table, since, days, holding = sql`true`, lease, erased }: Purge,
  now: Date,
  limit: number,
): SQL {
  const name = sql.identifier(table);
  const isOld = sql`${sql.identifier(since)} < ${addDays(now, -days).toISOString()}::timestamptz`;
  const isFree = lease ? sql`${sql.identifier(lease)} <= ${now.toISOString()}::timestamptz` : sql`true`;
  return sql`
    ${erased ? sql`UPDATE ${name} SET ${erased}` : sql`DELETE FROM ${name}`}
    WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ${name} WHERE ${isOld} AND ${holding} AND ${isFree}
      ORDER BY ${sql.identifier(since)} LIMIT ${limit} FOR UPDATE SKIP LOCKED))`;
}
