import type { BoardBooks } from "#domain/board/board";
import { firstBrokenLink, GENESIS_HASH } from "#domain/board/chain";
import { journalEntry } from "#domain/board/journal";
import type { Restored, RestorePiece } from "#platform/objects";
import type { BoardJournal } from "./board-journal.ts";

type Head = Pick<BoardBooks, "headSeq" | "headHash">;

/**
 * Writes one piece of a log from Postgres. What the board has itself is never overwritten, only what an earlier,
 * interrupted restore has left: a log that ends too early gets the events that follow its last one. A repeated piece
 * writes nothing. @returns also whether the log has changed
 */
export function restorePiece(
  journal: BoardJournal,
  { headSeq, headHash }: Head,
  { piece, code }: { piece: RestorePiece; code: string },
): Restored & { written: boolean } {
  const { isRestoring } = journal;
  const refused = (reason: string) => ({ restored: false, reason, written: false });
  if (isRepeated(piece, { headSeq, headHash }, isRestoring)) return { restored: true, written: false };
  const startsOver = piece.first && piece.events[0]?.seq === 1;
  if (startsOver && headSeq > 0 && !isRestoring) return refused("this board has a log of its own");
  if (piece.first && piece.events.length === 0) return refused("the first piece has no events");
  if (!piece.first && !isRestoring) return refused("the restore did not begin with its first piece");
  const start = startsOver ? { seq: 0, hash: GENESIS_HASH } : { seq: headSeq, hash: headHash };
  const broken = firstBrokenLink(piece.events, start);
  if (broken !== null) return refused(`the log's chain breaks at event ${broken}`);
  journal.restore(
    piece.events.map((stored) => journalEntry(stored, code)),
    piece,
  );
  return { restored: true, written: true };
}

/** Whether the piece would add nothing: the runtime repeats calls. */
function isRepeated({ first, last, events, contributors }: RestorePiece, head: Head, isRestoring: boolean): boolean {
  const end = events.at(-1);
  if (end) return isRestoring && end.seq === head.headSeq && end.hash === head.headHash;
  return !first && last && contributors.length === 0 && head.headSeq > 0 && !isRestoring;
}
