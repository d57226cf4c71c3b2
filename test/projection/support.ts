import { and, eq, inArray } from "drizzle-orm";
import { partnerEvents } from "#database/event-tables";
import { boardEvents, boardPots, contributorVisibility, mailMessages, webhookDeliveries } from "#database/own-tables";
import { boardFlags, paymentRequests, providerPayments, refunds } from "#database/payment-tables";
import { paymentLosses, payoutExecutions, payoutHolds } from "#database/payout-tables";
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
import type { CommandContext, Execution } from "#domain/board/board";
import type { BoardCommand, OpenBoard } from "#domain/board/commands";
import type { StoredEvent } from "#domain/board/events";
import type { BoardProfile, ContributorProfile } from "#domain/board/profile";
import { publicId } from "#domain/ids";
import type { WebhookEventType } from "#domain/webhook-events";
import { parseKeyring } from "#privacy/encryption";
import { openFields, sealText } from "#privacy/sealed";
import { type Outbox, type ProjectionContext, project } from "#projection/project";
import { later, OPENED_AT, TestBoard } from "../support/board.ts";
import { aHost, aPartner, type TestDatabase } from "../support/database.ts";

const HOUR_MS = 3_600_000;

export const keyring = parseKeyring(`test:${Buffer.alloc(32, 7).toString("base64")}`);

export const THANDI: ContributorProfile = {
  name: "Thandi",
  message: "Enjoy!",
  ipAddress: "105.0.0.1",
  userAgent: "Phone",
};

/** What the profile of a board with a Karri card holds about it. */
export async function aKarriCard() {
  return {
    karriCardCiphertext: await sealText(keyring, "5234123412341234"),
    karriCardholderCiphertext: await sealText(keyring, "Lindiwe Mokoena"),
    karriVerifiedAt: OPENED_AT.toISOString(),
  };
}

export function contextOf({ db }: Pick<TestDatabase, "db">): ProjectionContext {
  return { database: db, keyring, publicOrigin: "https://chipin.test" };
}

/** A board with the real rules. Each command takes an hour. A test writes its log to Postgres in batches. */
export class PlayedBoard extends TestBoard {
  now = OPENED_AT;
  readonly #database: TestDatabase;

  constructor(database: TestDatabase, overrides: Partial<OpenBoard>, profile: Partial<BoardProfile> = {}) {
    super(overrides, profile);
    this.#database = database;
  }

  override play(command: BoardCommand, at?: Date, context?: Partial<Omit<CommandContext, "at">>): Execution {
    return super.play(command, at ?? this.pass(1), context);
  }

  override contribution(amount = 20_000, options: Parameters<TestBoard["contribution"]>[1] = {}): string {
    return super.contribution(amount, { at: this.pass(1), contributor: THANDI, ...options });
  }

  override paid(amount = 20_000): string {
    const reference = this.contribution(amount);
    this.report(reference);
    return reference;
  }

  pass(hours: number): Date {
    this.now = later(this.now, hours * HOUR_MS);
    return this.now;
  }

  /** Writes `batch`, or the whole log. */
  async write(batch: readonly StoredEvent[] = this.log): Promise<Outbox> {
    const { terms } = this.state;
    const { profile } = this.journal;
    if (!terms || !profile) throw new Error("the board is not open");
    const contributor = (id: string) => this.journal.contributorProfile(id);
    const origin = (seq: number) => this.journal.origin(seq);
    return await project(contextOf(this.#database), { terms, profile, contributor, origin }, batch);
  }
}

const EVERY_EVENT: WebhookEventType[] = [
  "dreamboard.created",
  "dreamboard.updated",
  "contribution.received",
  "pot.funded",
  "pot.closed",
  "payout.ready",
  "payout.updated",
  "payout.completed",
  "payout.failed",
];

/** A board of a new partner and a new host. One endpoint, older than the board, gets every event. */
export async function aPlayedBoard(
  database: TestDatabase,
  overrides: Partial<OpenBoard> = {},
  profile: Partial<BoardProfile> = {},
): Promise<PlayedBoard> {
  const { id: partnerId } = await aPartner(database.db);
  const { id: hostId } = await aHost(database.db);
  await anEndpoint(database, partnerId);
  return new PlayedBoard(database, { partnerId, hostId, ...overrides }, profile);
}

export async function anEndpoint(
  { db }: Pick<TestDatabase, "db">,
  partnerId: string,
  events: readonly WebhookEventType[] = EVERY_EVENT,
  {
    createdAt = later(OPENED_AT, -HOUR_MS),
    isActive = true,
    keyIsActive = true,
  }: { createdAt?: Date; isActive?: boolean; keyIsActive?: boolean } = {},
) {
  const key = { partnerId, partnerName: "P", keyHash: "h", keyPrefix: "cpk_test_abc", isActive: keyIsActive };
  const [apiKey] = await db.insert(apiKeys).values(key).returning();
  if (!apiKey) throw new Error("no key");
  const values = { apiKeyId: apiKey.id, url: "https://partner.example/hook", secret: "s", isActive, createdAt };
  const [endpoint] = await db
    .insert(webhookEndpoints)
    .values({ ...values, events: [...events] })
    .returning();
  if (!endpoint) throw new Error("no endpoint");
  return { apiKey, endpoint };
}

const byJson = <T>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

function targetsOf({ boardId, log, payouts }: PlayedBoard): string[] {
  const ids = new Set(log.map(({ data }) => data.contributionId).filter((id) => typeof id === "string"));
  return [
    publicId("board", boardId),
    ...[...ids].map((id) => publicId("contribution", id)),
    ...payouts.map(({ id }) => publicId("payout", id)),
  ];
}

/**
 * All rows of the board that its log determines. Left out are the columns that Postgres, the senders and reconciliation
 * set, and the recipients of payouts, whose ciphertext differs each time. Those in payloads are opened.
 */
export async function rowsOf({ db }: TestDatabase, board: PlayedBoard) {
  const { boardId, opening } = board;
  const keys = db.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.partnerId, opening.partnerId));
  const isPartners = inArray(webhookEvents.apiKeyId, keys);
  const [totals, boards, pots, given, visibility, requests, ...others] = await db.batch([
    db.select().from(dreamBoardsWithTotals).where(eq(dreamBoardsWithTotals.id, boardId)),
    db.select().from(dreamBoards).where(eq(dreamBoards.id, boardId)),
    db.select().from(boardPots).where(eq(boardPots.dreamBoardId, boardId)),
    db.select().from(contributions).where(eq(contributions.dreamBoardId, boardId)).orderBy(contributions.id),
    db
      .select()
      .from(contributorVisibility)
      .where(eq(contributorVisibility.dreamBoardId, boardId))
      .orderBy(contributorVisibility.contributionId),
    db.select().from(paymentRequests).where(eq(paymentRequests.dreamBoardId, boardId)),
    db.select().from(providerPayments).where(eq(providerPayments.dreamBoardId, boardId)),
    db.select().from(refunds).where(eq(refunds.dreamBoardId, boardId)),
    db.select().from(boardFlags).where(eq(boardFlags.dreamBoardId, boardId)),
    db.select().from(payouts).where(eq(payouts.dreamBoardId, boardId)),
    db.select().from(payoutItems).where(eq(payoutItems.dreamBoardId, boardId)),
    db.select().from(boardEvents).where(eq(boardEvents.dreamBoardId, boardId)),
    db.select().from(mailMessages).where(eq(mailMessages.dreamBoardId, boardId)),
    db
      .select()
      .from(auditLogs)
      .where(inArray(auditLogs.targetId, targetsOf(board))),
    db.select().from(webhookEvents).where(isPartners),
    db.select().from(partnerEvents).where(eq(partnerEvents.dreamBoardId, boardId)),
  ]);
  const [payments, returned, flags, planned, items, log, mails, audits, records, events] = others;
  const deliveries = await db
    .select({
      id: webhookDeliveries.id,
      eventId: webhookDeliveries.partnerEventId,
      endpointId: webhookDeliveries.webhookEndpointId,
    })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, and(eq(webhookEvents.id, webhookDeliveries.id), isPartners));
  const [executions, holds, losses] = await db.batch([
    db.select().from(payoutExecutions).where(eq(payoutExecutions.dreamBoardId, boardId)),
    db.select().from(payoutHolds).where(eq(payoutHolds.dreamBoardId, boardId)),
    db.select().from(paymentLosses).where(eq(paymentLosses.dreamBoardId, boardId)),
  ]);
  return {
    totals: totals.map(({ raisedCents, contributionCount }) => ({
      raised: Number(raisedCents),
      count: Number(contributionCount),
    })),
    boards,
    pots,
    contributions: given,
    visibility,
    requests: byJson(requests.map(({ lastLookedUpAt: _, ...row }) => row)),
    payments: byJson(payments),
    refunds: byJson(returned.map(({ tries: _, nextTryAt: __, leaseUntil: ___, lastError: ____, ...row }) => row)),
    flags: byJson(flags),
    payouts: byJson(planned.map(({ recipientData: _, ...row }) => row)),
    items: byJson(items),
    executions: byJson(executions.map(({ tries: _, nextTryAt: __, leaseUntil: ___, lastError: ____, ...row }) => row)),
    holds: byJson(holds),
    losses: byJson(losses),
    log: byJson(log),
    mails: byJson(
      mails.map(({ id, kind, contributionId, payoutId, recipient, dedupeKey }) => ({
        id,
        kind,
        contributionId,
        payoutId,
        recipient,
        dedupeKey,
      })),
    ),
    audits: byJson(audits),
    events: byJson(await Promise.all(events.map(({ position: _, ...event }) => opened(event)))),
    records: byJson(records),
    deliveries: byJson(deliveries),
  };
}

/** An event as receivers get it. */
export async function opened<Event extends { data: unknown }>(event: Event): Promise<Event> {
  return { ...event, data: await openFields(keyring, event.data) };
}

/** Deletes all rows of the board. Its partner, host and endpoints stay. */
export async function forget({ postgres }: TestDatabase, board: PlayedBoard): Promise<void> {
  const { boardId, opening } = board;
  const targets = targetsOf(board)
    .map((target) => `'${target}'`)
    .join(", ");
  const tables = [
    "board_flags",
    "provider_payments",
    "payment_requests",
    "refunds",
    "mail_messages",
    "board_pots",
    "board_events",
    "payout_executions",
    "payout_holds",
    "payment_losses",
    "payout_items",
    "payouts",
    "contributor_visibility",
    "contributions",
  ];
  const keys = `SELECT id FROM api_keys WHERE partner_id = '${opening.partnerId}'`;
  await postgres.session((session) =>
    session.script(
      [
        `DELETE FROM webhook_events WHERE api_key_id IN (${keys})`,
        `DELETE FROM partner_events WHERE dream_board_id = '${boardId}'`,
        // The audit log is append-only; Postgres was restored to an earlier point, so the rows are not there.
        "ALTER TABLE audit_logs DISABLE TRIGGER USER",
        `DELETE FROM audit_logs WHERE target_id IN (${targets})`,
        "ALTER TABLE audit_logs ENABLE TRIGGER USER",
        ...tables.map((table) => `DELETE FROM ${table} WHERE dream_board_id = '${boardId}'`),
        `DELETE FROM dream_boards WHERE id = '${boardId}'`,
      ].join(";\n"),
    ),
  );
}
