import { isNotNull, sql } from "drizzle-orm";
import {
  boolean,
  check,
  date,
  index,
  inet,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import type { Gift, OverflowGift } from "#domain/gift";
import { createdAt, emailDigest, id, instant, NO_TEXTS, references, updatedAt } from "./columns.ts";
import {
  auditActorType,
  dreamBoardStatus,
  giftType,
  paymentProvider,
  paymentStatus,
  payoutItemType,
  payoutMethod,
  payoutStatus,
  payoutType,
} from "./enums.ts";

/**
 * The specified tables, exactly as specified. (data-models) What we need beside them is in own-tables.ts. An index of ours
 * on a specified table is named `own_…`.
 */

export const hosts = pgTable(
  "hosts",
  {
    id: id(),
    email: varchar("email", { length: 255 }).notNull(),
    name: varchar("name", { length: 100 }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique("hosts_email_key").on(table.email),
    index("idx_hosts_email").on(table.email),
    // Not specified: a partner finds the boards of a parent by a digest, so that no address is in a URL.
    index("own_hosts_email_digest").on(emailDigest(table.email)),
  ],
);

/** A tenant of the API: every row the API shows belongs to one. */
export const partners = pgTable(
  "partners",
  { id: id(), name: varchar("name", { length: 100 }).notNull(), createdAt: createdAt() },
  (table) => [uniqueIndex("unique_partners_name").on(table.name)],
);

/** Shared by the table and the views that select all of it. */
export const dreamBoardColumns = () => ({
  id: id(),
  partnerId: uuid("partner_id").notNull(),
  hostId: uuid("host_id").notNull(),
  slug: varchar("slug", { length: 100 }).notNull(),
  childName: varchar("child_name", { length: 50 }).notNull(),
  childPhotoUrl: text("child_photo_url").notNull(),
  /** `YYYY-MM-DD`. */
  birthdayDate: date("birthday_date").notNull(),
  giftType: giftType("gift_type").notNull(),
  giftData: jsonb("gift_data").$type<Gift>().notNull(),
  goalCents: integer("goal_cents").notNull(),
  payoutMethod: payoutMethod("payout_method").notNull(),
  overflowGiftData: jsonb("overflow_gift_data").$type<OverflowGift>(),
  /** Ciphertext. */
  karriCardNumber: text("karri_card_number"),
  message: text("message"),
  deadline: instant("deadline").notNull(),
  status: dreamBoardStatus("status").notNull().default("draft"),
  payoutEmail: varchar("payout_email", { length: 255 }).notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const dreamBoards = pgTable("dream_boards", dreamBoardColumns(), (table) => [
  references(table.partnerId, partners.id, "restrict"),
  references(table.hostId, hosts.id, "cascade"),
  unique("dream_boards_slug_key").on(table.slug),
  check("valid_goal", sql`${table.goalCents} >= 2000`),
  check("valid_deadline", sql`${table.deadline} > ${table.createdAt}`),
  check(
    "payout_method_valid",
    sql`(${table.giftType} = 'takealot_product' AND ${table.payoutMethod} IN ('takealot_gift_card', 'karri_card_topup'))
      OR (${table.giftType} = 'philanthropy' AND ${table.payoutMethod} = 'philanthropy_donation')`,
  ),
  check(
    "karri_card_required",
    sql`${table.payoutMethod} != 'karri_card_topup' OR ${table.karriCardNumber} IS NOT NULL`,
  ),
  check(
    "overflow_required",
    sql`(${table.giftType} = 'takealot_product' AND ${table.overflowGiftData} IS NOT NULL)
      OR ${table.giftType} = 'philanthropy'`,
  ),
  index("idx_dream_boards_host").on(table.hostId),
  index("idx_dream_boards_partner").on(table.partnerId),
  index("idx_dream_boards_slug").on(table.slug),
  index("idx_dream_boards_status").on(table.status),
  index("idx_dream_boards_deadline").on(table.deadline).where(sql`${table.status} = 'active'`),
  // Not specified: what may still be anonymised, the longest ended first.
  index("own_dream_boards_to_anonymise")
    .on(table.updatedAt, table.id)
    .where(
      sql`${table.status} IN ('closed', 'paid_out', 'cancelled', 'expired') AND ${table.payoutEmail} <> 'anonymized@chipin.co.za'`,
    ),
  // Not specified: `idx_dream_boards_deadline` leaves out funded boards.
  index("own_dream_boards_open_deadline").on(table.deadline).where(sql`${table.status} IN ('active', 'funded')`),
  // Not specified: the lists of the partner API, newest first.
  index("own_dream_boards_listed").on(table.partnerId, table.createdAt, table.id),
  index("own_dream_boards_listed_by_status").on(table.partnerId, table.status, table.createdAt, table.id),
]);

export const contributions = pgTable(
  "contributions",
  {
    id: id(),
    partnerId: uuid("partner_id").notNull(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    contributorName: varchar("contributor_name", { length: 100 }),
    message: text("message"),
    amountCents: integer("amount_cents").notNull(),
    feeCents: integer("fee_cents").notNull(),
    netCents: integer("net_cents").notNull().generatedAlwaysAs(sql`amount_cents - fee_cents`),
    paymentProvider: paymentProvider("payment_provider").notNull(),
    paymentRef: varchar("payment_ref", { length: 255 }).notNull(),
    paymentStatus: paymentStatus("payment_status").notNull().default("pending"),
    ipAddress: inet("ip_address"),
    userAgent: text("user_agent"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    references(table.partnerId, partners.id, "restrict"),
    references(table.dreamBoardId, dreamBoards.id, "cascade"),
    unique("unique_payment_ref").on(table.paymentProvider, table.paymentRef),
    check("valid_amount", sql`${table.amountCents} >= 2000`),
    index("idx_contributions_dream_board").on(table.dreamBoardId),
    index("idx_contributions_partner").on(table.partnerId),
    index("idx_contributions_status").on(table.paymentStatus),
    index("idx_contributions_pending_processing")
      .on(table.paymentStatus, table.createdAt)
      .where(sql`${table.paymentStatus} IN ('pending', 'processing')`),
    index("idx_contributions_payment_ref").on(table.paymentProvider, table.paymentRef),
    index("own_contributions_with_origin")
      .on(table.createdAt)
      .where(sql`${table.ipAddress} IS NOT NULL OR ${table.userAgent} IS NOT NULL`),
  ],
);

export const payouts = pgTable(
  "payouts",
  {
    id: id(),
    partnerId: uuid("partner_id").notNull(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    type: payoutType("type").notNull(),
    grossCents: integer("gross_cents").notNull(),
    feeCents: integer("fee_cents").notNull(),
    netCents: integer("net_cents").notNull(),
    recipientData: jsonb("recipient_data").notNull(),
    status: payoutStatus("status").notNull().default("pending"),
    externalRef: varchar("external_ref", { length: 255 }),
    errorMessage: text("error_message"),
    createdAt: createdAt(),
    completedAt: instant("completed_at"),
  },
  (table) => [
    references(table.partnerId, partners.id, "restrict"),
    references(table.dreamBoardId, dreamBoards.id),
    check("valid_amounts", sql`${table.grossCents} >= ${table.netCents} AND ${table.netCents} >= 0`),
    index("idx_payouts_status").on(table.status),
    index("idx_payouts_dream_board").on(table.dreamBoardId),
    index("idx_payouts_partner").on(table.partnerId),
    index("own_payouts_with_recipient")
      .on(table.createdAt)
      .where(sql`${table.recipientData} <> '{"erased": true}'::jsonb`),
    // Not specified: the lists of the partner API, newest first.
    index("own_payouts_listed").on(table.partnerId, table.createdAt, table.id),
    index("own_payouts_listed_by_status").on(table.partnerId, table.status, table.createdAt, table.id),
    // Not specified: what waits for operators, longest waiting first.
    index("own_payouts_open").on(table.status, table.id).where(sql`${table.status} <> 'completed'`),
  ],
);

export const payoutItems = pgTable(
  "payout_items",
  {
    id: id(),
    payoutId: uuid("payout_id").notNull(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    type: payoutItemType("type").notNull(),
    amountCents: integer("amount_cents").notNull(),
    metadata: jsonb("metadata"),
    createdAt: createdAt(),
  },
  (table) => [
    references(table.payoutId, payouts.id, "cascade"),
    references(table.dreamBoardId, dreamBoards.id, "cascade"),
    check("valid_payout_item_amount", sql`${table.amountCents} >= 0`),
    index("idx_payout_items_payout").on(table.payoutId),
    index("idx_payout_items_dream_board").on(table.dreamBoardId),
    index("idx_payout_items_type").on(table.type),
    index("own_payout_items_with_metadata").on(table.createdAt).where(isNotNull(table.metadata)),
    uniqueIndex("unique_payout_item_type").on(table.payoutId, table.type),
  ],
);

export const auditLogs = pgTable(
  "audit_logs",
  {
    id: id(),
    actorType: auditActorType("actor_type").notNull(),
    actorId: uuid("actor_id"),
    actorEmail: varchar("actor_email", { length: 255 }),
    action: varchar("action", { length: 100 }).notNull(),
    targetType: varchar("target_type", { length: 50 }).notNull(),
    targetId: varchar("target_id", { length: 100 }).notNull(),
    metadata: jsonb("metadata"),
    ipAddress: inet("ip_address"),
    createdAt: createdAt(),
  },
  (table) => [
    index("idx_audit_logs_action").on(table.action),
    index("own_audit_logs_by_age").on(table.createdAt),
    index("idx_audit_logs_target").on(table.targetType, table.targetId),
    index("idx_audit_logs_actor").on(table.actorType, table.actorId),
  ],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: id(),
    partnerId: uuid("partner_id").notNull(),
    partnerName: varchar("partner_name", { length: 100 }).notNull(),
    /** bcrypt. */
    keyHash: varchar("key_hash", { length: 255 }).notNull(),
    keyPrefix: varchar("key_prefix", { length: 12 }).notNull(),
    scopes: text("scopes").array().notNull().default(NO_TEXTS),
    /** Requests per hour. */
    rateLimit: integer("rate_limit").notNull().default(1000),
    isActive: boolean("is_active").notNull().default(true),
    createdAt: createdAt(),
    lastUsedAt: instant("last_used_at"),
  },
  (table) => [
    references(table.partnerId, partners.id, "restrict"),
    index("idx_api_keys_prefix").on(table.keyPrefix),
    index("idx_api_keys_partner").on(table.partnerId),
    index("idx_api_keys_active").on(table.isActive).where(sql`${table.isActive} = true`),
  ],
);

export const webhookEndpoints = pgTable(
  "webhook_endpoints",
  {
    id: id(),
    apiKeyId: uuid("api_key_id").notNull(),
    url: text("url").notNull(),
    events: text("events").array().notNull().default(NO_TEXTS),
    /** Ciphertext. */
    secret: text("secret").notNull(),
    isActive: boolean("is_active").notNull().default(true),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    references(table.apiKeyId, apiKeys.id, "cascade"),
    index("idx_webhook_endpoints_api_key").on(table.apiKeyId),
    index("idx_webhook_endpoints_active").on(table.isActive).where(sql`${table.isActive} = true`),
  ],
);

export const webhookEvents = pgTable(
  "webhook_events",
  {
    id: id(),
    apiKeyId: uuid("api_key_id"),
    eventType: varchar("event_type", { length: 50 }).notNull(),
    payload: jsonb("payload").notNull(),
    status: varchar("status", { length: 20 }).notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    lastAttemptAt: instant("last_attempt_at"),
    lastResponseCode: integer("last_response_code"),
    lastResponseBody: text("last_response_body"),
    createdAt: createdAt(),
  },
  (table) => [
    references(table.apiKeyId, apiKeys.id),
    index("idx_webhook_events_status").on(table.status).where(sql`${table.status} = 'pending'`),
    index("idx_webhook_events_api_key").on(table.apiKeyId),
    index("own_webhook_events_with_body")
      .on(table.createdAt)
      .where(sql`${table.payload} <> '{"erased": true}'::jsonb OR ${table.lastResponseBody} IS NOT NULL`),
  ],
);
