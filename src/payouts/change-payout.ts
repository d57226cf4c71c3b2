import { executeOnBoard, requireCode } from "#boards/call-board";
import type { BoardCommand } from "#domain/board/commands";
import type { Payout } from "#domain/board/events";
import type { Services } from "#platform/services";
import { noSuchPayout, payoutRefusal } from "./payout-refusal.ts";
import { getPayout, type KnownPayout } from "./read-payouts.ts";

type PayoutCommand = Extract<BoardCommand, { payoutId: string }>;

/** `projected` is false when the board has recorded the step but Postgres does not know it yet. */
export type ChangedPayout = Readonly<{ payout: KnownPayout; boardId: string; recorded: boolean; projected: boolean }>;

/**
 * Has the board of a payout take a step of its life, as the actor of these services. The payout is as it is after the step.
 * @throws ChipInError `not_found`, or `conflict` saying why not.
 */
export async function changePayout(
  services: Services,
  { payoutId, partnerId }: Readonly<{ payoutId: string; partnerId?: string }>,
  command: PayoutCommand,
): Promise<ChangedPayout> {
  const known = await getPayout(services, payoutId, partnerId);
  const boardId = known.dreamBoardId;
  const context = { boardId, waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode({ boardId }), command, context);
  if ("refused" in outcome) throw await payoutRefusal(services, outcome);
  const payout = outcome.board?.payouts.find(({ id }) => id === payoutId);
  if (!payout) throw noSuchPayout();
  const { outcome: done, projected } = outcome;
  return { payout: asItIs(known, payout, command), boardId, recorded: done === "recorded", projected };
}

/** The row as the board will have it: Postgres may be a moment behind. */
function asItIs(known: KnownPayout, payout: Payout, command: PayoutCommand): KnownPayout {
  const { gross, fee, net, status, attempt, execution, completion, errorCode } = payout;
  return {
    ...known,
    grossCents: gross,
    feeCents: fee,
    netCents: net,
    status,
    attempt,
    startedAt: execution?.startedAt ?? null,
    externalRef: completion?.externalRef ?? null,
    completedAt: completion?.completedAt ?? null,
    errorCode,
    errorMessage: status === "failed" && command.type === "fail_payout" ? command.errorMessage : null,
  };
}
