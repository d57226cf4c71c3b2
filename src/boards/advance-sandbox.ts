import type { BoardSnapshot } from "#domain/board/snapshot";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { changeBoard } from "./call-board.ts";

/**
 * Everything that is due on a board of a sandbox until the instant `until` happens now. `projected` is false when the board has
 * changed but Postgres does not know it yet.
 * @throws ChipInError `not_found`; `conflict` for a live board.
 */
export function advanceSandboxBoard(
  services: Services,
  idOrSlug: string,
  until: Date,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  return changeBoard(services, idOrSlug, { type: "tend_sandbox", until }, ({ refused }) => {
    if (refused !== "not_sandbox") throw new Error(`a board was not advanced: ${refused}`);
    const remedy = "Only boards of a sandbox can be advanced. Open one with a key that begins with cpk_test_.";
    return new ChipInError("conflict", `This board is live. ${remedy}`);
  });
}
