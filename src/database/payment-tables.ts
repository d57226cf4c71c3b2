import { isNotNull, isNull, sql } from "drizzle-orm";
import { check, date, index, integer, pgTable, primaryKey, text, unique, uuid, varchar } from "drizzle-orm/pg-core";
import { FLAG_KINDS, REFUND_STATUSES } from "#domain/board/lifecycle";
import { createdAt, id, instant, oneOf, references, updatedAt } from "./columns.ts";
import { paymentProvider, paymentStatus } from "./enums.ts";
import { contributions, dreamBoards, partners } from "./schema.ts";

/** Money on its way: what was begun at providers, what they told us of, what goes back, and what a person must look at. */

export const PROVIDER_PAYMENT_KINDS = ["contribution", "surplus", "wrong_amount"] as const;
export const RESOLUTIONS = ["comparison", "person"] as const;
export const SETTLEMENT_DIFFERENCE_KINDS = ["missing_at_provider", "missing_here", "amount_differs"] as const;

export const refunds = pgTable(
  "refunds",
  {
    id: id(),
    partnerId: uuid("partner_id").notNull(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    contributionId: uuid("contribution_id").notNull(),
    amountCents: integer("amount_cents").notNull(),
    paymentProvider: paymentProvider("payment_provider").notNull(),
    providerPaymentId: text("provider_payment_id"),
    cause: varchar("cause", { length: 30 }).notNull(),
    status: varchar("status", { length: 20, enum: REFUND_STATUSES }).notNull().default("requested"),
    /** Which request at the provider this is, from 1. */
    attempt: integer("attempt").notNull().default(1),
    providerRefundId: text("provider_refund_id"),
    /** Why it stands where it stands: one of our words or a provider's short code. */
    reason: varchar("reason", { length: 200 }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    completedAt: instant("completed_at"),
    /** The event this row is as of. */
    seq: integer("seq").notNull(),
    /** From here on the sender's own book-keeping; what is above comes from the board's log. */
    tries: integer("tries").notNull().default(0),
    nextTryAt: instant("next_try_at").notNull().defaultNow(),
    leaseUntil: instant("lease_until"),
    lastError: text("last_error"),
    /** What the person wrote who confirmed or withdrew it. */
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    references(table.partnerId, partners.id),
    references(table.dreamBoardId, dreamBoards.id),
    references(table.contributionId, contributions.id),
    check("refunds_amount_positive", sql`${table.amountCents} > 0`),
    check("refunds_status_valid", oneOf(table.status, REFUND_STATUSES)),
    index("idx_refunds_status").on(table.status),
    index("idx_refunds_dream_board").on(table.dreamBoardId),
    unique("unique_refund_of_payment").on(table.contributionId, table.providerPaymentId),
  ],
);

/** How each contribution's payment was begun, and when its provider was last asked about it. `status` is the contribution's. */
export const paymentRequests = pgTable(
  "payment_requests",
  {
    contributionId: uuid("contribution_id").primaryKey(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    paymentProvider: paymentProvider("payment_provider").notNull(),
    status: paymentStatus("status").notNull(),
    attempt: integer("attempt").notNull(),
    attemptedAt: instant("attempted_at").notNull(),
    attemptExpiresAt: instant("attempt_expires_at"),
    /** The provider's id of the request, where it makes one before the guest pays. */
    requestId: text("request_id"),
    /** When we stopped waiting; its provider is still asked now and then. */
    expiredAt: instant("expired_at"),
    /** The event this row is as of. */
    seq: integer("seq").notNull(),
    /** The reconciliation's own book-keeping; what is above comes from the board's log. */
    lastLookedUpAt: instant("last_looked_up_at"),
    /** From when on its provider is to be asked; null when no money is expected any more. */
    nextLookUpAt: instant("next_look_up_at").defaultNow(),
    /** When the guest last came back from paying, or said that it is paid, or the provider had news of it. */
    returnedAt: instant("returned_at"),
  },
  (table) => [
    references(table.contributionId, contributions.id),
    references(table.dreamBoardId, dreamBoards.id),
    index("idx_payment_requests_due")
      .on(table.paymentProvider, table.nextLookUpAt)
      .where(isNotNull(table.nextLookUpAt)),
    index("idx_payment_requests_open").on(table.dreamBoardId).where(sql`${table.status} IN ('pending', 'processing')`),
  ],
);

/** Every payment a provider has told us of, by its own id: what a settlement is compared with. */
export const providerPayments = pgTable(
  "provider_payments",
  {
    paymentProvider: paymentProvider("payment_provider").notNull(),
    providerPaymentId: text("provider_payment_id").notNull(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    contributionId: uuid("contribution_id").notNull(),
    amountCents: integer("amount_cents").notNull(),
    kind: varchar("kind", { length: 20, enum: PROVIDER_PAYMENT_KINDS }).notNull(),
    recordedAt: instant("recorded_at").notNull(),
  },
  (table) => [
    primaryKey({ name: "provider_payments_pkey", columns: [table.paymentProvider, table.providerPaymentId] }),
    references(table.dreamBoardId, dreamBoards.id),
    references(table.contributionId, contributions.id),
    check("provider_payments_kind_valid", oneOf(table.kind, PROVIDER_PAYMENT_KINDS)),
    index("idx_provider_payments_recorded").on(table.recordedAt),
  ],
);

/** Why a person must look at a board before it is paid out. */
export const boardFlags = pgTable(
  "board_flags",
  {
    dreamBoardId: uuid("dream_board_id").notNull(),
    seq: integer("seq").notNull(),
    flag: varchar("flag", { length: 50, enum: FLAG_KINDS }).notNull(),
    contributionId: uuid("contribution_id"),
    providerPaymentId: text("provider_payment_id"),
    receivedCents: integer("received_cents"),
    openedAt: instant("opened_at").notNull(),
    clearedAt: instant("cleared_at"),
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    primaryKey({ name: "board_flags_pkey", columns: [table.dreamBoardId, table.seq] }),
    references(table.dreamBoardId, dreamBoards.id),
    index("idx_board_flags_open").on(table.openedAt).where(isNull(table.clearedAt)),
  ],
);

/** One day's comparison with one provider's own list. */
export const settlementReports = pgTable(
  "settlement_reports",
  {
    paymentProvider: paymentProvider("payment_provider").notNull(),
    /** In South Africa. */
    day: date("day").notNull(),
    ours: integer("ours").notNull(),
    theirs: integer("theirs").notNull(),
    differences: integer("differences").notNull(),
    comparedAt: instant("compared_at").notNull(),
  },
  (table) => [primaryKey({ name: "settlement_reports_pkey", columns: [table.paymentProvider, table.day] })],
);

export const settlementDifferences = pgTable(
  "settlement_differences",
  {
    id: id(),
    paymentProvider: paymentProvider("payment_provider").notNull(),
    providerPaymentId: text("provider_payment_id").notNull(),
    kind: varchar("kind", { length: 30, enum: SETTLEMENT_DIFFERENCE_KINDS }).notNull(),
    day: date("day").notNull(),
    reference: text("reference"),
    ourCents: integer("our_cents"),
    theirCents: integer("their_cents"),
    foundAt: instant("found_at").notNull(),
    resolvedAt: instant("resolved_at"),
    /** `comparison`: a later one no longer found it, and may find it again. `person`: explained for good. */
    resolution: varchar("resolution", { length: 20, enum: RESOLUTIONS }),
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    unique("unique_settlement_difference").on(table.paymentProvider, table.providerPaymentId, table.kind),
    check("settlement_differences_kind_valid", oneOf(table.kind, SETTLEMENT_DIFFERENCE_KINDS)),
    check("settlement_differences_resolution_valid", oneOf(table.resolution, RESOLUTIONS)),
    index("idx_settlement_differences_open").on(table.foundAt).where(isNull(table.resolvedAt)),
    index("idx_settlement_differences_with_note").on(table.resolvedAt).where(isNotNull(table.note)),
  ],
);
