import { readFile } from "node:fs/promises";
import { parsePublicId } from "#domain/ids";
import type { BoardInspection } from "#platform/objects";
import type { Board } from "./gifts.ts";
import { NET_CENTS } from "./outside.ts";
import type { Stage } from "./stage.ts";

/** @throws Error: whatever was measured, it was not ChipIn working right. */
export function insist(what: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new Error(`NOT CORRECT: ${what}: ${String(actual)} instead of ${String(expected)}`);
}

export async function inspect({ door, settings }: Stage, board: Board): Promise<BoardInspection> {
  const headers = { authorization: `Bearer ${settings.INTERNAL_JOB_SECRET}` };
  const answer = await fetch(`${door.origin}/internal/boards/${board.id}`, { headers });
  if (!answer.ok) throw new Error(`the board could not be inspected: ${answer.status}`);
  return (await answer.json()) as BoardInspection;
}

const SETTLED_WITHIN_MS = 60_000;

/** Until everything in the boards' logs is in Postgres. */
export async function settled(stage: Stage, boards: readonly Board[]): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (const board of boards) {
    for (;;) {
      const { headSeq, projectedSeq } = await inspect(stage, board);
      if (headSeq === projectedSeq) break;
      if (Date.now() > deadline)
        throw new Error(`board ${board.slug} is still ${headSeq - projectedSeq} events behind`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * The same money everywhere: `paid` gifts a board in the object's tally, in the sum of Postgres's rows, in the totals
 * view, in the log kept there, in what partners are told and in the partner API; and each counted once.
 */
export async function insistOnMoney(stage: Stage, board: Board, paid: number): Promise<void> {
  const raised = paid * NET_CENTS;
  const object = await inspect(stage, board);
  insist("the object's tally", object.pot.counted, raised);
  insist("the object's contributions, added up", object.recounted.counted, raised);
  insist("the object's count", object.contributionCount, paid);

  const { rows } = await stage.database.postgres.query({
    text: `
      WITH paid AS (SELECT * FROM contributions WHERE dream_board_id = $1 AND payment_status = 'completed'),
        log AS (SELECT data ->> 'contributionId' AS id FROM board_events
          WHERE dream_board_id = $1 AND type = 'payment_completed'),
        told AS (SELECT data FROM partner_events WHERE type = 'contribution.received' AND dream_board_id = $1)
      SELECT (SELECT raised_cents || '/' || contribution_count FROM dream_boards_with_totals WHERE id = $1),
        (SELECT coalesce(sum(net_cents), 0) || '/' || count(DISTINCT payment_ref) FROM paid),
        (SELECT count(DISTINCT id) || '/' || count(*) FROM log),
        (SELECT count(DISTINCT data #>> '{contribution,id}') || '/' || count(*) FROM told),
        (SELECT count(*)::text FROM refunds WHERE dream_board_id = $1)`,
    params: [parsePublicId("board", board.id)],
  });
  const [view, sum, log, told, refunds] = rows[0] ?? [];
  insist("raised/contributions in the totals view", view, `${raised}/${paid}`);
  insist("the sum of Postgres's rows/distinct references", sum, `${raised}/${paid}`);
  insist("payments in the log, distinct/all", log, `${paid}/${paid}`);
  insist("partner events, distinct/all", told, `${paid}/${paid}`);
  insist("refunds", refunds, "0");

  const headers = { authorization: `Bearer ${stage.partner.apiKey}` };
  const answer = await fetch(`${stage.door.origin}/v1/dream-boards/${board.id}`, { headers });
  const { data } = (await answer.json()) as { data: { raised_cents: number } };
  insist("the partner API", data.raised_cents, raised);
}

/** What the bench itself does to its boards: they are new, and so much money comes in that a person must look. */
const DESERVED = /"event":"flag_opened".*"flag":"(new_board_spike|new_host)"/;

/** Nothing else a person would have to look at happened meanwhile. */
export async function insistOnQuietLog({ runtime }: Stage): Promise<void> {
  const lines = (await readFile(runtime.logFile, "utf8")).split("\n");
  const alerts = lines.filter((line) => line.includes('"alert":true') || /uncaught|\*\*\*/i.test(line));
  const undeserved = alerts.filter((line) => !DESERVED.test(line));
  insist("alerts and crashes in the Worker's log", undeserved.slice(0, 3).join(" | "), "");
}
