import { isPermanent } from "#database/errors";
import type { Board } from "#domain/board/board";
import type { StoredEvent } from "#domain/board/events";
import { alert, log, messageOf } from "#platform/log";
import { queuesOf } from "#platform/queues";
import { enqueue } from "#projection/enqueue";
import type { ProjectedBoard } from "#projection/rows";
import type { BoardJournal } from "./board-journal.ts";
import { BoardProjector } from "./board-projector.ts";

/** An alert after this many failed attempts, and then every so often. */
const FIRST_ALERT_ATTEMPTS = 5;
const ALERT_EVERY_ATTEMPTS = 30;

const postgres = () => import("./board-postgres.ts");

/** What the projection needs of the object it works for; `board` as it is at that moment. */
type Source = Readonly<{
  journal: BoardJournal;
  board(): Board;
  code: string | null;
  env: Env;
  waitUntil(work: Promise<unknown>): void;
}>;

/** The projector of one board's log, with Postgres, the queues and the alerts at its other end. */
export function boardProjector(source: Source): BoardProjector {
  const { journal, code } = source;
  return new BoardProjector({
    // What this release cannot read waits for the one that wrote it.
    headSeq: () => (source.board().unreadable?.seq ?? source.board().headSeq + 1) - 1,
    since: (seq, limit) => [...journal.readSome(seq, limit)],
    load: () => journal.progress(),
    save: (progress) => journal.noteProgress(progress),
    write: (batch) => write(source, batch),
    isOutage: (error) => !isPermanent(error),
    onOutage: (error, attempts) => reportOutage(code, error, attempts),
    onPoison: async (entry, error) => {
      const { seq, type } = entry;
      alert({ event: "projection_poisoned", board: code, seq, type, error: messageOf(error) });
      await note(source, async (boardId) => (await postgres()).noteFailure(source.env, boardId, entry, error));
    },
    onHealed: async (seq) => {
      log({ event: "projection_healed", board: code, seq });
      await note(source, async (boardId) => (await postgres()).noteHealed(source.env, boardId, seq));
    },
    now: Date.now,
  });
}

async function write(source: Source, batch: StoredEvent[]): Promise<void> {
  const { journal, env, code } = source;
  const { terms } = source.board().state;
  const { profile } = source.board();
  if (!terms || !profile) throw new RangeError("a board without terms and profile cannot be projected");
  const contributor = contributorsOf(journal, batch);
  const origin = (seq: number) => journal.origin(seq);
  const { writeToPostgres } = await postgres();
  const outbox = await writeToPostgres(env, { terms, profile, contributor, origin }, batch);
  // The rows are written; if the queue is slow or away a sweeper finds them.
  source.waitUntil(
    enqueue(queuesOf(env), outbox).catch((error) =>
      log({ event: "enqueue_failed", board: code, error: messageOf(error) }),
    ),
  );
}

/** The profiles of the batch's contributions, read together when the first of them is asked for. */
function contributorsOf(journal: BoardJournal, batch: readonly StoredEvent[]): ProjectedBoard["contributor"] {
  let profiles: ReturnType<BoardJournal["contributorProfiles"]> | null = null;
  return (id) => {
    profiles ??= journal.contributorProfiles(batch.flatMap(contributionIn));
    return profiles.get(id) ?? null;
  };
}

/** The contribution that an event is about, if any. */
function contributionIn({ data: { contributionId } }: StoredEvent): string | [] {
  return typeof contributionId === "string" ? contributionId : [];
}

function reportOutage(board: string | null, error: unknown, attempts: number): void {
  const fields = { board, attempts, error: messageOf(error) };
  log({ event: "projection_waits", ...fields });
  const isTime = attempts === FIRST_ALERT_ATTEMPTS || attempts % ALERT_EVERY_ATTEMPTS === 0;
  if (isTime) alert({ event: "projection_waits_long", ...fields });
}

/** Notes in Postgres that this board's projection failed or healed. Failing to is logged, never more. */
async function note(source: Source, write: (boardId: string) => Promise<void>): Promise<void> {
  try {
    await write(source.board().state.terms?.boardId ?? "");
  } catch (error) {
    log({ event: "projection_note_not_written", board: source.code, error: messageOf(error) });
  }
}
