import { executeOnBoard, requireCode } from "#boards/call-board";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import { formatRand } from "#domain/money";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** `projected`: whether Postgres has it already. */
export type RecordedAction = { recorded: boolean; projected: boolean };

/** Has the board record what a person decided. @throws ChipInError `not_found`, or `conflict` saying why not. */
export async function recordOnBoard(
  services: Services,
  boardId: string,
  command: BoardCommand,
): Promise<RecordedAction> {
  const context = { boardId, waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode({ boardId }), command, context);
  if ("refused" in outcome) throw refusal(outcome);
  return { recorded: outcome.outcome === "recorded", projected: outcome.projected };
}

function refusal(outcome: Refusal): ChipInError {
  switch (outcome.refused) {
    case "nothing_to_refund":
      return new ChipInError("conflict", `Nothing can be refunded: the payment is ${outcome.status}.`);
    case "cannot_withdraw":
      return new ChipInError(
        "conflict",
        `Only a refund of money in the pot that was not sent can be withdrawn; this one is ${outcome.status}.`,
      );
    case "paid_out_already":
      return new ChipInError(
        "conflict",
        `The money is being paid out, or was: ${formatRand(outcome.uncovered)} of it is no longer here.`,
      );
    case "cannot_hold":
      return new ChipInError("conflict", `A board that is ${outcome.status} has nothing to pay out.`);
    case "not_late":
      return new ChipInError(
        "conflict",
        "Only money that arrived after its board closed, and goes back, can be paid out on top.",
      );
    case "unknown_flag":
      return new ChipInError("not_found", "There is no such flag on this board.");
    case "unknown_payment":
    case "unknown_refund":
    case "unknown_board":
      return new ChipInError("not_found", "The board has no such payment or refund.");
    default:
      throw new Error(`an operator's action was refused: ${outcome.refused}`);
  }
}
