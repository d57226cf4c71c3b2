import type { Services } from "#platform/services";
import { type BoardInspection, callBoard } from "./board-object.ts";
import { codeOf, noSuchBoard } from "./read-board.ts";

/** @throws ChipInError `not_found` when the object has no log. */
export async function inspectBoard(services: Services, idOrSlug: string): Promise<BoardInspection> {
  const inspection = await callBoard(services, requireCode(idOrSlug), (board) => board.inspect());
  if (inspection.headSeq === 0) throw noSuchBoard();
  return inspection;
}

/** @throws ChipInError `not_found` when `idOrSlug` can name no board. */
export function requireCode(idOrSlug: string): string {
  const code = codeOf(idOrSlug);
  if (!code) throw noSuchBoard();
  return code;
}
