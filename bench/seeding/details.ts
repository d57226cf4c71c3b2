import { at, drawn, idOf, PARTNERS, type Seeding } from "./foundations.ts";

/** Everything that refers to boards and contributions, in two lists that may be filled side by side. */
export function details(seeding: Seeding): [string[], string[]] {
  return [
    [...moneyIn(seeding), ...moneyOut(seeding), ...moneyBack(seeding)],
    [...logs(seeding), ...outgoing(seeding), ...records(seeding)],
  ];
}

function moneyIn(seeding: Seeding): string[] {
  const now = at(seeding);
  return [
    `INSERT INTO payment_requests (contribution_id, dream_board_id, payment_provider, status, attempt, attempted_at,
        attempt_expires_at, request_id, expired_at, seq, last_looked_up_at, next_look_up_at)
      SELECT id, board_id, provider::payment_provider, status::payment_status, 1, created_at, created_at + interval '1 hour',
        CASE WHEN provider = 'ozow' THEN md5('request ' || i) END,
        CASE WHEN status = 'failed' AND created_at < ${now} - interval '1 day' THEN created_at + interval '1 day' END, 10,
        CASE WHEN status <> 'completed' AND i % 3 > 0 THEN least(created_at + interval '1 day', ${now}) END,
        CASE WHEN status IN ('pending', 'processing', 'failed') AND created_at > ${now} - interval '8 days'
          THEN created_at + interval '2 hours' END
      FROM seeding.contributions ORDER BY created_at`,
    `INSERT INTO provider_payments (payment_provider, provider_payment_id, dream_board_id, contribution_id, amount_cents,
        kind, recorded_at)
      SELECT provider::payment_provider, 'pay-' || md5('payment ' || i), board_id, id, amount, 'contribution', changed_at
      FROM seeding.contributions WHERE status IN ('completed', 'refunded') ORDER BY created_at`,
    `INSERT INTO board_pots (dream_board_id, counted_cents, returning_cents, contribution_count, seq, compared_at)
      SELECT b.id, coalesce(c.net, 0), 0, coalesce(c.number, 0), 4000, least(b.deadline + interval '1 day', ${now} - interval '1 day')
      FROM seeding.boards b LEFT JOIN (
        SELECT board_id, sum(amount - fee) AS net, count(*) AS number FROM seeding.contributions
        WHERE status = 'completed' GROUP BY board_id) AS c ON c.board_id = b.id`,
    `INSERT INTO contributor_visibility (contribution_id, dream_board_id, name_hidden, message_hidden, seq)
      SELECT id, board_id, true, false, 20 FROM seeding.contributions WHERE i % 200 = 0`,
    `INSERT INTO settlement_reports (payment_provider, day, ours, theirs, differences, compared_at)
      SELECT provider, (${now} - interval '1 day' * d)::date, 300, 300, 0, ${now} - interval '1 day' * (d - 1)
      FROM generate_series(1, 1000) AS d, unnest(enum_range(NULL::payment_provider)) AS provider`,
    `INSERT INTO settlement_differences (id, payment_provider, provider_payment_id, kind, day, our_cents, found_at,
        resolved_at, resolution, note)
      SELECT md5('difference ' || i)::uuid, provider::payment_provider, 'pay-' || md5('payment ' || i),
        'missing_at_provider', created_at::date, amount, created_at,
        CASE WHEN created_at < ${now} - interval '20 days' THEN created_at + interval '3 days' END,
        CASE WHEN created_at < ${now} - interval '20 days' THEN 'person' END,
        CASE WHEN created_at < ${now} - interval '20 days' AND (i % 50 = 0 OR created_at > ${now} - interval '90 days')
          THEN 'asked the provider' END
      FROM seeding.contributions WHERE i % 80 = 0`,
  ];
}

function moneyOut(seeding: Seeding): string[] {
  const now = at(seeding);
  const { current, older } = seeding.sealed;
  const ended = `b.status IN ('paid_out', 'closed')`;
  return [
    `CREATE UNLOGGED TABLE seeding.payouts AS
      SELECT md5('payout ' || n || k)::uuid AS id, n, b.id AS board_id, b.partner_id, b.deadline AS created_at, k,
        CASE WHEN k = 2 THEN 'philanthropy_donation' ELSE b.method END AS type,
        CASE WHEN b.status = 'paid_out' THEN 'completed' WHEN n % 10 < 7 THEN 'pending' WHEN n % 10 < 9 THEN 'processing'
          ELSE 'failed' END AS status
      FROM seeding.boards b CROSS JOIN (VALUES (1), (2)) AS parts(k)
      WHERE ${ended} AND (k = 1 OR (n % 6 = 0 AND b.method <> 'philanthropy_donation')) ORDER BY n`,
    `INSERT INTO payouts (id, partner_id, dream_board_id, type, gross_cents, fee_cents, net_cents, recipient_data, status,
        external_ref, error_message, created_at, completed_at)
      SELECT id, partner_id, board_id, type::payout_type, 200000, 0, 200000,
        jsonb_build_object('encrypted', CASE WHEN n % 50 = 1 THEN '${older}' ELSE '${current}' END), status::payout_status,
        CASE WHEN status = 'completed' THEN 'order-' || n END, CASE WHEN status = 'failed' THEN 'No such card' END,
        created_at, CASE WHEN status = 'completed' THEN created_at + interval '4 days' END
      FROM seeding.payouts ORDER BY created_at`,
    `INSERT INTO payout_items (id, payout_id, dream_board_id, type, amount_cents, created_at)
      SELECT md5('item ' || n || k)::uuid, id, board_id, (CASE WHEN k = 2 THEN 'overflow' ELSE 'gift' END)::payout_item_type,
        200000, created_at FROM seeding.payouts ORDER BY created_at`,
    `INSERT INTO payout_executions (payout_id, dream_board_id, status, attempt, execution_id, method, started_at, error_code,
        seq, next_try_at)
      SELECT id, board_id, status::payout_status, 1, CASE WHEN status <> 'pending' THEN md5('execution ' || n)::uuid END,
        CASE WHEN status <> 'pending' THEN 'automation' END, CASE WHEN status <> 'pending' THEN created_at END,
        CASE WHEN status = 'failed' THEN 'refused' END, 4000, created_at
      FROM seeding.payouts ORDER BY created_at`,
    `INSERT INTO gift_cards (payout_id, external_ref, sealed, created_at, mailed_at)
      SELECT id, 'order-' || n, CASE WHEN n % 500 = 0 THEN '${older}' END, created_at,
        CASE WHEN n % 500 <> 0 THEN created_at END
      FROM seeding.payouts WHERE status = 'completed' AND type = 'takealot_gift_card'`,
    `INSERT INTO payout_holds (dream_board_id, seq, reason, placed_at, lifted_at)
      SELECT id, 12, CASE WHEN n % 2 = 0 THEN 'new_host' ELSE 'person' END, deadline,
        CASE WHEN b.status = 'paid_out' OR n % 200 < 100 THEN deadline + interval '1 day' END
      FROM seeding.boards b WHERE ${ended} AND n % 50 = 20`,
    `INSERT INTO board_flags (dream_board_id, seq, flag, opened_at, cleared_at, note)
      SELECT id, 11, 'new_host', deadline, CASE WHEN b.status = 'paid_out' OR n % 200 < 100 THEN deadline + interval '1 day' END,
        CASE WHEN b.status = 'paid_out' THEN 'spoke with the host' END
      FROM seeding.boards b WHERE ${ended} AND n % 50 IN (10, 20)`,
    `INSERT INTO payment_losses (dream_board_id, seq, contribution_id, payment_provider, provider_payment_id, lost_cents,
        recorded_at)
      SELECT board_id, 15, id, provider::payment_provider, 'pay-' || md5('payment ' || i), amount, ${now} - interval '1 day'
      FROM seeding.contributions WHERE status = 'refunded' AND i % 1000 = 1 AND board_status = 'paid_out'
      ON CONFLICT DO NOTHING`,
    `INSERT INTO karri_cards (dream_board_id, cardholder_name, verified_at)
      SELECT id, '${current}', created_at FROM seeding.boards WHERE method = 'karri_card_topup'`,
  ];
}

/** Most refunds went through long ago. Of the newest some are on their way, and a few wait for a person. */
function moneyBack({ contributions }: Seeding): string[] {
  const open = 40 + Math.ceil(contributions / 5_000);
  return [
    `INSERT INTO refunds (id, partner_id, dream_board_id, contribution_id, amount_cents, payment_provider,
        provider_payment_id, cause, status, created_at, updated_at, completed_at, seq, next_try_at)
      SELECT md5('refund ' || i)::uuid, partner_id, board_id, id, amount, provider::payment_provider,
        'pay-' || md5('payment ' || i), 'operator', status, created_at, created_at + interval '1 day',
        CASE WHEN status = 'completed' THEN created_at + interval '1 day' END, 30, created_at + interval '5 minutes'
      FROM (
        SELECT i, id, partner_id, board_id, amount, provider, created_at, CASE WHEN age > ${open} THEN 'completed'
          ELSE (ARRAY['failed', 'needs_manual_action', 'processing', 'processing', 'requested'])[age % 5 + 1] END AS status
        FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC) AS age FROM seeding.contributions
          WHERE status = 'refunded') AS refunded) AS planned
      ORDER BY created_at`,
  ];
}

/** Two events a contribution, two a board, in the order in which they happened. */
function logs(seeding: Seeding): string[] {
  const now = at(seeding);
  return [
    `INSERT INTO board_events (dream_board_id, seq, at, by, v, type, data, hash)
      SELECT board_id, row_number() OVER (PARTITION BY board_id ORDER BY at, step), at, '{"kind": "system"}', 1, type, data,
        md5(board_id::text || at) || md5(type || at)
      FROM (
        SELECT id AS board_id, created_at AS at, 0 AS step, 'board_opened' AS type,
          jsonb_build_object('goal', 250000, 'hostId', host_id, 'boardId', id, 'partnerId', partner_id, 'deadline', deadline,
            'giftType', 'takealot_product', 'payoutMethod', method) AS data FROM seeding.boards
        UNION ALL SELECT board_id, created_at, 1, 'contribution_opened', jsonb_build_object('fee', fee, 'amount', amount,
          'signals', '[]'::jsonb, 'provider', provider, 'reference', reference, 'contributionId', id, 'submission', md5(i::text))
          FROM seeding.contributions
        UNION ALL SELECT board_id, changed_at, 2, CASE WHEN status = 'failed' THEN 'payment_expired' ELSE 'payment_completed' END,
          jsonb_build_object('fee', fee, 'late', false, 'after', jsonb_build_object('status', 'active', 'counted', amount,
            'deadline', created_at, 'returning', 0, 'contributionCount', 3, 'updatedAt', created_at), 'amount', amount,
            'contributionId', id, 'providerPaymentId', 'pay-' || md5('payment ' || i))
          FROM seeding.contributions WHERE status NOT IN ('pending', 'processing')
        UNION ALL SELECT id, deadline, 3, CASE status WHEN 'paid_out' THEN 'board_closed' ELSE 'board_' || status END,
          '{"reason": "deadline_reached", "held": false}' FROM seeding.boards
          WHERE status NOT IN ('active', 'funded')
      ) AS happened
      WHERE at <= ${now}
      ORDER BY at`,
    `INSERT INTO audit_logs (id, actor_type, action, target_type, target_id, metadata, created_at)
      SELECT ${idOf("at", "md5(action || n)")}, 'system', action, 'dream_board', 'db_' || md5(n::text), '{"reason": "deadline_reached"}', at
      FROM (SELECT n, created_at AS at, 'board.created' AS action FROM seeding.boards
        UNION ALL SELECT n, deadline, 'board.closed' FROM seeding.boards WHERE deadline < ${now}
        UNION ALL SELECT n, deadline + interval '4 days', 'payout.completed' FROM seeding.boards WHERE status = 'paid_out') AS acts
      ORDER BY at`,
    `INSERT INTO board_notes (dream_board_id, action, note, created_at)
      SELECT id, 'board.updated', 'as the family asked', created_at FROM seeding.boards WHERE n % 100 = 0`,
  ];
}

/** Mails and webhooks: most were sent long ago; of the last minutes' and of those that failed some are due. */
function outgoing(seeding: Seeding): string[] {
  const now = at(seeding);
  const { current, older } = seeding.sealed;
  const isPending = (number: string) =>
    `(created_at > ${now} - interval '6 hours' OR (created_at > ${now} - interval '2 days' AND ${number} % 20 = 0))`;
  const isKept = `(created_at > ${now} - interval '90 days' OR i % 100 = 0)`;
  return [
    `INSERT INTO mail_messages (id, kind, dream_board_id, contribution_id, recipient, dedupe_key, status, attempts,
        next_attempt_at, requeue_at, provider_message_id, created_at, sent_at)
      SELECT ${idOf("created_at", "md5(key)")}, kind, board_id, contribution_id, 'host', key,
        CASE WHEN is_pending THEN 'pending' WHEN i % 97 = 0 THEN 'skipped' ELSE 'sent' END, 1,
        created_at, created_at + interval '5 minutes', md5(key), created_at,
        CASE WHEN NOT is_pending THEN created_at + interval '2 seconds' END
      FROM (
        SELECT i, 'contribution_received' AS kind, board_id, id AS contribution_id, changed_at AS created_at,
          concat_ws('/', board_id, 'contribution_received', id) AS key, ${isPending("i")} AS is_pending
          FROM seeding.contributions WHERE status IN ('completed', 'refunded')
        UNION ALL SELECT n, kind, id, NULL, CASE WHEN kind = 'board_live' THEN created_at ELSE deadline END,
          concat_ws('/', id, kind), false
          FROM seeding.boards, (VALUES ('board_live'), ('board_closed')) AS kinds(kind)
          WHERE kind = 'board_live' OR deadline < ${now}) AS mails
      ORDER BY created_at`,
    `CREATE UNLOGGED TABLE seeding.webhooks AS
      SELECT i, md5('event ' || i)::uuid AS id, md5('delivery ' || i)::uuid AS delivery_id, p.id AS partner_id, p.key_id,
        p.endpoint_id, c.board_id,
        changed_at AS created_at, ${isKept} AS is_kept, ${isPending("i")} AS is_pending
      FROM seeding.contributions c JOIN seeding.partners p ON p.id = c.partner_id AND p.p <= ${PARTNERS * 0.6}
      WHERE c.status IN ('completed', 'refunded') ORDER BY created_at`,
    `INSERT INTO partner_events (id, partner_id, dream_board_id, sequence, type, api_version, data, created_at)
      SELECT id, partner_id, board_id, 2, 'contribution.received', '2026-12-01',
        jsonb_build_object('id', md5(i::text), 'child_name', 'Maya', 'contributor_name', 'Guest ' || i,
          'amount_cents', 20000, 'fee_cents', 600, 'message', 'Enjoy your day, dear Maya!', 'status', 'completed',
          'recipient_data', CASE WHEN i % 50 = 0 THEN jsonb_build_object('encrypted',
            CASE WHEN i % 100 = 0 THEN '${older}' ELSE '${current}' END) END), created_at
      FROM seeding.webhooks WHERE is_kept ORDER BY created_at`,
    `INSERT INTO webhook_events (id, api_key_id, event_type, payload, status, attempts, last_attempt_at, last_response_code,
        last_response_body, created_at)
      SELECT delivery_id, key_id, 'contribution.received',
        CASE WHEN is_kept THEN jsonb_build_object('event_id', id) ELSE '{"erased": true}' END,
        CASE WHEN is_pending THEN 'pending' ELSE 'delivered' END, 1, created_at, CASE WHEN is_pending THEN 503 ELSE 200 END,
        CASE WHEN is_kept THEN '${current}' END, created_at
      FROM seeding.webhooks ORDER BY created_at`,
    `INSERT INTO webhook_deliveries (id, partner_event_id, webhook_endpoint_id, status, attempts, next_attempt_at, requeue_at,
        created_at, delivered_at)
      SELECT delivery_id, id, endpoint_id, CASE WHEN is_pending THEN 'pending' ELSE 'delivered' END, 1, created_at,
        created_at + interval '5 minutes', created_at,
        CASE WHEN NOT is_pending THEN created_at END
      FROM seeding.webhooks WHERE is_kept ORDER BY created_at`,
    `INSERT INTO webhook_attempts (delivery_id, attempt, attempted_at, response_code, latency_ms, response_body)
      SELECT delivery_id, 1, created_at, CASE WHEN is_pending THEN 503 ELSE 200 END, 120,
        CASE WHEN i % 100 = 50 THEN '${older}' ELSE '${current}' END
      FROM seeding.webhooks WHERE is_kept ORDER BY created_at`,
  ];
}

function records(seeding: Seeding): string[] {
  const now = at(seeding);
  const { boards, sealed } = seeding;
  const names = "ARRAY['close-due-boards', 'dispatch-webhooks', 'dispatch-mail', 'reconcile-payments']";
  return [
    `INSERT INTO idempotency_keys (api_key_id, route, key, fingerprint, resource_id, status, lease_until, response_status,
        response_body, created_at)
      SELECT p.key_id, 'POST /v1/dream-boards', 'key-' || n, md5(n::text), md5(n::text)::uuid, 'done', began + interval '1 minute',
        201, jsonb_build_object('encrypted', CASE WHEN n % 50 = 0 THEN '${sealed.older}' ELSE '${sealed.current}' END), began
      FROM (SELECT n, ${now} - interval '30 hours' * n::float / ${Math.ceil(boards / 5)} AS began
        FROM generate_series(1, ${Math.ceil(boards / 5)}) AS n) AS uses
      JOIN seeding.partners p ON p.p = n % ${PARTNERS} + 1`,
    `INSERT INTO job_runs (id, name, started_at, ended_at, as_of, outcome, counts)
      SELECT ${idOf("began", "md5('run ' || n)")}, (${names})[n % 4 + 1], began, began + interval '1 second', began, 'done',
        '{"due": 0}'
      FROM (SELECT n, ${now} - interval '91 days' * (${boards * 4} - n)::float / ${boards * 4} AS began
        FROM generate_series(1, ${boards * 4}) AS n) AS runs ORDER BY n`,
    `INSERT INTO erasures (id, cause, counts, at)
      SELECT md5('erasure ' || n)::uuid, 'purge-idempotency-keys', '{"idempotency_keys": 100}', ${now} - interval '1 hour' * n
      FROM generate_series(1, ${Math.ceil(boards / 5)}) AS n`,
    `INSERT INTO projection_failures (dream_board_id, seq, event_type, message, first_failed_at, last_failed_at, resolved_at)
      SELECT id, 5, 'payment_completed', 'refused', created_at, created_at,
        CASE WHEN ${drawn("n", 100)} > 0 THEN created_at + interval '1 day' END
      FROM seeding.boards WHERE n % 100 = 1`,
    `INSERT INTO verified_api_keys (api_key_id, digest, key_hash_digest) SELECT key_id, md5(p::text), md5('k' || p)
      FROM seeding.partners`,
  ];
}
