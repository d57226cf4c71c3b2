import { and, asc, inArray, lte } from "drizzle-orm";
import { callBoard } from "#boards/board-object";
import { dreamBoards } from "#database/schema";
import { boardCode } from "#domain/ids";
import { messageOf } from "../log.ts";
import type { Services } from "../services.ts";

const MAX_BOARDS_PER_RUN = 200;

/**
 * Boards past their deadline close, or expire when nothing was raised. Each board's own alarm does this on time; the
 * sweep is for alarms that never came. The board judges as of the same instant, so running twice does nothing.
 */
export async function closeDueBoards(services: Services, now: Date): Promise<{ due: number; closed: number }> {
  const due = await services.database
    .select({ id: dreamBoards.id })
    .from(dreamBoards)
    .where(and(inArray(dreamBoards.status, ["active", "funded"]), lte(dreamBoards.deadline, now)))
    .orderBy(asc(dreamBoards.deadline))
    .limit(MAX_BOARDS_PER_RUN);
  let closed = 0;
  for (const { id } of due) {
    try {
      const outcome = await callBoard(services, boardCode(id), (board) => board.passDeadline(now, services.requestId));
      if (!("refused" in outcome) && outcome.events > 0) closed += 1;
    } catch (error) {
      services.log({ event: "deadline_sweep_skipped", board: boardCode(id), error: messageOf(error) });
    }
  }
  return { due: due.length, closed };
}
