import { sql } from "drizzle-orm";
import { derivedId } from "#domain/ids";
import { stuckSince } from "#domain/refund-age";
import { zoneDate } from "#domain/time";
import type { Services } from "#platform/services";

/** One mail a day to admins for each board with money that waits for a person. Gives how many were asked for. */
export async function remindAdmins({ database }: Services, now: Date): Promise<number> {
  const { rows } = await database.execute<{ board: string }>(sql`
    SELECT dream_board_id AS board FROM refunds
      WHERE status IN ('needs_manual_action', 'failed')
        OR (status IN ('requested', 'processing') AND updated_at < ${stuckSince(now).toISOString()}::timestamptz)
    UNION SELECT dream_board_id FROM board_flags WHERE cleared_at IS NULL`);
  const kind = "money_needs_a_person";
  const day = zoneDate(now);
  const mails = rows.map(({ board }) => ({
    board,
    id: derivedId(now, board, kind, day, "reminder"),
    key: [board, kind, day].join("/"),
  }));
  if (mails.length === 0) return 0;
  const added = await database.execute(sql`
    INSERT INTO mail_messages (id, kind, dream_board_id, recipient, dedupe_key)
    SELECT id, ${kind}, board, 'admins', key
    FROM jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) AS r(id uuid, board uuid, key text)
    ON CONFLICT DO NOTHING RETURNING id`);
  return added.rows.length;
}
