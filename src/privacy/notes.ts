import { sql } from "drizzle-orm";
import type { Database } from "#database/client";
import type { Counts } from "#database/privacy-tables";

/**
 * Erases what operators wrote about one board's refunds and flags: free text that may name people. Part of the board's
 * anonymisation, which records the counts. Repeated it finds nothing. Notes about settlement differences go by their age.
 */
export async function eraseNotes(database: Database, boardId: string): Promise<Counts> {
  const [refunds, flags] = await database.batch([
    database.execute(
      sql`UPDATE refunds SET note = NULL WHERE dream_board_id = ${boardId} AND note IS NOT NULL RETURNING 1`,
    ),
    database.execute(
      sql`UPDATE board_flags SET note = NULL WHERE dream_board_id = ${boardId} AND note IS NOT NULL RETURNING 1`,
    ),
  ]);
  return { refund_notes: refunds.rows.length, flag_notes: flags.rows.length };
}
