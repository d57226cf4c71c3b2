import { sql } from "drizzle-orm";
import { bigint, pgView } from "drizzle-orm/pg-core";
import { dreamBoardColumns } from "./schema.ts";

/** Every board with its money: `raised_cents` is the net of its completed contributions. (data-models) */
export const dreamBoardsWithTotals = pgView("dream_boards_with_totals", {
  ...dreamBoardColumns(),
  raisedCents: bigint("raised_cents", { mode: "number" }).notNull(),
  contributionCount: bigint("contribution_count", { mode: "number" }).notNull(),
  overflowCents: bigint("overflow_cents", { mode: "number" }).notNull(),
}).as(sql`
SELECT
  db.*,
  COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) as raised_cents,
  COUNT(c.id) FILTER (WHERE c.payment_status = 'completed') as contribution_count,
  GREATEST(
    COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) - db.goal_cents,
    0
  ) as overflow_cents
FROM dream_boards db
LEFT JOIN contributions c ON c.dream_board_id = db.id
GROUP BY db.id
`);

/** Active boards whose deadline falls within the next seven days, soonest first. (data-models) */
export const expiringDreamBoards = pgView("expiring_dream_boards", dreamBoardColumns()).as(sql`
SELECT * FROM dream_boards
WHERE status = 'active'
  AND deadline BETWEEN NOW() AND NOW() + INTERVAL '7 days'
ORDER BY deadline ASC
`);
