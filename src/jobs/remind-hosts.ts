import { sql } from "drizzle-orm";
import { isOfLivePartner } from "#database/live-partners";
import { derivedId } from "#domain/ids";
import type { HostMailKind } from "#mail/kinds";
import type { Services } from "#platform/services";

const KIND: HostMailKind = "closing_tomorrow";
const AHEAD_MS = 24 * 3_600_000;
const PAGE_BOARDS = 500;
/** What is left over comes first in the next run, as long as its deadline has not passed. */
const MAX_PAGES = 20;

/**
 * Requests a mail to the host of each open board whose deadline is at most 24 hours ahead: once a board and day of the
 * deadline, so a deadline that moved to another day is announced again. The sender skips the mail when the board has
 * ended or its deadline has moved. (product-facts 14)
 */
export async function remindHosts({ database }: Services, now: Date): Promise<{ reminded: number }> {
  let reminded = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // The statuses are literals, so that the planner can use the index of open boards.
    const { rows } = await database.execute<{ board: string; day: string }>(sql`
      WITH due AS (
        SELECT id AS board, deadline, to_char(deadline AT TIME ZONE 'Africa/Johannesburg', 'YYYY-MM-DD') AS day
        FROM dream_boards
        WHERE ${isOfLivePartner(sql`dream_boards.partner_id`)} AND status IN ('active', 'funded') AND deadline > ${now.toISOString()}::timestamptz
          AND deadline <= ${new Date(now.getTime() + AHEAD_MS).toISOString()}::timestamptz
      )
      SELECT board, day FROM due
      WHERE NOT EXISTS (SELECT FROM mail_messages WHERE dedupe_key = concat_ws('/', due.board, ${KIND}::text, due.day))
      ORDER BY deadline LIMIT ${PAGE_BOARDS}`);
    if (rows.length === 0) break;
    const mails = rows.map(({ board, day }) => {
      const key = [board, KIND, day].join("/");
      return { board, day, key, id: derivedId(now, key) };
    });
    const added = await database.execute(sql`
      INSERT INTO mail_messages (id, kind, dream_board_id, day, recipient, dedupe_key)
      SELECT id, ${KIND}, board, day, 'host', key
      FROM jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) AS r(id uuid, board uuid, day date, key text)
      ON CONFLICT DO NOTHING RETURNING id`);
    reminded += added.rows.length;
    if (rows.length < PAGE_BOARDS) break;
  }
  return { reminded };
}
