import { and, eq, isNotNull } from "drizzle-orm";
import { executeOnBoard } from "#boards/call-board";
import { inspectBoard } from "#boards/inspect-board";
import { giftCards } from "#database/payout-tables";
import { payouts } from "#database/schema";
import { whyNotAnonymised } from "#domain/board/anonymise";
import type { Refusal } from "#domain/board/commands";
import { isOpenStatus } from "#domain/board/lifecycle";
import { boardCode, newId } from "#domain/ids";
import { deletePicturesOf } from "#media/delete-pictures";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { BOARD_ERASERS, type BoardEraser } from "#privacy/erase-board";

/** A gift card's code is as good as cash: it is mailed to the family first. */
type Obstacle = Refusal | { refused: "gift_card_not_mailed" };

/** `projected` is false when the board is anonymised but Postgres does not know it yet: do it again later. */
export type Anonymisation = Obstacle | Readonly<{ outcome: "recorded" | "no_change"; projected: boolean }>;

export type AnonymiseOptions = Readonly<{
  /** The job, or the act. */
  cause: string;
  hostId?: string;
  erasers?: Readonly<Record<string, BoardEraser>>;
}>;

/**
 * Erases the people a board was about: what Postgres alone has, then the board's object, which tells Postgres the rest. A
 * board that may not be anonymised loses nothing. It may be repeated after any failure.
 * @throws ChipInError `not_found` when the object has no log; what Postgres or the connection reported.
 */
export async function anonymiseBoard(
  services: Services,
  board: Readonly<{ id: string; partnerId: string }>,
  { cause, hostId, erasers = BOARD_ERASERS }: AnonymiseOptions,
): Promise<Anonymisation> {
  const { database, settings, now } = services;
  const { obstacle } = await findObstacle(services, board.id);
  if (obstacle) return obstacle;
  const at = now();
  const erasure = { id: newId(at), cause, at, dreamBoardId: board.id, ...(hostId !== undefined && { hostId }) };
  const eraseWhatPostgresHas = async () => {
    for (const erase of Object.values(erasers)) await erase({ database, keyring: keyringOf(settings), erasure }, board);
    await deletePicturesOf(services, board.id, erasure);
  };
  await eraseWhatPostgresHas();
  const context = { boardId: board.id, waitForProjection: true };
  const outcome = await executeOnBoard(services, boardCode(board.id), { type: "anonymise_board" }, context);
  // Again: a flush that began before may have written names, and a picture may have been copied. None follows any more.
  await eraseWhatPostgresHas();
  return outcome;
}

/** How the board stands, and why it may not be anonymised; with `cancelled`, were it cancelled where it is open. */
export async function findObstacle(services: Services, boardId: string, { cancelled = false } = {}) {
  const { status, underWay, contributionCount } = await inspectBoard(services, { boardId });
  const judged = cancelled && isOpenStatus(status) ? "cancelled" : status;
  const [waiting] = await services.database
    .select({ id: payouts.id })
    .from(payouts)
    .innerJoin(giftCards, eq(giftCards.payoutId, payouts.id))
    .where(and(eq(payouts.dreamBoardId, boardId), isNotNull(giftCards.sealed)))
    .limit(1);
  const unsent: Obstacle | null = waiting ? { refused: "gift_card_not_mailed" } : null;
  return { status, contributionCount, obstacle: whyNotAnonymised(judged, underWay) ?? unsent };
}

/** What stands in the way, for a person. */
export function obstacleSentence(refusal: Obstacle): string {
  switch (refusal.refused) {
    case "not_ended":
      return `it is ${refusal.status}`;
    case "money_under_way": {
      const { payouts, refunds, payments } = refusal;
      return `${payouts} payouts, ${refunds} refunds and ${payments} payments are not done`;
    }
    default:
      return refusal.refused.replaceAll("_", " ");
  }
}
