import { sql } from "drizzle-orm";
import { compareBoard } from "#boards/compare-board";
import { sendAll } from "#platform/queues";
import type { Services } from "#platform/services";
import { daily } from "./timetable.ts";

/** Boards whose log moved in the last two nights are compared: a difference shows at the latest on the second look. */
const LOOKBACK_MS = 48 * 3_600_000;
/** 02:10 in South Africa. */
const nightly = daily(0, 10);

/** A message takes its consumer some ten seconds. */
const MESSAGE_BOARDS = 25;
const MAX_QUEUED_BOARDS = 5_000;
/** An open board is compared every night. After this long, nothing compares. */
const LONGEST_WAIT_MS = 27 * 3_600_000;

const PAGE_BOARDS = 200;
/** Well within what one invocation may take. Boards that are left come first in the next run. */
const LONGEST_RUN_MS = 10 * 60_000;

export type BoardDifference = { boardId: string; difference: string };

/**
 * Queues the boards that have not been compared since the last night began, longest ago first, for `compareBoard`. Every
 * run queues what is left, so whatever got lost on the way is compared an hour later, and a new board is compared
 * within an hour. A board that is queued twice is compared twice, which does no harm.
 * @throws Error once all are queued, when an open board has waited for more than a night: the run has failed, which alerts
 */
export async function queueComparison(services: Services, now: Date): Promise<{ queued: number; complete: boolean }> {
  const waiting = await boardsToCompare(services, now, { comparedBefore: nightly(now), limit: MAX_QUEUED_BOARDS });
  const boards = waiting.map(({ id }) => id);
  const messages = Array.from({ length: Math.ceil(boards.length / MESSAGE_BOARDS) }, (_, index) => ({
    boardIds: boards.slice(index * MESSAGE_BOARDS, (index + 1) * MESSAGE_BOARDS),
  }));
  await sendAll(services.queues.boardComparison, messages);
  const late = waiting.filter(({ since }) => since && now.getTime() - since.getTime() > LONGEST_WAIT_MS).length;
  if (late > 0) throw new Error(`${late} open boards have not been compared for more than a night`);
  return { queued: boards.length, complete: boards.length < MAX_QUEUED_BOARDS };
}

/** By hand: compares all of them now, one after the other, and says what differs. */
export async function compareBoards(
  services: Services,
  now: Date,
): Promise<{ compared: number; complete: boolean; differences: BoardDifference[] }> {
  const startedAt = services.now();
  const differences: BoardDifference[] = [];
  let compared = 0;
  for (;;) {
    const page = await boardsToCompare(services, now, { comparedBefore: startedAt, limit: PAGE_BOARDS });
    if (page.length === 0) return { compared, complete: true, differences };
    for (const { id: boardId } of page) {
      if (services.now().getTime() - startedAt.getTime() > LONGEST_RUN_MS) {
        return { compared, complete: false, differences };
      }
      const difference = await compareBoard(services, boardId);
      compared += 1;
      if (difference !== null) differences.push({ boardId, difference });
    }
  }
}

/**
 * Boards whose log moved lately, and all open ones: of a board whose object alone has the newest events, Postgres cannot know
 * that it moved. `since`: when an open one was compared last, or was made. The steps are materialized: the boards that moved are few, and the planner, which cannot know that, would
 * walk over all boards and their logs.
 */
async function boardsToCompare(
  { database }: Services,
  now: Date,
  { comparedBefore, limit }: { comparedBefore: Date; limit: number },
): Promise<{ id: string; since: Date | null }[]> {
  const since = new Date(now.getTime() - LOOKBACK_MS);
  const { rows } = await database.execute<{ id: string; ms: string | null }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT dream_board_id AS id FROM board_events WHERE at >= ${since.toISOString()}::timestamptz
      UNION SELECT id FROM dream_boards WHERE status IN ('active', 'funded')
    ), compared AS MATERIALIZED (
      SELECT id, (SELECT compared_at FROM board_pots WHERE dream_board_id = chosen.id) AS compared_at FROM chosen
    )
    SELECT id, (SELECT extract(epoch FROM coalesce(compared_at, board.created_at)) * 1000
      FROM dream_boards AS board WHERE board.id = compared.id AND board.status IN ('active', 'funded')) AS ms
    FROM compared WHERE compared_at IS NULL OR compared_at < ${comparedBefore.toISOString()}::timestamptz
    ORDER BY compared_at NULLS FIRST, id LIMIT ${limit}`);
  return rows.map(({ id, ms }) => ({ id, since: ms === null ? null : new Date(Number(ms)) }));
}
