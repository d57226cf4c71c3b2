import { and, eq, inArray } from "drizzle-orm";
import { boardEvents, mailMessages, webhookDeliveries } from "#database/own-tables";
import { boardFlags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import {
  apiKeys,
  auditLogs,
  contributions,
  dreamBoards,
  payoutItems,
  payouts,
  webhookEndpoints,
  webhookEvents,
} from "#database/schema";
import { dreamBoardsWithTotals } from "#database/views";
import { chainHash, GENESIS_HASH } from "#domain/board/chain";
import type { BoardCommand, OpenBoard } from "#domain/board/commands";
import { decide, isRefusal } from "#domain/board/decide";
import type { BoardEvent, RecordedEvent } from "#domain/board/events";
import { evolve } from "#domain/board/evolve";
import { type BoardState, unopenedBoard } from "#domain/board/state";
import { boardCode, newId, paymentReference, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { parseKeyring } from "#privacy/encryption";
import { type Outbox, project } from "#projection/project";
import { aboutBoard, OPENED_AT, openCommand } from "../domain/board/history.ts";
import { aHost, aPartner, type TestDatabase } from "../support/database.ts";

const HOUR = 3_600_000;
const keyring = parseKeyring(`test:${Buffer.alloc(32, 7).toString("base64")}`);
const WEBHOOKS = [
  "dreamboard.created",
  "dreamboard.updated",
  "contribution.received",
  "pot.funded",
  "pot.closed",
  "payout.ready",
];

/** A board's life by the rules, an hour a command, with its log; written to Postgres in whatever pieces a test wants. */
export class Life {
  state: BoardState = unopenedBoard();
  readonly log: RecordedEvent[] = [];
  readonly boardId: string;
  readonly opening: OpenBoard;
  readonly #database: TestDatabase;
  now = OPENED_AT;

  constructor(database: TestDatabase, opening: OpenBoard) {
    this.#database = database;
    this.opening = opening;
    this.boardId = opening.boardId;
    this.play(opening, 0);
  }

  play(command: BoardCommand, hours = 1): BoardEvent[] {
    this.now = new Date(this.now.getTime() + hours * HOUR);
    const outcome = decide(this.state, command, this.now);
    if (isRefusal(outcome)) return [];
    for (const event of outcome) {
      const { seq = 0, hash = GENESIS_HASH } = this.log.at(-1) ?? {};
      const entry = { seq: seq + 1, at: this.now.toISOString(), event };
      this.log.push({ ...entry, hash: chainHash(hash, entry) });
      this.state = evolve(this.state, event, entry.at);
    }
    return outcome;
  }

  begin(amount = 20_000): string {
    const contributionId = newId(this.now);
    const opening = { contributionId, submission: contributionId, provider: "payfast", amount: cents(amount) } as const;
    this.play({ type: "open_contribution", ...opening });
    return paymentReference(boardCode(this.boardId), contributionId);
  }

  report(reference: string, values: Partial<Extract<BoardCommand, { type: "report_payment" }>> = {}): BoardEvent[] {
    const { amount } = this.contribution(reference);
    const said = {
      status: "completed",
      amount,
      providerPaymentId: `pf-${reference}`,
      providerStatus: "COMPLETE",
    } as const;
    return this.play({ type: "report_payment", provider: "payfast", reference, ...said, ...values });
  }

  paid(amount = 20_000): string {
    const reference = this.begin(amount);
    this.report(reference);
    return reference;
  }

  refund(reference: string, providerPaymentId: string | null = null): BoardEvent[] {
    const { id: contributionId } = this.contribution(reference);
    return this.play({ type: "request_refund", contributionId, providerPaymentId, cause: "operator", by: OPERATOR });
  }

  reportRefund(
    reference: string,
    status: Extract<BoardCommand, { type: "report_refund" }>["status"],
    values: Partial<Extract<BoardCommand, { type: "report_refund" }>> = {},
  ): BoardEvent[] {
    const { id: contributionId } = this.contribution(reference);
    const news = { providerPaymentId: `pf-${reference}`, providerRefundId: null, reason: null, by: SYSTEM } as const;
    return this.play({ type: "report_refund", contributionId, status, ...news, ...values });
  }

  close(): BoardEvent[] {
    return this.play({ type: "close_board", reason: "manual", by: SYSTEM });
  }

  contribution(reference: string) {
    const contribution = this.state.contributions.get(reference);
    if (!contribution) throw new Error("there is no such contribution");
    return contribution;
  }

  /** Writes `batch` as the object does that knows the log up to `knows`, which is never less than the batch. */
  async write(batch: readonly RecordedEvent[] = this.log, knows = this.log.length): Promise<Outbox> {
    let state = unopenedBoard();
    const known = Math.max(knows, batch.at(-1)?.seq ?? 0);
    for (const { event, at } of this.log.slice(0, known)) state = evolve(state, event, at);
    const contributor = () => ({ name: "Thandi", message: null, ipAddress: "105.0.0.1", userAgent: null });
    const context = { database: this.#database.db, keyring, publicOrigin: "https://chipin.test" };
    return await project(context, { state, about: aboutBoard(this.boardId), contributor }, batch);
  }
}

export const SYSTEM = { kind: "system" } as const;
export const OPERATOR = { kind: "operator" } as const;

/** A life of a partner whose one endpoint hears everything. */
export async function aLife(database: TestDatabase, overrides: Partial<OpenBoard> = {}): Promise<Life> {
  const [{ id: partnerId }, { id: hostId }] = [await aPartner(database.db), await aHost(database.db)];
  const key = { partnerId, partnerName: "P", keyHash: "h", keyPrefix: "cpk_test_abc" };
  const [apiKey] = await database.db.insert(apiKeys).values(key).returning();
  const endpoint = { apiKeyId: apiKey!.id, url: "https://partner.example/hook", events: WEBHOOKS, secret: "s" };
  await database.db.insert(webhookEndpoints).values(endpoint);
  return new Life(database, openCommand({ partnerId, hostId, ...overrides }));
}

const sorted = <T>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/**
 * Everything Postgres holds of the board that its log determines. Left out: what Postgres stamps or senders keep for
 * themselves, what is encrypted anew each time,
 * a payload's `updated_at`, and which of several events asked for the one mail of a day.
 */
export async function tablesOf({ db }: TestDatabase, { boardId, state, opening }: Life) {
  const board = <T extends { dreamBoardId: typeof refunds.dreamBoardId }>(table: T) => eq(table.dreamBoardId, boardId);
  const targets = [publicId("board", boardId)];
  for (const { id } of state.contributions.values()) targets.push(publicId("contribution", id));
  const keys = await db.select().from(apiKeys).where(eq(apiKeys.partnerId, opening.partnerId));
  const told = inArray(
    webhookEvents.apiKeyId,
    keys.map(({ id }) => id),
  );
  const [totals] = await db.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId));
  const stored = {
    boards: await db.select().from(dreamBoards).where(eq(dreamBoards.id, boardId)),
    totals: totals && { raised: Number(totals.raisedCents), count: Number(totals.contributionCount) },
    contributions: await db.select().from(contributions).where(eq(contributions.dreamBoardId, boardId)),
    requests: await db.select().from(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId)),
    payments: await db.select().from(providerPayments).where(eq(providerPayments.dreamBoardId, boardId)),
    refunds: (await db.select().from(refunds).where(board(refunds))).map(
      ({ tries: _, nextTryAt: __, leaseUntil: ___, ...row }) => row,
    ),
    flags: await db.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, boardId)),
    payouts: (await db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId))).map(
      ({ recipientData: _, ...row }) => row,
    ),
    items: await db.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId)),
    log: await db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, boardId)),
    mails: (await db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId))).map(
      ({ kind, recipient, contributionId, dedupeKey, status }) => ({
        kind,
        recipient,
        contributionId,
        dedupeKey,
        status,
      }),
    ),
    audits: await db.select().from(auditLogs).where(inArray(auditLogs.targetId, targets)),
    webhooks: (await db.select().from(webhookEvents).where(told)).map(({ payload, ...row }) => ({
      ...row,
      payload: withoutChangedAt(payload),
    })),
    deliveries: (
      await db
        .select({ id: webhookDeliveries.id, of: webhookDeliveries.webhookEventId })
        .from(webhookDeliveries)
        .innerJoin(webhookEvents, and(eq(webhookEvents.id, webhookDeliveries.webhookEventId), told))
    ).map((row) => row),
  };
  return Object.fromEntries(
    Object.entries(stored).map(([name, rows]) => [name, Array.isArray(rows) ? sorted<unknown>(rows) : rows]),
  ) as typeof stored;
}

/** A board's `updated_at` is as new as the board was when its stretch was written. */
function withoutChangedAt(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload, (key, value) => (key === "updated_at" ? undefined : value)));
}

/** Postgres as if the board had never been written, its partner and host still there. */
export async function forget({ postgres }: TestDatabase, { boardId, opening, state }: Life): Promise<void> {
  const contributionTargets = [...state.contributions.values()].map(({ id }) => publicId("contribution", id));
  const targets = [publicId("board", boardId), ...contributionTargets].map((target) => `'${target}'`).join(", ");
  const own = ["board_flags", "provider_payments", "payment_requests", "refunds", "mail_messages", "board_events"];
  const specified = ["payout_items", "payouts", "contributions"];
  const keys = `SELECT id FROM api_keys WHERE partner_id = '${opening.partnerId}'`;
  await postgres.session((session) =>
    session.script(
      [
        `DELETE FROM webhook_events WHERE api_key_id IN (${keys})`,
        `DELETE FROM audit_logs WHERE target_id IN (${targets})`,
        ...[...own, ...specified].map((table) => `DELETE FROM ${table} WHERE dream_board_id = '${boardId}'`),
        `DELETE FROM dream_boards WHERE id = '${boardId}'`,
      ].join(";\n"),
    ),
  );
}
