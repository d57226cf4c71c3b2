import type { BoardProfile } from "#domain/board/profile";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { type PayoutMethod, pictureOf } from "#domain/gift";
import { boardCode, newId } from "#domain/ids";
import type { Cents } from "#domain/money";
import { boardSlug } from "#domain/slug";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { arrangePictures } from "./arrange-pictures.ts";
import { forgetMiss } from "./board-copies.ts";
import { executeOnBoard } from "./call-board.ts";

/** Two boards share a code once in 10^15; more than this many in a row means something else is wrong. */
const MAX_DRAWS = 5;

export type NewBoard = Readonly<{
  /** An id minted earlier, so that asking again opens the same board. */
  boardId?: string;
  partnerId: string;
  hostId: string;
  /** Since when we have known the host. */
  hostSince: Date;
  profile: Omit<BoardProfile, "slug">;
  payoutMethod: PayoutMethod;
  goal: Cents;
  deadline: Date;
  sandbox: boolean;
}>;

/**
 * Opens a board: claims its object, draws another id when the code is taken, and waits until Postgres has it.
 * `projected` is false when the board exists but Postgres does not know it yet.
 * @throws ChipInError `validation_error` when the deadline has passed.
 */
export async function openBoard(
  services: Services,
  board: NewBoard,
): Promise<{ board: BoardSnapshot; projected: boolean }> {
  const { partnerId, hostId, hostSince, payoutMethod, goal, deadline, sandbox } = board;
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    const boardId = draw === 0 && board.boardId ? board.boardId : newId(services.now());
    const code = boardCode(boardId);
    const profile = { ...board.profile, slug: boardSlug(board.profile.childName, code) };
    const about = { boardId, partnerId, hostId, hostSince, giftType: profile.gift.type };
    const terms = { ...about, payoutMethod, goal, deadline, sandbox };
    const context = { profiles: { board: profile }, waitForProjection: true };
    const outcome = await executeOnBoard(services, code, { type: "open_board", ...terms }, context);
    if (!("refused" in outcome)) {
      if (!outcome.board) throw new Error("an opened board has no snapshot");
      forgetMiss(services, code);
      await arrangePictures(services, boardId, [profile.childPhotoUrl, pictureOf(profile.gift)]);
      return { board: outcome.board, projected: outcome.projected };
    }
    if (outcome.refused === "deadline_not_ahead") {
      const reason = "must lie in the future";
      throw new ChipInError("validation_error", "The deadline has already passed.", [{ field: "deadline", reason }]);
    }
    if (outcome.refused !== "code_taken") throw new Error(`a new board was refused: ${outcome.refused}`);
  }
  throw new Error("no free board code was found");
}
