import { and, asc, inArray, lte, sql } from "drizzle-orm";
import { executeOnBoard } from "#boards/call-board";
import { projectionFailures } from "#database/own-tables";
import { dreamBoards } from "#database/schema";
import type { Refusal } from "#domain/board/commands";
import { OPEN_STATUSES } from "#domain/board/lifecycle";
import { boardCode } from "#domain/ids";
import { type Providers, paymentProviders } from "#payments/configure";
import { messageOf } from "#platform/log";
import type { Executed } from "#platform/objects";
import type { Services } from "#platform/services";
import { lookUpPayments } from "#reconciliation/look-up-payments";
import { maxPerRun, type OpenAtDeadline, openAtDeadline } from "#reconciliation/open-payments";

const MAX_BOARDS_PER_RUN = 200;

type Run = Readonly<{ now: Date; providers: Providers }>;

/**
 * Boards past their deadline close, or expire when nothing was raised. Each board's own alarm does this on time; the
 * sweep is for alarms that never came. The board judges as of the same instant, so running twice does nothing.
 */
export async function closeDueBoards(
  services: Services,
  now: Date,
  providers = paymentProviders(services.settings),
): Promise<{ due: number; closed: number }> {
  const due = await services.database
    .select({ id: dreamBoards.id })
    .from(dreamBoards)
    .where(
      and(
        inArray(dreamBoards.status, [...OPEN_STATUSES]),
        lte(dreamBoards.deadline, now),
        // What cannot reach Postgres stays open there; it must not keep the others from their turn.
        sql`NOT EXISTS (SELECT FROM ${projectionFailures} f WHERE f.dream_board_id = ${dreamBoards.id} AND f.resolved_at IS NULL)`,
      ),
    )
    .orderBy(asc(dreamBoards.deadline))
    .limit(MAX_BOARDS_PER_RUN);
  let closed = 0;
  for (const { id } of due) {
    try {
      const outcome = await passDeadline(services, id, { now, providers });
      if (!("refused" in outcome)) closed += outcome.outcome === "recorded" ? 1 : 0;
      // Postgres has a board whose object is empty: an operator must restore it. (docs/operate.md)
      else if (outcome.refused === "unknown_board")
        services.alert({ event: "board_object_lost", board: boardCode(id) });
    } catch (error) {
      services.log({ event: "deadline_sweep_skipped", board: boardCode(id), error: messageOf(error) });
    }
  }
  return { due: due.length, closed };
}

/**
 * A payment begun in time may have been made and not been told of yet: its provider is asked first. When it cannot be,
 * the board stays open for that money a little longer, and then closes all the same. (product-facts 3.2)
 */
async function passDeadline(services: Services, boardId: string, { now, providers }: Run): Promise<Refusal | Executed> {
  const pass = (providersLookedUp: boolean) =>
    executeOnBoard(services, boardCode(boardId), { type: "pass_deadline", providersLookedUp }, { judgedAt: now });
  const outcome = await pass(false);
  if (!("refused" in outcome) || outcome.refused !== "payments_open") return outcome;
  const open = await openAtDeadline(services, { boardId, now });
  // Left to the next minute's run: just asked about, or Postgres does not know of them yet.
  if (open.every(({ lookedUpLately }) => lookedUpLately)) return outcome;
  const answers = await Promise.all(open.map((about) => hasAnswered(services, about, { now, providers, boardId })));
  return answers.every(Boolean) ? await pass(true) : outcome;
}

/** Whether this provider has answered about every payment of it that holds the board up. */
async function hasAnswered(
  services: Services,
  { provider: name, payments }: OpenAtDeadline,
  { now, providers, boardId }: Run & { boardId: string },
): Promise<boolean> {
  const provider = providers.get(name);
  // Who cannot be asked, or is not configured any more, has not answered.
  if (!provider?.lookUp) return false;
  const { stopped, problems } = await lookUpPayments(services, provider, { now, boardId });
  return stopped === null && problems === 0 && payments <= maxPerRun(provider);
}
