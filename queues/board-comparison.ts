import { z } from "zod";
import { consumeTogether, type Report } from "./consume-together.ts";

const BoardComparisonMessage = z.object({ boardIds: z.array(z.guid()).min(1).max(100) });

export interface BoardComparisonDeps {
  compare(boardId: string): Promise<unknown>;
  report: Report;
}

/** Compares the boards of the messages, one after the other. While Postgres is away the next hourly run queues them again. */
export async function consumeBoardComparison(batch: MessageBatch, deps: BoardComparisonDeps): Promise<void> {
  await consumeTogether(batch, BoardComparisonMessage, deps.report, async (bodies) => {
    for (const boardId of bodies.flatMap(({ boardIds }) => boardIds)) await deps.compare(boardId);
  });
}
