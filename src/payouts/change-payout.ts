import { writeAudit } from "#audit/write-audit";
import { executeOnBoard, requireCode } from "#boards/call-board";
import type { BoardCommand } from "#domain/board/commands";
import type { Payout } from "#domain/board/events";
import { derivedId, publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { noSuchPayout, payoutRefusal } from "./payout-refusal.ts";
import { findPayout, type KnownPayout } from "./read-payouts.ts";

const HOUR_MS = 3_600_000;

type PayoutCommand = Extract<BoardCommand, { payoutId: string }>;

/** `projected` is false when the board has recorded the step but Postgres does not know it yet. */
export type ChangedPayout = Readonly<{ payout: KnownPayout; boardId: string; recorded: boolean; projected: boolean }>;

/**
 * Has the board of a payout take a step of its life, as the actor of these services. The payout is as it is after the step.
 * A refused step changes nothing and leaves an audit row.
 * @throws ChipInError `not_found`, or `conflict` saying why not.
 */
export async function changePayout(
  services: Services,
  { payoutId, partnerId }: Readonly<{ payoutId: string; partnerId?: string }>,
  command: PayoutCommand,
): Promise<ChangedPayout> {
  const known = await findPayout(services, payoutId, partnerId);
  if (!known) {
    // Somebody else's payout does not exist for a partner, but the attempt is noted.
    if (await findPayout(services, payoutId)) await noteRefusal(services, command, "not_found");
    throw noSuchPayout();
  }
  const boardId = known.dreamBoardId;
  const context = { boardId, waitForProjection: true };
  const outcome = await executeOnBoard(services, requireCode({ boardId }), command, context);
  if ("refused" in outcome) {
    await noteRefusal(services, command, outcome.refused);
    throw await payoutRefusal(services, outcome);
  }
  const payout = outcome.board?.payouts.find(({ id }) => id === payoutId);
  if (!payout) throw noSuchPayout();
  const { outcome: done, projected } = outcome;
  return { payout: asItIs(known, payout, command), boardId, recorded: done === "recorded", projected };
}

/** Refusals of operators are noted by their routes. A partner's leaves one row for each key, step and reason an hour. */
async function noteRefusal(services: Services, { type, payoutId }: PayoutCommand, code: string): Promise<void> {
  const { actor, now } = services;
  if (actor.kind !== "partner") return;
  const hour = new Date(Math.floor(now().getTime() / HOUR_MS) * HOUR_MS);
  const id = derivedId(hour, payoutId, actor.apiKeyId, type, code, "refused");
  const target = { type: "payout", id: publicId("payout", payoutId) };
  await writeAudit(services, { id, action: REFUSED[type], target, metadata: { code } });
}

const REFUSED: Readonly<Record<PayoutCommand["type"], string>> = {
  start_payout: "payout.start.refused",
  complete_payout: "payout.confirm.refused",
  fail_payout: "payout.fail.refused",
  retry_payout: "payout.retry.refused",
};

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
