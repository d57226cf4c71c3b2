import { eq } from "drizzle-orm";
import { hosts } from "#database/schema";
import type { Actor } from "#domain/board/actor";
import type { Refusal } from "#domain/board/commands";
import type { Hold } from "#domain/board/events";
import { formatRand } from "#domain/money";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

export function noSuchPayout(): ChipInError {
  return new ChipInError("not_found", "There is no such payout.");
}

/** What a board's refusal of a step of a payout means to who asked. Only operators are told who else acted. */
export async function payoutRefusal(services: Services, outcome: Refusal): Promise<ChipInError> {
  switch (outcome.refused) {
    case "unknown_payout":
    case "unknown_board":
      return noSuchPayout();
    case "payouts_held":
      return new ChipInError("conflict", `The payouts of this board are held: ${reasonsOf(services, outcome.holds)}.`);
    case "nothing_to_pay":
      return new ChipInError("conflict", "Refunds have taken all of this payout: there is nothing to pay.");
    case "amount_changed":
      return new ChipInError("conflict", `The payout is ${formatRand(outcome.net)} now. Nothing was recorded.`);
    case "cannot_start_payout":
      return new ChipInError("conflict", `A payout that is ${await standing(services, outcome)} cannot be started.`);
    case "cannot_complete_payout": {
      const remedy = outcome.status === "failed" ? " It must be retried first." : "";
      const stands = await standing(services, outcome);
      return new ChipInError("conflict", `A payout that is ${stands} cannot be completed.${remedy}`);
    }
    case "cannot_fail_payout":
      return new ChipInError("conflict", `A payout that is ${await standing(services, outcome)} cannot fail.`);
    case "cannot_retry_payout":
      return new ChipInError("conflict", `A payout that is ${await standing(services, outcome)} cannot be retried.`);
    case "payout_under_way":
      return new ChipInError("conflict", `The payout is ${await standing(services, outcome)}; wait for its outcome.`);
    default:
      throw new Error(`a step of a payout was refused: ${outcome.refused}`);
  }
}

function reasonsOf({ actor }: Services, holds: readonly Hold[]): string {
  if (actor.kind !== "admin") return "ChipIn looks into it, and payout.ready follows";
  return holds.map(({ reason }) => reason).join(", ");
}

/** `completed by thandi@chipin.co.za`. */
async function standing(
  services: Services,
  { status, by }: Readonly<{ status: string; by: Actor | null }>,
): Promise<string> {
  return by === null ? status : `${status} by ${await nameOf(services, by)}`;
}

async function nameOf({ actor, database }: Services, by: Actor): Promise<string> {
  if (by.kind === "partner") return actor.kind === "partner" ? "you" : "the partner";
  if (actor.kind !== "admin" || by.kind === "system") return "ChipIn";
  const id = by.kind === "host" ? by.hostId : by.adminId;
  if (id === undefined) return "an operator";
  const [person] = await database.select({ email: hosts.email }).from(hosts).where(eq(hosts.id, id));
  return person?.email ?? "an operator";
}
