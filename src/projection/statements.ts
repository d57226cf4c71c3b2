import { type SQL, sql } from "drizzle-orm";
import type { BoardAbout } from "#domain/board/about";
import type { RecordedEvent } from "#domain/board/events";
import type { BoardState } from "#domain/board/state";
import { derivedId } from "#domain/ids";
import type { Announcements } from "./announcements.ts";
import {
  type ContributionRow,
  contributionOf,
  type FlagClearing,
  type FlagRow,
  type PaymentRequestRow,
  type ProviderPaymentRow,
  type RefundChangeRow,
  type RefundRow,
  type TableRows,
  termsOf,
} from "./rows.ts";

/*
 * Each statement takes its rows as one JSON parameter, so a flush of one event and a flush of four hundred are the same
 * few statements. They set absolute values and let an older stretch of the log never overwrite a newer one.
 */

const json = (value: unknown): SQL =>
  sql`${JSON.stringify(value, (_, field) => (typeof field === "string" ? storable(field) : field))}::jsonb`;

/** Postgres stores no NUL and no half of a surrogate pair. Text that has one must not hold up a board's whole log. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "");
}

const orNull = (text: string | null): string | null => text && storable(text);

export function insertBoard(state: BoardState, about: BoardAbout): SQL {
  const { boardId, partnerId, hostId, giftType, payoutMethod, goal } = termsOf(state);
  const { openedAt, deadline } = state;
  const overflow = about.overflowGift === null ? sql`NULL` : json(about.overflowGift);
  return sql`
    INSERT INTO dream_boards (id, partner_id, host_id, slug, child_name, child_photo_url, birthday_date, gift_type,
      gift_data, goal_cents, payout_method, overflow_gift_data, karri_card_number, message, deadline, status,
      payout_email, created_at, updated_at)
    VALUES (${boardId}, ${partnerId}, ${hostId}, ${about.slug}, ${storable(about.childName)}, ${storable(about.childPhotoUrl)},
      ${about.birthdayDate}, ${giftType}, ${json(about.gift)}, ${goal}, ${payoutMethod}, ${overflow},
      ${about.karriCardCiphertext}, ${orNull(about.message)}, ${deadline.toISOString()}, 'active',
      ${storable(about.payoutEmail)},
      ${openedAt}, ${openedAt})
    ON CONFLICT (id) DO NOTHING`;
}

export function updateBoardStatus(boardId: string, status: NonNullable<TableRows["status"]>): SQL {
  return sql`
    UPDATE dream_boards SET status = ${status.value}::dream_board_status, updated_at = ${status.at}::timestamptz
    WHERE id = ${boardId} AND updated_at <= ${status.at}::timestamptz`;
}

export function upsertContributions(state: BoardState, rows: readonly ContributionRow[]): SQL {
  const { boardId, partnerId } = termsOf(state);
  return sql`
    INSERT INTO contributions (id, partner_id, dream_board_id, contributor_name, message, amount_cents, fee_cents,
      payment_provider, payment_ref, payment_status, ip_address, user_agent, created_at, updated_at)
    SELECT id, ${partnerId}::uuid, ${boardId}::uuid, name, message, amount, fee, provider::payment_provider, reference,
      status::payment_status, "ipAddress"::inet, "userAgent", "openedAt", "updatedAt"
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, name text, message text, amount integer, fee integer,
      provider text, reference text, status text, "ipAddress" text, "userAgent" text, "openedAt" timestamptz,
      "updatedAt" timestamptz)
    ON CONFLICT (id) DO UPDATE SET payment_status = excluded.payment_status, updated_at = excluded.updated_at
      WHERE contributions.updated_at <= excluded.updated_at`;
}

export function updatePayments(rows: readonly { id: string; status: string; at: string }[]): SQL {
  return sql`
    UPDATE contributions AS c SET payment_status = r.status::payment_status, updated_at = r.at
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, status text, at timestamptz)
    WHERE c.id = r.id AND c.updated_at <= r.at`;
}

/**
 * Ends the transaction when Postgres holds another event at one of these places: a log that was restored to an earlier
 * point and went another way must be looked at, never passed over in silence.
 */
export function refuseFork(boardId: string, batch: readonly RecordedEvent[]): SQL {
  const links = batch.map(({ seq, hash }) => ({ seq, hash }));
  return sql`
    SELECT 1 / (CASE WHEN EXISTS (
      SELECT FROM board_events b JOIN jsonb_to_recordset(${json(links)}) AS r(seq integer, hash text) USING (seq)
      WHERE b.dream_board_id = ${boardId}::uuid AND b.hash <> r.hash
    ) THEN 0 ELSE 1 END) AS no_fork`;
}

export type PayoutRow = {
  id: string;
  type: string;
  gross: number;
  fee: number;
  net: number;
  at: string;
  recipient: unknown;
};
export type PayoutItemRow = { id: string; payoutId: string; type: string; amount: number; at: string };

export function insertPayouts(state: BoardState, rows: readonly PayoutRow[]): SQL {
  const { boardId, partnerId } = termsOf(state);
  return sql`
    INSERT INTO payouts (id, partner_id, dream_board_id, type, gross_cents, fee_cents, net_cents, recipient_data, created_at)
    SELECT id, ${partnerId}::uuid, ${boardId}::uuid, type::payout_type, gross, fee, net, recipient, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, type text, gross integer, fee integer, net integer,
      recipient jsonb, at timestamptz)
    ON CONFLICT (id) DO NOTHING`;
}

export function insertPayoutItems(state: BoardState, rows: readonly PayoutItemRow[]): SQL {
  return sql`
    INSERT INTO payout_items (id, payout_id, dream_board_id, type, amount_cents, created_at)
    SELECT id, "payoutId", ${termsOf(state).boardId}::uuid, type::payout_item_type, amount, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, "payoutId" uuid, type text, amount integer, at timestamptz)
    ON CONFLICT (id) DO NOTHING`;
}

export function insertRefunds(state: BoardState, rows: readonly RefundRow[]): SQL {
  const { boardId, partnerId } = termsOf(state);
  const identified = rows.map((row) => ({ ...row, id: derivedId(new Date(row.at), boardId, row.seq, "refund") }));
  return sql`
    INSERT INTO refunds (id, partner_id, dream_board_id, contribution_id, amount_cents, payment_provider,
      provider_payment_id, cause, created_at, updated_at, next_try_at)
    SELECT id, ${partnerId}::uuid, ${boardId}::uuid, "contributionId", amount, provider::payment_provider,
      "providerPaymentId", cause, at, at, at
    FROM jsonb_to_recordset(${json(identified)}) AS r(id uuid, "contributionId" uuid, amount integer, provider text,
      "providerPaymentId" text, cause text, at timestamptz)
    ON CONFLICT (id) DO NOTHING`;
}

/** A refund that is asked for again waits in line from then on. */
export function updateRefunds(rows: readonly RefundChangeRow[]): SQL {
  return sql`
    UPDATE refunds AS f SET status = r.status, attempt = r.attempt, provider_refund_id = r."providerRefundId",
      reason = left(r.reason, 200), updated_at = r.at,
      completed_at = CASE WHEN r.status = 'completed' THEN r.at END,
      next_try_at = CASE WHEN r.status = 'requested' AND f.updated_at < r.at THEN r.at ELSE f.next_try_at END,
      tries = CASE WHEN r.status = 'requested' AND f.updated_at < r.at THEN 0 ELSE f.tries END
    FROM jsonb_to_recordset(${json(rows)}) AS r("contributionId" uuid, "providerPaymentId" text, status text,
      attempt integer, "providerRefundId" text, reason text, at timestamptz)
    WHERE f.contribution_id = r."contributionId" AND f.provider_payment_id = r."providerPaymentId"
      AND f.updated_at <= r.at`;
}

/** As the board holds them now, which is never older than the stretch that is written. */
export function upsertPaymentRequests(state: BoardState, contributionIds: Iterable<string>): SQL {
  const rows = [...contributionIds].map((contributionId): PaymentRequestRow => {
    const { attempt, attemptedAt, offerExpiresAt, requestId, expiredAt } = contributionOf(state, contributionId);
    return { contributionId, attempt, attemptedAt, offerExpiresAt, requestId, expiredAt };
  });
  return sql`
    INSERT INTO payment_requests (contribution_id, dream_board_id, attempt, attempted_at, offer_expires_at, request_id,
      expired_at)
    SELECT "contributionId", ${termsOf(state).boardId}::uuid, attempt, "attemptedAt", "offerExpiresAt", "requestId",
      "expiredAt"
    FROM jsonb_to_recordset(${json(rows)}) AS r("contributionId" uuid, attempt integer, "attemptedAt" timestamptz,
      "offerExpiresAt" timestamptz, "requestId" text, "expiredAt" timestamptz)
    ON CONFLICT (contribution_id) DO UPDATE SET attempt = excluded.attempt, attempted_at = excluded.attempted_at,
      offer_expires_at = excluded.offer_expires_at, request_id = excluded.request_id, expired_at = excluded.expired_at`;
}

/** A provider's id that is known already, whatever it was about, must not hold up the log. */
export function insertProviderPayments(state: BoardState, rows: readonly ProviderPaymentRow[]): SQL {
  return sql`
    INSERT INTO provider_payments (payment_provider, provider_payment_id, dream_board_id, contribution_id, amount_cents,
      kind, recorded_at)
    SELECT provider::payment_provider, "providerPaymentId", ${termsOf(state).boardId}::uuid, "contributionId", amount,
      kind, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(provider text, "providerPaymentId" text, "contributionId" uuid,
      amount integer, kind text, at timestamptz)
    ON CONFLICT DO NOTHING`;
}

export function insertFlags(boardId: string, rows: readonly FlagRow[]): SQL {
  return sql`
    INSERT INTO board_flags (dream_board_id, seq, flag, contribution_id, provider_payment_id, received_cents, raised_at)
    SELECT ${boardId}::uuid, seq, flag, "contributionId", "providerPaymentId", received, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(seq integer, flag text, "contributionId" uuid, "providerPaymentId" text,
      received integer, at timestamptz)
    ON CONFLICT (dream_board_id, seq) DO NOTHING`;
}

export function clearFlags(boardId: string, rows: readonly FlagClearing[]): SQL {
  return sql`
    UPDATE board_flags AS f SET cleared_at = r.at
    FROM jsonb_to_recordset(${json(rows)}) AS r(flag text, "contributionId" uuid, "providerPaymentId" text,
      at timestamptz)
    WHERE f.dream_board_id = ${boardId} AND f.flag = r.flag
      AND f.contribution_id IS NOT DISTINCT FROM r."contributionId"
      AND f.provider_payment_id IS NOT DISTINCT FROM r."providerPaymentId"`;
}

/** As the board holds them now. Only what nobody has begun to pay out. */
export function reducePayouts(state: BoardState): SQL {
  const payouts = state.closing?.payouts ?? [];
  const rows = payouts.map(({ id, gross, fee, net }) => ({ id, gross, fee, net }));
  return sql`
    UPDATE payouts AS p SET gross_cents = r.gross, fee_cents = r.fee, net_cents = r.net
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, gross integer, fee integer, net integer)
    WHERE p.id = r.id AND p.status = 'pending'`;
}

export function reducePayoutItems(state: BoardState): SQL {
  const rows = (state.closing?.payouts ?? []).flatMap(({ items }) => items.map(({ id, amount }) => ({ id, amount })));
  return sql`
    UPDATE payout_items AS i SET amount_cents = r.amount
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, amount integer), payouts p
    WHERE i.id = r.id AND p.id = i.payout_id AND p.status = 'pending'`;
}

/**
 * Copies the log and writes whatever its events announce, in one statement: only events that were not yet in
 * `board_events` announce anything, so writing a stretch of the log again tells nobody anything twice. An endpoint hears
 * what happens after it was registered. Returns `{kind: "delivery" | "mail", id}` per row that now waits to be sent.
 */
export function recordAndAnnounce(
  boardId: string,
  partnerId: string,
  batch: readonly RecordedEvent[],
  { webhooks, mails, audits }: Announcements,
): SQL {
  const log = batch.map(({ seq, at, event, hash }) => ({ seq, at, type: event.type, data: event, hash }));
  return sql`
    WITH fresh AS (
      INSERT INTO board_events (dream_board_id, seq, type, data, at, hash)
      SELECT ${boardId}::uuid, seq, type, data, at, hash
      FROM jsonb_to_recordset(${json(log)}) AS r(seq integer, type text, data jsonb, at timestamptz, hash text)
      ON CONFLICT (dream_board_id, seq) DO NOTHING
      RETURNING seq
    ),
    audited AS (
      INSERT INTO audit_logs (id, actor_type, actor_id, action, target_type, target_id, metadata, created_at)
      SELECT id, "actorType"::audit_actor_type, "actorId", action, "targetType", "targetId", metadata, at
      FROM jsonb_to_recordset(${json(audits)}) AS r(seq integer, id uuid, "actorType" text, "actorId" uuid, action text,
        "targetType" text, "targetId" text, metadata jsonb, at timestamptz)
      JOIN fresh USING (seq)
      ON CONFLICT (id) DO NOTHING
    ),
    emitted AS (
      INSERT INTO webhook_events (id, api_key_id, event_type, payload, created_at)
      SELECT md5(concat_ws('/', ${boardId}::text, r.seq, r.type, r.subject, k.id))::uuid, k.id, r.type, r.data, r.at
      FROM jsonb_to_recordset(${json(webhooks)}) AS r(seq integer, subject text, type text, data jsonb, at timestamptz)
      JOIN fresh USING (seq)
      JOIN api_keys k ON k.partner_id = ${partnerId}::uuid AND k.is_active
      WHERE EXISTS (
        SELECT FROM webhook_endpoints w WHERE w.api_key_id = k.id AND w.is_active AND r.type = ANY (w.events)
      )
      ON CONFLICT (id) DO NOTHING
      RETURNING id, api_key_id, event_type
    ),
    to_deliver AS (
      INSERT INTO webhook_deliveries (id, webhook_event_id, webhook_endpoint_id)
      SELECT md5(concat_ws('/', e.id, w.id))::uuid, e.id, w.id
      FROM emitted e
      JOIN webhook_endpoints w ON w.api_key_id = e.api_key_id AND w.is_active AND e.event_type = ANY (w.events)
      ON CONFLICT (webhook_event_id, webhook_endpoint_id) DO NOTHING
      RETURNING id
    ),
    to_mail AS (
      INSERT INTO mail_messages (id, kind, dream_board_id, contribution_id, recipient, dedupe_key)
      SELECT id, kind, ${boardId}::uuid, "contributionId", recipient, "dedupeKey"
      FROM jsonb_to_recordset(${json(mails)}) AS r(seq integer, id uuid, kind text, "contributionId" uuid,
        recipient text, "dedupeKey" text)
      JOIN fresh USING (seq)
      ON CONFLICT (dedupe_key) DO NOTHING
      RETURNING id
    )
    SELECT 'delivery' AS kind, id FROM to_deliver UNION ALL SELECT 'mail', id FROM to_mail`;
}
