import { sql } from "drizzle-orm";
import { isOfLivePartner } from "#database/live-partners";
import { derivedId } from "#domain/ids";
import { unknownSince, unpaidSince } from "#domain/payout-age";
import { stuckSince } from "#domain/refund-age";
import { addDays, zoneDate } from "#domain/time";
import type { Services } from "#platform/services";

/**
 * Nobody can end a loss: one is mailed on the two mornings after it, in case the mail of its own day was sent before it
 * happened.
 */
const LOSS_REMINDED_DAYS = 2;

/**
 * One mail a day and kind to admins for each board with money that waits for a person, or with payouts that are overdue.
 * Gives how many were asked for.
 */
export async function remindAdmins({ database }: Services, now: Date): Promise<number> {
  const since = (at: Date) => sql`${at.toISOString()}::timestamptz`;
  const { rows } = await database.execute<{ board: string; kind: string }>(sql`
    SELECT dream_board_id AS board, 'money_needs_a_person' AS kind FROM refunds
      WHERE status IN ('needs_manual_action', 'failed')
        OR (status IN ('requested', 'processing') AND updated_at < ${since(stuckSince(now))})
    UNION SELECT dream_board_id, 'money_needs_a_person' FROM board_flags WHERE cleared_at IS NULL
    UNION SELECT dream_board_id, 'money_needs_a_person' FROM payment_losses
      WHERE recorded_at > ${since(addDays(now, -LOSS_REMINDED_DAYS))}
    UNION SELECT dream_board_id, 'board_reported' FROM board_reports WHERE resolved_at IS NULL
    UNION SELECT dream_board_id, 'payouts_waiting' FROM payouts
      WHERE status IN ('pending', 'failed') AND gross_cents > 0 AND created_at < ${since(unpaidSince(now))}
        AND ${isOfLivePartner(sql`payouts.partner_id`)}
    UNION SELECT p.dream_board_id, 'payouts_waiting' FROM payouts p JOIN payout_executions e ON e.payout_id = p.id
      WHERE p.status = 'processing' AND p.gross_cents > 0 AND e.started_at < ${since(unknownSince(now))}
        AND ${isOfLivePartner(sql`p.partner_id`)}`);
  const day = zoneDate(now);
  const mails = rows.map(({ board, kind }) => ({
    board,
    kind,
    id: derivedId(now, board, kind, day, "reminder"),
    key: [board, kind, day].join("/"),
  }));
  if (mails.length === 0) return 0;
  const added = await database.execute(sql`
    INSERT INTO mail_messages (id, kind, dream_board_id, recipient, dedupe_key)
    SELECT id, kind, board, 'admins', key
    FROM jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) AS r(id uuid, board uuid, kind text, key text)
    ON CONFLICT DO NOTHING RETURNING id`);
  return added.rows.length;
}
