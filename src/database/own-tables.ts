import { isNotNull, isNull, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import type { Actor } from "#domain/board/actor";
import { MAX_REPORT_LENGTH, REPORT_REASONS } from "#domain/board-report";
import { createdAt, id, instant, NO_TEXTS, oneOf, references } from "./columns.ts";
import { paymentProvider } from "./enums.ts";
import { partnerEvents } from "./event-tables.ts";
import { apiKeys, contributions, dreamBoards, partners, payouts, webhookEndpoints, webhookEvents } from "./schema.ts";

/** What we need beside the specified tables: the log's copy, what is still to be sent, and what must not happen twice. */

export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
/** `skipped`: the mail is no longer needed. */
export const MAIL_STATUSES = ["pending", "sent", "failed", "skipped"] as const;
/**
 * `partner`: the contact of the partner whose endpoint the mail is about. `second_parent`: whom the host shares the board with, where the
 * dedupe key ends in their id.
 */
export const MAIL_RECIPIENTS = ["host", "second_parent", "payout_email", "admins", "partner"] as const;
export const IDEMPOTENCY_STATUSES = ["in_progress", "done"] as const;
/** As the pipeline's. (src/media/renditions.ts) */
const PICTURE_KINDS = ["photo", "gift", "cause"] as const;

/** From then on no queue holds a message of the row any more, and the sweeper sends one. */
const requeueAt = () => instant("requeue_at").notNull().default(sql`now() + interval '5 minutes'`);

const isPending = (status: AnyPgColumn) => sql`${status} = 'pending'`;

/** The boards' logs as projected. No cascade: a board's history outlives any clean-up of its row. */
export const boardEvents = pgTable(
  "board_events",
  {
    dreamBoardId: uuid("dream_board_id").notNull(),
    seq: integer("seq").notNull(),
    at: instant("at").notNull(),
    by: jsonb("by").$type<Actor>().notNull(),
    /** Counts the versions of `type`, from 1. */
    v: integer("v").notNull(),
    type: varchar("type", { length: 50 }).notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
    /** 64 hex digits; covers all other columns and, through the hash before it, the past. */
    hash: text("hash").notNull(),
  },
  (table) => [
    primaryKey({ name: "board_events_pkey", columns: [table.dreamBoardId, table.seq] }),
    references(table.dreamBoardId, dreamBoards.id),
    check("board_events_hash_length", sql`char_length(${table.hash}) = 64`),
    index("idx_board_events_at").on(table.at),
  ],
);

/** The money of each board as of event `seq`: `counted` and `returning` as in `potOf`. */
export const boardPots = pgTable(
  "board_pots",
  {
    dreamBoardId: uuid("dream_board_id").primaryKey(),
    countedCents: integer("counted_cents").notNull(),
    returningCents: integer("returning_cents").notNull(),
    contributionCount: integer("contribution_count").notNull(),
    seq: integer("seq").notNull(),
    /** The nightly comparison's own book-keeping: when it last found the board in order, or said what differs. */
    comparedAt: instant("compared_at"),
  },
  (table) => [references(table.dreamBoardId, dreamBoards.id)],
);

/** What the owner hides of a contributor from guests and mails, as of event `seq`. */
export const contributorVisibility = pgTable(
  "contributor_visibility",
  {
    contributionId: uuid("contribution_id").primaryKey(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    nameHidden: boolean("name_hidden").notNull(),
    messageHidden: boolean("message_hidden").notNull(),
    seq: integer("seq").notNull(),
  },
  (table) => [references(table.contributionId, contributions.id), references(table.dreamBoardId, dreamBoards.id)],
);

/**
 * Why operators acted on a board, in their own words. Free text about a family: erased with the board. No foreign key:
 * Postgres may lack a board that is to be projected or restored.
 */
export const boardNotes = pgTable(
  "board_notes",
  {
    id: id(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    /** As in `audit_logs`: `board.cancelled`. */
    action: varchar("action", { length: 100 }).notNull(),
    note: text("note").notNull(),
    /** A row of `hosts`, as `actor_id` in `audit_logs`. */
    adminId: uuid("admin_id"),
    createdAt: createdAt(),
  },
  (table) => [index("idx_board_notes_board").on(table.dreamBoardId)],
);

/**
 * Each picture that is stored, by the id in its path. No foreign key: it is uploaded before its board is opened, and Postgres
 * may lack the board.
 */
export const pictures = pgTable(
  "pictures",
  {
    id: id(),
    kind: varchar("kind", { length: 10, enum: PICTURE_KINDS }).notNull(),
    /** Null until a board shows it. */
    dreamBoardId: uuid("dream_board_id"),
    /** Of all its renditions. */
    bytes: integer("bytes").notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    check("pictures_kind_valid", oneOf(table.kind, PICTURE_KINDS)),
    index("idx_pictures_board").on(table.dreamBoardId).where(isNotNull(table.dreamBoardId)),
    index("idx_pictures_unclaimed").on(table.createdAt).where(isNull(table.dreamBoardId)),
  ],
);

/**
 * One event on its way to one endpoint. The queue's message says only "look at row X". The row of `webhook_events` with the
 * same id is the specified record of it.
 */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: id(),
    partnerEventId: uuid("partner_event_id").notNull(),
    webhookEndpointId: uuid("webhook_endpoint_id").notNull(),
    status: varchar("status", { length: 20, enum: DELIVERY_STATUSES }).notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    /** How many attempts there were when it was last asked for again: from then on the schedule begins anew. */
    attemptsBefore: integer("attempts_before").notNull().default(0),
    nextAttemptAt: instant("next_attempt_at").notNull().defaultNow(),
    requeueAt: requeueAt(),
    leaseUntil: instant("lease_until"),
    createdAt: createdAt(),
    deliveredAt: instant("delivered_at"),
  },
  (table) => [
    references(table.partnerEventId, partnerEvents.id, "cascade"),
    references(table.id, webhookEvents.id, "cascade"),
    references(table.webhookEndpointId, webhookEndpoints.id, "cascade"),
    unique("unique_webhook_delivery").on(table.partnerEventId, table.webhookEndpointId),
    check("webhook_deliveries_status_valid", oneOf(table.status, DELIVERY_STATUSES)),
    index("idx_webhook_deliveries_due").on(table.nextAttemptAt).where(isPending(table.status)),
    index("idx_webhook_deliveries_requeue").on(table.requeueAt).where(isPending(table.status)),
    index("idx_webhook_deliveries_endpoint").on(table.webhookEndpointId),
  ],
);

/** Endpoints that gave no answer lately. One that answers has no row. */
export const silentEndpoints = pgTable(
  "silent_webhook_endpoints",
  {
    webhookEndpointId: uuid("webhook_endpoint_id").primaryKey(),
    since: instant("since").notNull(),
    /** How often it was silent in the usual queue. Each time it stays longer in the slow one. */
    silences: integer("silences").notNull(),
    /** Until then its deliveries go through the slow queue. */
    slowUntil: instant("slow_until").notNull(),
  },
  (table) => [references(table.webhookEndpointId, webhookEndpoints.id, "cascade")],
);

export const webhookAttempts = pgTable(
  "webhook_attempts",
  {
    deliveryId: uuid("delivery_id").notNull(),
    attempt: integer("attempt").notNull(),
    attemptedAt: instant("attempted_at").notNull(),
    /** Null when no answer came; `error` then says why, until it is erased after 90 days. */
    responseCode: integer("response_code"),
    latencyMs: integer("latency_ms").notNull(),
    responseBody: text("response_body"),
    error: text("error"),
  },
  (table) => [
    primaryKey({ name: "webhook_attempts_pkey", columns: [table.deliveryId, table.attempt] }),
    references(table.deliveryId, webhookDeliveries.id, "cascade"),
    index("idx_webhook_attempts_with_body")
      .on(table.attemptedAt)
      .where(sql`${table.responseBody} IS NOT NULL OR ${table.error} IS NOT NULL`),
  ],
);

/** Mail to send. No personal data: the sender reads names and addresses when it renders. */
export const mailMessages = pgTable(
  "mail_messages",
  {
    id: id(),
    kind: varchar("kind", { length: 50 }).notNull(),
    dreamBoardId: uuid("dream_board_id"),
    contributionId: uuid("contribution_id"),
    payoutId: uuid("payout_id"),
    webhookEndpointId: uuid("webhook_endpoint_id"),
    /** What a mail is about, a day in South Africa: a provider's settlement, or the board's deadline. */
    provider: paymentProvider("provider"),
    day: date("day"),
    recipient: varchar("recipient", { length: 20, enum: MAIL_RECIPIENTS }).notNull(),
    dedupeKey: text("dedupe_key").notNull(),
    status: varchar("status", { length: 20, enum: MAIL_STATUSES }).notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: instant("next_attempt_at").notNull().defaultNow(),
    requeueAt: requeueAt(),
    leaseUntil: instant("lease_until"),
    /** Mails that were sent by one call, which is the provider's key of it. They are sent again together. */
    callId: uuid("call_id"),
    lastError: text("last_error"),
    providerMessageId: text("provider_message_id"),
    createdAt: createdAt(),
    sentAt: instant("sent_at"),
  },
  (table) => [
    references(table.dreamBoardId, dreamBoards.id),
    references(table.contributionId, contributions.id),
    references(table.payoutId, payouts.id),
    references(table.webhookEndpointId, webhookEndpoints.id, "cascade"),
    unique("mail_messages_dedupe_key_key").on(table.dedupeKey),
    check("mail_messages_recipient_valid", oneOf(table.recipient, MAIL_RECIPIENTS)),
    check("mail_messages_status_valid", oneOf(table.status, MAIL_STATUSES)),
    index("idx_mail_messages_board").on(table.dreamBoardId, table.sentAt),
    index("idx_mail_messages_due").on(table.nextAttemptAt).where(isPending(table.status)),
    index("idx_mail_messages_requeue").on(table.requeueAt).where(isPending(table.status)),
    index("idx_mail_messages_call").on(table.callId).where(isPending(table.status)),
  ],
);

/** What an operator has allowed a partner beyond the usual limits. Without a row the usual ones hold. */
export const partnerLimits = pgTable(
  "partner_limits",
  {
    partnerId: uuid("partner_id").primaryKey(),
    /** Boards that the partner may open for one host within an hour. */
    boardsPerHost: integer("boards_per_host").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    references(table.partnerId, partners.id, "cascade"),
    check("partner_limits_boards_per_host_valid", sql`${table.boardsPerHost} > 0`),
  ],
);

/**
 * Which partner is the sandbox of which. Everything a sandbox has is for trying ChipIn out: its keys begin with `cpk_test_`, and no
 * money of its boards is real.
 */
export const partnerSandboxes = pgTable(
  "partner_sandboxes",
  {
    sandboxPartnerId: uuid("sandbox_partner_id").primaryKey(),
    /** The live partner. */
    partnerId: uuid("partner_id").notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    references(table.sandboxPartnerId, partners.id, "cascade"),
    references(table.partnerId, partners.id, "cascade"),
    unique("unique_sandbox_of_partner").on(table.partnerId),
    check("partner_sandboxes_two_partners", sql`${table.sandboxPartnerId} <> ${table.partnerId}`),
  ],
);

/** What the specified table of keys has no column for. A key without a row has none of it. */
export const apiKeyTerms = pgTable(
  "api_key_terms",
  {
    apiKeyId: uuid("api_key_id").primaryKey(),
    /** The first key of the line that rotations make, which may be this one. */
    lineId: uuid("line_id").notNull(),
    /** The key that this one was made to replace. */
    replaces: uuid("replaces"),
    /** Requests in a minute. Null: what follows from `rate_limit`. */
    burstLimit: integer("burst_limit"),
    /** Addresses and networks (CIDR) it may be used from. None: from anywhere. */
    allowedAddresses: text("allowed_addresses").array().notNull().default(NO_TEXTS),
    /** From then on it is refused. `is_active` follows within minutes. */
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
  },
  (table) => [
    references(table.apiKeyId, apiKeys.id, "cascade"),
    references(table.lineId, apiKeys.id, "cascade"),
    references(table.replaces, apiKeys.id, "cascade"),
    unique("unique_api_key_terms_replaces").on(table.replaces),
    check("api_key_terms_burst_limit_valid", sql`${table.burstLimit} > 0`),
    index("idx_api_key_terms_line").on(table.lineId),
    index("idx_api_key_terms_expires").on(table.expiresAt).where(isNotNull(table.expiresAt)),
  ],
);

/** Keys whose bcrypt check has passed once, by keyed digest, so that the next request need not pay for it again. */
export const verifiedApiKeys = pgTable(
  "verified_api_keys",
  {
    apiKeyId: uuid("api_key_id").notNull(),
    digest: text("digest").notNull(),
    /** Digest of `api_keys.key_hash` at the time: a rotated key is verified anew. */
    keyHashDigest: text("key_hash_digest").notNull(),
    verifiedAt: instant("verified_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "verified_api_keys_pkey", columns: [table.apiKeyId, table.digest] }),
    references(table.apiKeyId, apiKeys.id, "cascade"),
  ],
);

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    apiKeyId: uuid("api_key_id").notNull(),
    route: varchar("route", { length: 100 }).notNull(),
    key: varchar("key", { length: 255 }).notNull(),
    /** Digest of the request's body: the same key with another body is refused. */
    fingerprint: text("fingerprint").notNull(),
    /** Minted with the claim, so a retry after a lost answer creates the same resource again, not another. Then what the answer shows. */
    resourceId: uuid("resource_id").notNull(),
    status: varchar("status", { length: 20, enum: IDEMPOTENCY_STATUSES }).notNull().default("in_progress"),
    leaseUntil: instant("lease_until").notNull(),
    responseStatus: integer("response_status"),
    responseBody: jsonb("response_body"),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ name: "idempotency_keys_pkey", columns: [table.apiKeyId, table.route, table.key] }),
    references(table.apiKeyId, apiKeys.id, "cascade"),
    check("idempotency_keys_status_valid", oneOf(table.status, IDEMPOTENCY_STATUSES)),
    index("idx_idempotency_keys_created").on(table.createdAt),
    index("idx_idempotency_keys_resource").on(table.resourceId),
  ],
);

/** Events Postgres refused for good. No foreign key: the board's own row may be what failed. */
export const projectionFailures = pgTable(
  "projection_failures",
  {
    dreamBoardId: uuid("dream_board_id").notNull(),
    seq: integer("seq").notNull(),
    eventType: varchar("event_type", { length: 50 }).notNull(),
    /** SQLSTATE, when Postgres gave one. */
    errorCode: text("error_code"),
    message: text("message").notNull(),
    attempts: integer("attempts").notNull().default(1),
    firstFailedAt: instant("first_failed_at").notNull(),
    lastFailedAt: instant("last_failed_at").notNull(),
    resolvedAt: instant("resolved_at"),
  },
  (table) => [
    primaryKey({ name: "projection_failures_pkey", columns: [table.dreamBoardId, table.seq] }),
    index("idx_projection_failures_open").on(table.lastFailedAt).where(isNull(table.resolvedAt)),
    index("idx_projection_failures_resolved").on(table.resolvedAt).where(isNotNull(table.resolvedAt)),
  ],
);

/** What a board's Karri card has beside its number, which is in `dream_boards`. Boards that were opened earlier have no row. */
export const karriCards = pgTable(
  "karri_cards",
  {
    dreamBoardId: uuid("dream_board_id").primaryKey(),
    /** Encrypted. */
    cardholderName: text("cardholder_name").notNull(),
    /** Null when Karri was not asked about the card. */
    verifiedAt: instant("verified_at"),
  },
  (table) => [references(table.dreamBoardId, dreamBoards.id)],
);

/** What visitors say is wrong with a board. No foreign key: the board's row may follow later. Who reports is not known. */
export const boardReports = pgTable(
  "board_reports",
  {
    id: id(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    reason: varchar("reason", { length: 20, enum: REPORT_REASONS }).notNull(),
    words: varchar("words", { length: MAX_REPORT_LENGTH }),
    reportedAt: instant("reported_at").notNull(),
    resolvedAt: instant("resolved_at"),
    /** An operator's. */
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    check("board_reports_reason_valid", oneOf(table.reason, REPORT_REASONS)),
    index("idx_board_reports_reported").on(table.reportedAt),
    index("idx_board_reports_board").on(table.dreamBoardId),
    index("idx_board_reports_open").on(table.reportedAt).where(isNull(table.resolvedAt)),
  ],
);
