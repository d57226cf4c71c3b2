import { exportLedger } from "#boards/export-ledger";
import { differenceInWords, LedgerCheck, type LedgerLine } from "#domain/board/ledger-check";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { MemoryBoardObject, type TestBoard } from "./board.ts";
import type { TestDatabase } from "./database.ts";

/** The export of a board that was projected to the test's database. Its object has the log of `board`, or is away. */
export async function ledgerOf(
  { db }: Pick<TestDatabase, "db">,
  boardId: string,
  board: TestBoard | null,
): Promise<LedgerLine[]> {
  const now = () => new Date("2026-12-01T08:00:00.000Z");
  const objectOf = () => {
    if (board) return new MemoryBoardObject({ now, board });
    throw new ChipInError("unavailable", "the object is away");
  };
  const services = { database: db, now, objects: { board: objectOf } };
  const lines: LedgerLine[] = [];
  // The export uses nothing else.
  for await (const piece of exportLedger(services as unknown as Services, boardId)) lines.push(...piece);
  return lines;
}

/** What `LedgerCheck` finds in these lines, in words; null when all is right. */
export function differenceIn(lines: readonly LedgerLine[]): string | null {
  const check = new LedgerCheck();
  for (const line of lines) check.add(line);
  const difference = check.finish();
  return difference && differenceInWords(difference);
}
