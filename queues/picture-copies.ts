import { z } from "zod";
import { consumeTogether, type Report } from "./consume-together.ts";

const PictureCopyMessage = z.object({ boardId: z.guid() });

export interface PictureCopyDeps {
  copy(boardId: string): Promise<void>;
  report: Report;
}

/** Copies the pictures of the boards of the messages. What could not be copied is noted on the board; the job tries it again. */
export async function consumePictureCopies(batch: MessageBatch, deps: PictureCopyDeps): Promise<void> {
  await consumeTogether(batch, PictureCopyMessage, deps.report, async (bodies) => {
    for (const boardId of new Set(bodies.map((body) => body.boardId))) await deps.copy(boardId);
  });
}
