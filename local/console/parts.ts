import type { Mailbox } from "../mailbox.ts";
import type { NeonGateway } from "../neon-gateway.ts";
import type { LocalPostgres } from "../postgres/local-postgres.ts";
import type { WebhookReceiver } from "../receiver.ts";
import type { SeededPartner } from "../seed.ts";
import type { PayfastSimulator } from "../simulators/payfast.ts";
import type { LogLine } from "../worker/messages.ts";

/** Everything the console shows and switches. */
export type ConsoleParts = {
  worker: string;
  console: string;
  postgres: LocalPostgres;
  gateway: NeonGateway;
  payfast: PayfastSimulator;
  mailbox: Mailbox;
  receiver: WebhookReceiver;
  /** null until the platform has made its partners */
  partner: () => SeededPartner | null;
  workerLog: () => Promise<LogLine[]>;
  hostEmail: string;
  adminEmail: string;
};

export type BoardLine = {
  slug: string;
  childName: string;
  status: string;
  goalCents: number;
  raisedCents: number;
  contributions: number;
};

const NEWEST_BOARDS = `SELECT slug, child_name, status, goal_cents, raised_cents, contribution_count
  FROM dream_boards_with_totals ORDER BY created_at DESC LIMIT 12`;

/** The newest boards as Postgres has them; null while it cannot be asked. */
export async function newestBoards(postgres: LocalPostgres): Promise<BoardLine[] | null> {
  try {
    const { rows } = await postgres.query({ text: NEWEST_BOARDS, params: [] });
    return rows.map(([slug, childName, status, goal, raised, count]) => ({
      slug: slug ?? "",
      childName: childName ?? "",
      status: status ?? "",
      goalCents: Number(goal),
      raisedCents: Number(raised),
      contributions: Number(count),
    }));
  } catch {
    return null;
  }
}
