import { type SQL, sql } from "drizzle-orm";
import { boardCode } from "#domain/ids";
import { addDays } from "#domain/time";
import { type AnonymiseOptions, anonymiseBoard, obstacleSentence } from "#operations/anonymise-board";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

/** (data-models, product-facts 18.2 and 23 X 26) */
const KEPT_DAYS = 90;
/** A board that has been due for so long and still refuses needs a person. */
const OVERDUE_DAYS = 30;
const LIMITS = { boards: 1_000, page: 100, concurrency: 10, failures: 50 };

/** `updatedAt` as Postgres prints it. */
type Due = { id: string; partnerId: string; updatedAt: string; overdue: boolean };
type Position = Readonly<Pick<Due, "id" | "updatedAt">>;
type Anonymised = { anonymised: number; refused: number; failed: number; complete: boolean };

/**
 * Anonymises boards that ended more than 90 days ago. What has money under way is left, and looked at again in the next
 * run. Two runs at once do the same work twice, to no effect.
 */
export async function anonymiseBoards(
  services: Services,
  now: Date,
  { limits = LIMITS, erasers }: { limits?: typeof LIMITS } & Pick<AnonymiseOptions, "erasers"> = {},
): Promise<Anonymised> {
  const before = addDays(now, -KEPT_DAYS);
  const counts = { anonymised: 0, refused: 0, failed: 0 };

  async function anonymise(board: Due): Promise<void> {
    const code = boardCode(board.id);
    try {
      const outcome = await anonymiseBoard(services, board, { cause: "anonymise-boards", ...(erasers && { erasers }) });
      if ("refused" in outcome) {
        counts.refused += 1;
        const because = obstacleSentence(outcome);
        if (board.overdue) services.alert({ event: "anonymisation_overdue", board: code, because });
      } else if (outcome.projected) counts.anonymised += 1;
      else {
        counts.failed += 1;
        services.log({ event: "board_not_anonymised", board: code, error: "Postgres does not know it yet" });
      }
    } catch (error) {
      counts.failed += 1;
      services.log({ event: "board_not_anonymised", board: code, error: messageOf(error) });
    }
  }

  let isEnd = false;
  let after: Position | null = null;
  for (let seen = 0; !isEnd && seen < limits.boards && counts.failed < limits.failures; ) {
    const { rows }: { rows: Due[] } = await services.database.execute<Due>(
      selectBoardsToAnonymise(before, { after, limit: limits.page }),
    );
    for (let start = 0; start < rows.length; start += limits.concurrency) {
      await Promise.all(rows.slice(start, start + limits.concurrency).map(anonymise));
    }
    seen += rows.length;
    isEnd = rows.length < limits.page;
    after = rows.at(-1) ?? null;
  }
  const complete = isEnd && counts.failed === 0;
  if (!complete) services.alert({ event: "purge_incomplete", job: "anonymise-boards", failed: counts.failed });
  return { ...counts, complete };
}

/**
 * Boards that ended before `before` and still name people, the longest ended first. A closed board with a payout to pay
 * has not ended; the board itself decides. The condition is that of `own_dream_boards_to_anonymise`.
 */
export function selectBoardsToAnonymise(
  before: Date,
  { after, limit }: { after: Position | null; limit: number },
): SQL {
  const beyond = after ? sql`AND (updated_at, id) > (${after.updatedAt}::timestamptz, ${after.id}::uuid)` : sql``;
  return sql`
    SELECT id, partner_id AS "partnerId", updated_at AS "updatedAt",
      updated_at < ${addDays(before, -OVERDUE_DAYS).toISOString()}::timestamptz AS overdue
    FROM dream_boards b
    WHERE status IN ('closed', 'paid_out', 'cancelled', 'expired') AND payout_email <> 'anonymized@chipin.co.za'
      AND updated_at < ${before.toISOString()}::timestamptz ${beyond}
      -- Counted, so that it is looked up board by board: NOT EXISTS reads the whole table.
      AND (status <> 'closed' OR 0 = (
        SELECT count(*) FROM payouts p WHERE p.dream_board_id = b.id AND p.gross_cents > 0 AND p.status <> 'completed'))
    ORDER BY updated_at, id LIMIT ${limit}`;
}
