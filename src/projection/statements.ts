import { type SQL, sql } from "drizzle-orm";
import { holdPositions } from "#database/event-positions";
import { rowId } from "#database/row-id";
import { uuids } from "#database/uuid-array";
import { API_VERSION } from "#domain/api-version";
import { ANONYMOUS } from "#domain/board/anonymise";
import type { BoardTotals, EventData, StoredEvent } from "#domain/board/events";
import type { ExecutionMethod, PayoutStatus } from "#domain/board/lifecycle";
import type { BoardProfile } from "#domain/board/profile";
import type { BoardTerms } from "#domain/board/state";
import { derivedId } from "#domain/ids";
import type { Announcements } from "./announcements.ts";
import type {
  BoardDetails,
  ContributionRow,
  FlagClearing,
  FlagRow,
  HoldRow,
  LossRow,
  PaymentRequestPatch,
  ProviderPaymentRow,
  RefundRow,
  TableRows,
  VisibilityRow,
} from "./rows.ts";

/*
 * Each statement takes its rows as one JSON parameter, so a flush of one event and a flush of four hundred are the same
 * few statements. They set absolute values and never let an older stretch of the log overwrite a newer one: our own tables
 * compare `seq`, the specified ones `updated_at`.
 */

const json = (value: unknown): SQL => sql`${storableJson(value)}::jsonb`;

/** How JSON writes a NUL and half of a surrogate pair. Text may also say so in so many words, so it is only a hint. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** Almost no text has one, and looking at each field takes as long as all the rest of a flush. */
function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSTORABLE.test(text)) return text;
  return JSON.stringify(value, (_, field) => (typeof field === "string" ? storable(field) : field));
}

/** Postgres stores no NUL and no half of a surrogate pair. Text that has one must not hold up a board's whole log. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "");
}

/**
 * Beside the join of a table with a recordset: Postgres takes every recordset for a hundred rows, and would rather read a table
 * of ten thousand from end to end than look so many up. It knows how long an array is.
 */
const oneOf = (ids: readonly string[]): SQL => sql`= ANY (${uuids(ids)})`;

const orNull = (text: string | null): string | null => text && storable(text);

export function insertBoard(
  { hostId, ...opened }: EventData<"board_opened">,
  { boardId, partnerId, openedAt }: BoardTerms,
  profile: BoardProfile,
): SQL {
  const { giftType, payoutMethod, goal, deadline } = opened;
  const overflow = profile.overflowGift === null ? sql`NULL` : json(profile.overflowGift);
  return sql`
    INSERT INTO dream_boards (id, partner_id, host_id, slug, child_name, child_photo_url, birthday_date, gift_type,
      gift_data, goal_cents, payout_method, overflow_gift_data, karri_card_number, message, deadline, status,
      payout_email, created_at, updated_at)
    VALUES (${boardId}, ${partnerId}, ${hostId}, ${profile.slug}, ${storable(profile.childName)},
      ${storable(profile.childPhotoUrl)}, ${profile.birthdayDate}, ${giftType}, ${json(profile.gift)}, ${goal},
      ${payoutMethod}, ${overflow}, ${profile.karriCardCiphertext}, ${orNull(profile.message)}, ${deadline}, 'active',
      ${storable(profile.payoutEmail)}, ${openedAt}, ${openedAt})
    ON CONFLICT (id) DO NOTHING`;
}

/** After `insertBoard`. */
export function insertKarriCard(boardId: string, profile: BoardProfile): SQL {
  const { karriCardholderCiphertext, karriVerifiedAt } = profile;
  return sql`
    INSERT INTO karri_cards (dream_board_id, cardholder_name, verified_at)
    VALUES (${boardId}, ${karriCardholderCiphertext}, ${karriVerifiedAt ?? null}::timestamptz)
    ON CONFLICT (dream_board_id) DO NOTHING`;
}

export function updateBoardStatus(boardId: string, status: NonNullable<TableRows["status"]>): SQL {
  return sql`
    UPDATE dream_boards SET status = ${status.value}::dream_board_status, updated_at = ${status.at}::timestamptz
    WHERE id = ${boardId} AND updated_at <= ${status.at}::timestamptz`;
}

/**
 * The specified values (data-models "Anonymization Process"), and what else says who a board was about. `updated_at` stays.
 * The record of the erasure is of the same transaction, and is written once.
 */
export function anonymiseRows(boardId: string, profile: BoardProfile, { seq, at }: { seq: number; at: string }): SQL[] {
  const { slug, childName, childPhotoUrl, gift, overflowGift, karriCardCiphertext, message, payoutEmail } = profile;
  const overflow = overflowGift === null ? sql`NULL` : json(overflowGift);
  return [
    sql`
      UPDATE dream_boards SET slug = ${slug}, child_name = ${childName}, child_photo_url = ${childPhotoUrl},
        gift_data = ${json(gift)}, overflow_gift_data = ${overflow}, karri_card_number = ${karriCardCiphertext},
        message = ${message}, payout_email = ${payoutEmail}
      WHERE id = ${boardId}`,
    sql`
      WITH named AS (
        UPDATE contributions SET contributor_name = ${ANONYMOUS.name}, message = NULL, ip_address = NULL, user_agent = NULL
        WHERE dream_board_id = ${boardId} RETURNING 1
      )
      INSERT INTO erasures (id, cause, dream_board_id, counts, at)
      SELECT ${derivedId(new Date(at), boardId, seq, "erasure")}::uuid, 'board.anonymised', ${boardId}::uuid,
        jsonb_build_object('boards', 1, 'contributions', count(*)), ${at}::timestamptz FROM named
      ON CONFLICT (id) DO NOTHING`,
    sql`DELETE FROM karri_cards WHERE dream_board_id = ${boardId}`,
    sql`UPDATE payouts SET error_message = NULL WHERE dream_board_id = ${boardId} AND error_message IS NOT NULL`,
  ];
}

/** Before `upsertPot`: the pot's row says as of which event the board was projected. */
export function updateBoardDetails(boardId: string, details: BoardDetails): SQL {
  const { seq, message, photo, gift, deadline, updatedAt } = details;
  return sql`
    UPDATE dream_boards SET message = ${orNull(message)}, child_photo_url = ${storable(photo)},
      gift_data = ${json(gift)}, deadline = ${deadline}::timestamptz,
      updated_at = greatest(updated_at, ${updatedAt}::timestamptz)
    WHERE id = ${boardId} AND NOT EXISTS (SELECT FROM board_pots WHERE dream_board_id = ${boardId} AND seq > ${seq})`;
}

export function upsertVisibility(boardId: string, rows: readonly VisibilityRow[]): SQL {
  return sql`
    INSERT INTO contributor_visibility (contribution_id, dream_board_id, name_hidden, message_hidden, seq)
    SELECT "contributionId", ${boardId}::uuid, "nameHidden", "messageHidden", seq
    FROM jsonb_to_recordset(${json(rows)}) AS r("contributionId" uuid, "nameHidden" boolean, "messageHidden" boolean,
      seq integer)
    ON CONFLICT (contribution_id) DO UPDATE SET name_hidden = excluded.name_hidden,
      message_hidden = excluded.message_hidden, seq = excluded.seq
      WHERE contributor_visibility.seq < excluded.seq`;
}

export function upsertPot(boardId: string, pot: BoardTotals & { seq: number }): SQL {
  return sql`
    INSERT INTO board_pots (dream_board_id, counted_cents, returning_cents, contribution_count, seq)
    VALUES (${boardId}, ${pot.counted}, ${pot.returning}, ${pot.contributionCount}, ${pot.seq})
    ON CONFLICT (dream_board_id) DO UPDATE SET counted_cents = excluded.counted_cents,
      returning_cents = excluded.returning_cents, contribution_count = excluded.contribution_count, seq = excluded.seq
      WHERE board_pots.seq < excluded.seq`;
}

export function upsertContributions({ boardId, partnerId }: BoardTerms, rows: readonly ContributionRow[]): SQL {
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
    WHERE c.id = r.id AND c.id ${oneOf(rows.map(({ id }) => id))} AND c.updated_at <= r.at`;
}

/**
 * Ends the transaction when Postgres holds another event at one of these places: a log that was restored to an earlier
 * point and went another way needs a person.
 */
export function refuseFork(boardId: string, batch: readonly StoredEvent[]): SQL {
  const links = batch.map(({ seq, hash }) => ({ seq, hash }));
  const [first, last] = [batch.at(0)?.seq ?? 0, batch.at(-1)?.seq ?? 0];
  return sql`
    SELECT 1 / (CASE WHEN EXISTS (
      SELECT FROM board_events b JOIN jsonb_to_recordset(${json(links)}) AS r(seq integer, hash text) USING (seq)
      WHERE b.dream_board_id = ${boardId}::uuid AND b.seq BETWEEN ${first} AND ${last} AND b.hash <> r.hash
    ) THEN 0 ELSE 1 END) AS no_fork`;
}

/** A payout as of event `seq`. Everything but the recipient is absolute. */
export type PayoutRow = Readonly<{
  id: string;
  seq: number;
  type: string;
  gross: number;
  fee: number;
  net: number;
  at: string;
  recipient: unknown;
  status: PayoutStatus;
  attempt: number;
  executionId: string | null;
  method: ExecutionMethod | null;
  startedAt: string | null;
  externalRef: string | null;
  completedAt: string | null;
  errorCode: string | null;
  errorMessage: string | null;
}>;
export type PayoutItemRow = Readonly<{
  id: string;
  seq: number;
  payoutId: string;
  type: string;
  amount: number;
  at: string;
}>;

/** Before `upsertExecutions`, whose rows say as of which event each payout was projected. */
export function upsertPayouts({ boardId, partnerId }: BoardTerms, rows: readonly PayoutRow[]): SQL {
  return sql`
    INSERT INTO payouts (id, partner_id, dream_board_id, type, gross_cents, fee_cents, net_cents, recipient_data, status,
      external_ref, error_message, created_at, completed_at)
    SELECT id, ${partnerId}::uuid, ${boardId}::uuid, type::payout_type, gross, fee, net, recipient,
      status::payout_status, "externalRef", "errorMessage", at, "completedAt"
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, seq integer, type text, gross integer, fee integer, net integer,
      recipient jsonb, status text, "externalRef" text, "errorMessage" text, at timestamptz, "completedAt" timestamptz)
    WHERE ${isNewest(sql`r.id`)}
    ON CONFLICT (id) DO UPDATE SET gross_cents = excluded.gross_cents, fee_cents = excluded.fee_cents,
      net_cents = excluded.net_cents, status = excluded.status, external_ref = excluded.external_ref,
      completed_at = excluded.completed_at,
      -- A restored board no longer has the text.
      error_message = CASE WHEN excluded.status = 'failed' THEN coalesce(excluded.error_message, payouts.error_message) END`;
}

export function upsertPayoutItems({ boardId }: BoardTerms, rows: readonly PayoutItemRow[]): SQL {
  return sql`
    INSERT INTO payout_items (id, payout_id, dream_board_id, type, amount_cents, created_at)
    SELECT id, "payoutId", ${boardId}::uuid, type::payout_item_type, amount, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, seq integer, "payoutId" uuid, type text, amount integer,
      at timestamptz)
    WHERE ${isNewest(sql`r."payoutId"`)}
    ON CONFLICT (id) DO UPDATE SET amount_cents = excluded.amount_cents`;
}

/** Whether no later event than `r.seq` has been projected for this payout. */
function isNewest(payoutId: SQL): SQL {
  return sql`NOT EXISTS (SELECT FROM payout_executions e WHERE e.payout_id = ${payoutId} AND e.seq > r.seq)`;
}

/** A new attempt, or a new claim, starts the executor's own book-keeping anew. */
export function upsertExecutions(boardId: string, rows: readonly PayoutRow[]): SQL {
  return sql`
    INSERT INTO payout_executions AS e (payout_id, dream_board_id, status, attempt, execution_id, method, started_at,
      error_code, seq)
    SELECT id, ${boardId}::uuid, status::payout_status, attempt, "executionId", method, "startedAt", "errorCode", seq
    FROM jsonb_to_recordset(${json(rows)}) AS r(id uuid, seq integer, status text, attempt integer, "executionId" uuid,
      method text, "startedAt" timestamptz, "errorCode" text)
    ON CONFLICT (payout_id) DO UPDATE SET status = excluded.status, attempt = excluded.attempt,
      execution_id = excluded.execution_id, method = excluded.method, started_at = excluded.started_at,
      error_code = excluded.error_code, seq = excluded.seq,
      next_try_at = CASE WHEN e.execution_id IS DISTINCT FROM excluded.execution_id THEN now() ELSE e.next_try_at END,
      tries = CASE WHEN e.execution_id IS DISTINCT FROM excluded.execution_id THEN 0 ELSE e.tries END
      WHERE e.seq < excluded.seq`;
}

export function insertHolds(boardId: string, rows: readonly HoldRow[]): SQL {
  return sql`
    INSERT INTO payout_holds (dream_board_id, seq, reason, contribution_id, provider_payment_id, placed_at)
    SELECT ${boardId}::uuid, seq, reason, "contributionId", "providerPaymentId", at
    FROM jsonb_to_recordset(${json(rows)}) AS r(seq integer, reason text, "contributionId" uuid,
      "providerPaymentId" text, at timestamptz)
    ON CONFLICT (dream_board_id, seq) DO NOTHING`;
}

/** Each lifts the hold of its kind that was placed last before it. */
export function liftHolds(boardId: string, rows: readonly HoldRow[]): SQL {
  return sql`
    UPDATE payout_holds AS h SET lifted_at = r.at
    FROM jsonb_to_recordset(${json(rows)}) AS r(seq integer, reason text, "contributionId" uuid,
      "providerPaymentId" text, at timestamptz)
    WHERE h.dream_board_id = ${boardId} AND h.reason = r.reason
      AND h.contribution_id IS NOT DISTINCT FROM r."contributionId"
      AND h.provider_payment_id IS NOT DISTINCT FROM r."providerPaymentId"
      AND h.seq = (SELECT max(p.seq) FROM payout_holds p WHERE p.dream_board_id = h.dream_board_id AND p.seq < r.seq
        AND p.reason = h.reason AND p.contribution_id IS NOT DISTINCT FROM h.contribution_id
        AND p.provider_payment_id IS NOT DISTINCT FROM h.provider_payment_id)`;
}

export function insertLosses(boardId: string, rows: readonly LossRow[]): SQL {
  return sql`
    INSERT INTO payment_losses (dream_board_id, seq, contribution_id, payment_provider, provider_payment_id, lost_cents,
      recorded_at)
    SELECT ${boardId}::uuid, seq, "contributionId", provider::payment_provider, "providerPaymentId", lost, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(seq integer, "contributionId" uuid, provider text,
      "providerPaymentId" text, lost integer, at timestamptz)
    ON CONFLICT (dream_board_id, seq) DO NOTHING`;
}

/** Refunds that were requested in this stretch. `updateRefunds` follows and brings known rows up to date. */
export function insertRefunds({ boardId, partnerId }: BoardTerms, rows: readonly RefundRow[]): SQL {
  const identified = rows.map(({ request, ...row }) => ({
    ...row,
    ...request,
    id: derivedId(new Date(request?.at ?? row.at), boardId, row.contributionId, row.providerPaymentId, "refund"),
    requestedFirst: request?.at ?? row.at,
    updatedAt: row.at,
  }));
  return sql`
    INSERT INTO refunds (id, partner_id, dream_board_id, contribution_id, amount_cents, payment_provider,
      provider_payment_id, cause, status, attempt, provider_refund_id, reason, created_at, updated_at, completed_at,
      next_try_at, seq)
    SELECT id, ${partnerId}::uuid, ${boardId}::uuid, "contributionId", amount, provider::payment_provider,
      "providerPaymentId", cause, status, attempt, "providerRefundId", left(reason, 200), "requestedFirst", "updatedAt",
      CASE WHEN status = 'completed' THEN "updatedAt" END, "requestedAt", seq
    FROM jsonb_to_recordset(${json(identified)}) AS r(id uuid, "contributionId" uuid, amount integer, provider text,
      "providerPaymentId" text, cause text, status text, attempt integer, "providerRefundId" text, reason text,
      "requestedFirst" timestamptz, "updatedAt" timestamptz, "requestedAt" timestamptz, seq integer)
    ON CONFLICT (contribution_id, provider_payment_id) DO NOTHING`;
}

/** A refund that is requested anew waits in line from then on. */
export function updateRefunds(rows: readonly RefundRow[]): SQL {
  return sql`
    UPDATE refunds AS f SET status = r.status, attempt = r.attempt, provider_refund_id = r."providerRefundId",
      reason = left(r.reason, 200), updated_at = r.at, seq = r.seq,
      completed_at = CASE WHEN r.status = 'completed' THEN r.at END,
      next_try_at = CASE WHEN r."requestedSeq" > f.seq THEN r."requestedAt" ELSE f.next_try_at END,
      tries = CASE WHEN r."requestedSeq" > f.seq THEN 0 ELSE f.tries END
    FROM jsonb_to_recordset(${json(rows)}) AS r("contributionId" uuid, "providerPaymentId" text, status text,
      attempt integer, "providerRefundId" text, reason text, "requestedSeq" integer, "requestedAt" timestamptz,
      seq integer, at timestamptz)
    WHERE f.contribution_id = r."contributionId" AND f.provider_payment_id = r."providerPaymentId" AND f.seq < r.seq
      AND f.contribution_id ${oneOf(rows.map(({ contributionId }) => contributionId))}`;
}

/** New attempts get a row, known ones the columns that changed. A new attempt is looked up next, one with an end never again. */
export function upsertPaymentRequests({ boardId }: BoardTerms, patches: readonly PaymentRequestPatch[]): SQL {
  const rows = patches.map((patch) => ({ ...patch, patch }));
  return sql`
    WITH r AS (
      SELECT * FROM jsonb_to_recordset(${json(rows)}) AS r("contributionId" uuid, seq integer, patch jsonb, provider text,
        status text, attempt integer, "attemptedAt" timestamptz, "attemptExpiresAt" timestamptz, "requestId" text,
        "expiredAt" timestamptz, "returnedAt" timestamptz)
    ), known AS (
      UPDATE payment_requests AS p SET seq = r.seq,
        status = CASE WHEN r.patch ? 'status' THEN r.status::payment_status ELSE p.status END,
        attempt = CASE WHEN r.patch ? 'attempt' THEN r.attempt ELSE p.attempt END,
        attempted_at = CASE WHEN r.patch ? 'attemptedAt' THEN r."attemptedAt" ELSE p.attempted_at END,
        attempt_expires_at = CASE WHEN r.patch ? 'attemptExpiresAt' THEN r."attemptExpiresAt" ELSE p.attempt_expires_at END,
        request_id = CASE WHEN r.patch ? 'requestId' THEN r."requestId" ELSE p.request_id END,
        expired_at = CASE WHEN r.patch ? 'expiredAt' THEN r."expiredAt" ELSE p.expired_at END,
        returned_at = greatest(p.returned_at, r."returnedAt"),
        next_look_up_at = CASE WHEN r.status IN ('completed', 'refunded') THEN NULL
          WHEN r.patch ? 'attemptedAt' THEN r."attemptedAt" ELSE p.next_look_up_at END
      FROM r
      WHERE p.contribution_id = r."contributionId" AND p.seq < r.seq
        AND p.contribution_id ${oneOf(patches.map(({ contributionId }) => contributionId))}
    )
    INSERT INTO payment_requests (contribution_id, dream_board_id, payment_provider, status, attempt, attempted_at,
      attempt_expires_at, request_id, expired_at, seq, returned_at, next_look_up_at)
    SELECT "contributionId", ${boardId}::uuid, provider::payment_provider, status::payment_status, attempt,
      "attemptedAt", "attemptExpiresAt", "requestId", "expiredAt", seq, "returnedAt",
      CASE WHEN status NOT IN ('completed', 'refunded') THEN "attemptedAt" END
    FROM r WHERE provider IS NOT NULL
    ON CONFLICT (contribution_id) DO NOTHING`;
}

/** A provider's id that is known already, whatever it was about, must not hold up the log. */
export function insertProviderPayments({ boardId }: BoardTerms, rows: readonly ProviderPaymentRow[]): SQL {
  return sql`
    INSERT INTO provider_payments (payment_provider, provider_payment_id, dream_board_id, contribution_id, amount_cents,
      kind, recorded_at)
    SELECT provider::payment_provider, "providerPaymentId", ${boardId}::uuid, "contributionId", amount, kind, at
    FROM jsonb_to_recordset(${json(rows)}) AS r(provider text, "providerPaymentId" text, "contributionId" uuid,
      amount integer, kind text, at timestamptz)
    ON CONFLICT DO NOTHING`;
}

export function insertFlags(boardId: string, rows: readonly FlagRow[]): SQL {
  return sql`
    INSERT INTO board_flags (dream_board_id, seq, flag, contribution_id, provider_payment_id, received_cents, opened_at)
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

/**
 * Copies the log and writes whatever its events announce, in one statement: only events that were not yet in
 * `board_events` announce anything, so writing a stretch of the log again announces nothing twice. Every event for partners is
 * written, whether an endpoint is subscribed or not. An endpoint receives what happened after it was registered. Returns `{kind: "delivery" | "mail", id}` per row that now waits to be sent.
 */
export function recordAndAnnounce(
  { boardId, partnerId }: BoardTerms,
  batch: readonly StoredEvent[],
  { webhooks, mails, audits }: Announcements,
): SQL {
  return sql`
    WITH fresh AS (
      INSERT INTO board_events (dream_board_id, seq, at, by, v, type, data, hash)
      SELECT ${boardId}::uuid, seq, at, by, v, type, data, hash
      FROM jsonb_to_recordset(${json(batch)}) AS r(seq integer, at timestamptz, by jsonb, v integer, type text,
        data jsonb, hash text)
      ON CONFLICT (dream_board_id, seq) DO NOTHING
      RETURNING seq
    ),
    audited AS (
      INSERT INTO audit_logs (id, actor_type, actor_id, actor_email, action, target_type, target_id, metadata, ip_address,
        created_at)
      SELECT id, "actorType"::audit_actor_type, "actorId", "actorEmail", action, "targetType", "targetId", metadata,
        "ipAddress", at
      FROM jsonb_to_recordset(${json(audits)}) AS r(seq integer, id uuid, "actorType" text, "actorId" uuid,
        "actorEmail" text, action text, "targetType" text, "targetId" text, metadata jsonb, "ipAddress" inet,
        at timestamptz)
      JOIN fresh USING (seq)
      ON CONFLICT (id) DO NOTHING
    ),
    announced AS MATERIALIZED (
      SELECT r.seq, r.id, r.type, r.data, r.at
      FROM jsonb_to_recordset(${json(webhooks)}) AS r(seq integer, id uuid, type text, data jsonb, at timestamptz)
      JOIN fresh USING (seq)
    ),
    turn AS MATERIALIZED (SELECT ${holdPositions(partnerId)} WHERE EXISTS (SELECT FROM announced)),
    told AS (
      INSERT INTO partner_events (id, partner_id, dream_board_id, sequence, type, api_version, data, created_at)
      SELECT id, ${partnerId}::uuid, ${boardId}::uuid, seq, type, ${API_VERSION}, data, at FROM turn, announced
      ORDER BY seq, id
      ON CONFLICT (id) DO NOTHING
    ),
    addressed AS MATERIALIZED (
      SELECT ${rowId(sql`r.at`, sql`r.id, w.id`)} AS id, r.id AS event_id, w.id AS endpoint_id, w.api_key_id, r.type, r.at
      FROM announced AS r
      JOIN api_keys k ON k.partner_id = ${partnerId}::uuid AND k.is_active
      JOIN webhook_endpoints w ON w.api_key_id = k.id AND w.is_active AND r.type = ANY (w.events) AND w.created_at <= r.at
    ),
    recorded AS (
      INSERT INTO webhook_events (id, api_key_id, event_type, payload, created_at)
      SELECT id, api_key_id, type, jsonb_build_object('event_id', event_id), at FROM addressed
      ON CONFLICT (id) DO NOTHING
    ),
    to_deliver AS (
      INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id)
      SELECT id, event_id, endpoint_id FROM addressed
      ON CONFLICT (id) DO NOTHING
      RETURNING id
    ),
    to_mail AS (
      INSERT INTO mail_messages (id, kind, dream_board_id, contribution_id, payout_id, recipient, dedupe_key)
      SELECT id, kind, ${boardId}::uuid, "contributionId", "payoutId", recipient, "dedupeKey"
      FROM jsonb_to_recordset(${json(mails)}) AS r(seq integer, id uuid, kind text, "contributionId" uuid,
        "payoutId" uuid, recipient text, "dedupeKey" text)
      JOIN fresh USING (seq)
      ORDER BY seq
      ON CONFLICT (dedupe_key) DO NOTHING
      RETURNING id
    )
    SELECT 'delivery' AS kind, id FROM to_deliver UNION ALL SELECT 'mail', id FROM to_mail`;
}
