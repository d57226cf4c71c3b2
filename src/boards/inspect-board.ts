import type { BoardInspection } from "#platform/objects";
import type { Services } from "#platform/services";
import { type BoardName, callBoard, noSuchBoard, PATIENCE_MS, requireCode } from "./call-board.ts";

/** @throws ChipInError `not_found` when the object has no log. */
export async function inspectBoard(services: Services, name: BoardName): Promise<BoardInspection> {
  const inspection = await callBoard(services, requireCode(name), (board) => board.inspect(), PATIENCE_MS.upkeep);
  if (inspection.headSeq === 0) throw noSuchBoard();
  return inspection;
}
