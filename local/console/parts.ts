import type { Mailbox } from "../mailbox.ts";
import type { NeonGateway } from "../neon-gateway.ts";
import type { LocalPostgres } from "../postgres/local-postgres.ts";
import type { WebhookReceiver } from "../receiver.ts";
import type { SeededPartner } from "../seed.ts";
import type { PaymentLine } from "../simulators/outcomes.ts";
import type { Counterparties, Simulators } from "../simulators/simulators.ts";
import type { LogLine } from "../worker/messages.ts";

/** Everything the console shows and switches. */
export type ConsoleParts = {
  worker: string;
  console: string;
  postgres: LocalPostgres;
  gateway: NeonGateway;
  simulators: Simulators;
  counterparties: Counterparties;
  mailbox: Mailbox;
  receiver: WebhookReceiver;
  /** null until the demo partners exist */
  partner: () => SeededPartner | null;
  workerLog: () => Promise<LogLine[]>;
  /** Has the edge cache forget what has one of these tags, and counts it. */
  purge(tags: readonly string[]): number;
  hostEmail: string;
  adminEmail: string;
  /** the secret of the Worker's internal routes */
  jobSecret: string;
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

/** The newest boards in Postgres. Null while Postgres cannot be reached. */
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

/** Payments at all providers, newest first. */
export function newestPayments({ payfast, ozow, snapscan }: Simulators): PaymentLine[] {
  const all = [payfast, ozow, snapscan].flatMap((simulator) => simulator.payments());
  return all.toSorted((a, b) => b.at.localeCompare(a.at));
}

const READ_TIMEOUT_MS = 1_500;

/** The review queue of the operators. Null while the Worker cannot be reached. */
export async function openMatters({ worker, jobSecret }: ConsoleParts): Promise<Record<string, unknown> | null> {
  try {
    const headers = { authorization: `Bearer ${jobSecret}` };
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    const response = await fetch(new URL("/internal/payments", worker), { headers, signal });
    return response.ok ? ((await response.json()) as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
