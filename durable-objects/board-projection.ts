import type { Database } from "../src/database/client.ts";
import { isUnavailable } from "../src/database/errors.ts";
import { recordProjectionFailure, resolveProjectionFailures } from "../src/database/projection-failures.ts";
import type { BoardAbout } from "../src/domain/board/about.ts";
import type { RecordedEvent } from "../src/domain/board/events.ts";
import type { BoardState } from "../src/domain/board/state.ts";
import { alert, log, messageOf } from "../src/platform/log.ts";
import { projectionContextOf } from "../src/projection/context.ts";
import { enqueue } from "../src/projection/enqueue.ts";
import { project } from "../src/projection/project.ts";
import type { BoardLog } from "./board-log.ts";
import { BoardProjector } from "./board-projector.ts";

/** An outage this long, and then every so often, is something to look at. */
const PATIENCE_ATTEMPTS = 5;
const INSIST_EVERY_ATTEMPTS = 30;

/** What the projection needs of the object it works for; `state` and `about` as they are whenever it asks. */
type Board = Readonly<{
  log: BoardLog;
  state(): BoardState;
  about(): BoardAbout | null;
  code(): string | null;
  env: Env;
  waitUntil(work: Promise<unknown>): void;
}>;

/** The projector of one board's log, with Postgres, the queues and people's attention at its other end. */
export function boardProjector(board: Board): BoardProjector {
  const { log: boardLog } = board;
  return new BoardProjector({
    headSeq: () => boardLog.headSeq,
    since: (seq, limit) => boardLog.since(seq, limit),
    load: () => boardLog.progress(),
    save: (progress) => boardLog.saveProgress(progress),
    write: (batch) => write(board, batch),
    isOutage: isUnavailable,
    onOutage: (error, attempts) => reportOutage(board, error, attempts),
    onPoison: async (entry, error) => {
      const { seq, event } = entry;
      alert({ event: "projection_poisoned", board: board.code(), seq, type: event.type, error: messageOf(error) });
      await tell(board, (database, boardId) => recordProjectionFailure(database, boardId, entry, error, new Date()));
    },
    onHealed: async (seq) => {
      log({ event: "projection_healed", board: board.code(), seq });
      await tell(board, (database, boardId) => resolveProjectionFailures(database, boardId, seq, new Date()));
    },
    now: Date.now,
  });
}

async function write(board: Board, batch: RecordedEvent[]): Promise<void> {
  const { log: boardLog, env } = board;
  const about = board.about();
  if (!about) throw new Error("a board without its details cannot be projected");
  const contributor = (id: string) => boardLog.contributor(id);
  const outbox = await project(projectionContextOf(env), { state: board.state(), about, contributor }, batch);
  // The rows are written; if the queue is slow or away a sweeper finds them.
  board.waitUntil(
    enqueue(env, outbox).catch((error) =>
      log({ event: "enqueue_failed", board: board.code(), error: messageOf(error) }),
    ),
  );
}

function reportOutage({ code }: Board, error: unknown, attempts: number): void {
  const about = { board: code(), attempts, error: messageOf(error) };
  log({ event: "projection_waits", ...about });
  if (attempts !== PATIENCE_ATTEMPTS && attempts % INSIST_EVERY_ATTEMPTS !== 0) return;
  alert({ event: "projection_waits_long", ...about });
}

/** Writes a note about this board's projection where people look. Failing to is noted, never more. */
async function tell(board: Board, write: (database: Database, boardId: string) => Promise<void>): Promise<void> {
  try {
    await write(projectionContextOf(board.env).database, board.state().terms?.boardId ?? "");
  } catch (error) {
    log({ event: "projection_note_not_written", board: board.code(), error: messageOf(error) });
  }
}
