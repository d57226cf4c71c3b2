import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredEvent } from "#domain/board/events";
import { holdsAfter } from "#domain/board/holds";
import { potOf } from "#domain/board/pot";
import type { BoardState } from "#domain/board/state";

const FOLDER = join(import.meta.dirname, "logs");

/** The log of one board as a release wrote it, with a summary of the state it folded to. */
export type GoldenLog = Readonly<{
  about: string;
  events: readonly StoredEvent[];
  summary: ReturnType<typeof summaryOf>;
}>;

/**
 * Every golden log. The files are never edited, because each later release must fold them to the same summary. A new
 * type or version of an event gets a log in a new file.
 */
export function goldenLogs(): readonly GoldenLog[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const { logs }: { logs: GoldenLog[] } = JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
    return logs.map((log) => ({ ...log, about: `${file} (${log.about})` }));
  });
}

/** The parts of a state that no later release may change. */
export function summaryOf(state: BoardState) {
  const { status, contributionCount, closing, updatedAt } = state;
  return {
    status,
    updatedAt,
    ...potOf(state),
    contributionCount,
    payouts: closing && {
      held: holdsAfter(state, []).length > 0,
      planned: [...state.payouts.values()].map(({ id, type, gross, net, items, status, attempt, completion }) => ({
        id,
        type,
        gross,
        net,
        items: items.map((item) => `${item.type} ${item.amount}`),
        // The first logs come from releases without these.
        ...(status !== "pending" && { status, attempt, externalRef: completion?.externalRef ?? null }),
      })),
    },
    ...(state.lost > 0 && { lost: state.lost }),
    ...(state.anonymised && { anonymised: true }),
    flags: [...state.flags.values()].map(({ flag, received, cleared }) => ({ flag, received, cleared })),
    contributions: [...state.contributions.values()].map((contribution) => ({
      reference: contribution.reference,
      status: contribution.status,
      net: contribution.amount - contribution.fee,
      attempt: contribution.attempt,
      late: contribution.late,
      refunds: [...contribution.refunds.values()].map((refund) => `${refund.cause} ${refund.amount} ${refund.status}`),
      ...(state.hidden.has(contribution.id) && { hidden: state.hidden.get(contribution.id) }),
    })),
  };
}
