import { isNull, sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, uuid, varchar } from "drizzle-orm/pg-core";
import { EXECUTION_METHODS, HOLD_REASONS } from "#domain/board/lifecycle";
import { createdAt, instant, oneOf, references } from "./columns.ts";
import { paymentProvider, payoutStatus } from "./enums.ts";
import { contributions, dreamBoards, payouts } from "./schema.ts";

/** Money on its way out, beside the specified `payouts`: who pays it, what holds it, and what was lost of it. */

/** How each payout is being paid, as the board's log has it, and the executors' own book-keeping. */
export const payoutExecutions = pgTable(
  "payout_executions",
  {
    payoutId: uuid("payout_id").primaryKey(),
    dreamBoardId: uuid("dream_board_id").notNull(),
    /** As in `payouts`. */
    status: payoutStatus("status").notNull(),
    /** From 1; each retry is the next. */
    attempt: integer("attempt").notNull(),
    /** The claim under which it is paid, or was last. */
    executionId: uuid("execution_id"),
    method: varchar("method", { length: 20, enum: EXECUTION_METHODS }),
    startedAt: instant("started_at"),
    errorCode: varchar("error_code", { length: 100 }),
    /** The event this row is as of. */
    seq: integer("seq").notNull(),
    /** From here on the executors' own book-keeping; what is above comes from the board's log. */
    tries: integer("tries").notNull().default(0),
    nextTryAt: instant("next_try_at").notNull().defaultNow(),
    leaseUntil: instant("lease_until"),
    lastError: varchar("last_error", { length: 200 }),
  },
  (table) => [
    references(table.payoutId, payouts.id),
    references(table.dreamBoardId, dreamBoards.id),
    check("payout_executions_method_valid", oneOf(table.method, EXECUTION_METHODS)),
    index("idx_payout_executions_board").on(table.dreamBoardId),
    index("idx_payout_executions_unpaid")
      .on(table.status, table.nextTryAt)
      .where(sql`${table.status} IN ('pending', 'processing')`),
    index("idx_payout_executions_open").on(table.status).where(sql`${table.status} <> 'completed'`),
  ],
);

/** What holds the payouts of a board, or held them. A board with an open row is held. */
export const payoutHolds = pgTable(
  "payout_holds",
  {
    dreamBoardId: uuid("dream_board_id").notNull(),
    /** The event that placed it. */
    seq: integer("seq").notNull(),
    reason: varchar("reason", { length: 50, enum: HOLD_REASONS }).notNull(),
    /** What the flag is about, where a flag holds. */
    contributionId: uuid("contribution_id"),
    providerPaymentId: text("provider_payment_id"),
    placedAt: instant("placed_at").notNull(),
    liftedAt: instant("lifted_at"),
  },
  (table) => [
    primaryKey({ name: "payout_holds_pkey", columns: [table.dreamBoardId, table.seq] }),
    references(table.dreamBoardId, dreamBoards.id),
    index("idx_payout_holds_open").on(table.dreamBoardId).where(isNull(table.liftedAt)),
  ],
);

/** Money that a provider took back after it had been paid out: our losses. */
export const paymentLosses = pgTable(
  "payment_losses",
  {
    dreamBoardId: uuid("dream_board_id").notNull(),
    seq: integer("seq").notNull(),
    contributionId: uuid("contribution_id").notNull(),
    paymentProvider: paymentProvider("payment_provider").notNull(),
    providerPaymentId: text("provider_payment_id").notNull(),
    lostCents: integer("lost_cents").notNull(),
    recordedAt: instant("recorded_at").notNull(),
  },
  (table) => [
    primaryKey({ name: "payment_losses_pkey", columns: [table.dreamBoardId, table.seq] }),
    references(table.dreamBoardId, dreamBoards.id),
    references(table.contributionId, contributions.id),
    check("payment_losses_positive", sql`${table.lostCents} > 0`),
    index("idx_payment_losses_recorded").on(table.recordedAt),
  ],
);

/** Gift-card codes, sealed until they are mailed. A code is as good as cash and stands nowhere else. (product-facts 7) */
export const giftCards = pgTable(
  "gift_cards",
  {
    payoutId: uuid("payout_id").notNull(),
    /** The order the code came with: the payout that is completed with this reference is paid by it. */
    externalRef: varchar("external_ref", { length: 255 }).notNull(),
    /** `{code, url}`, encrypted. Null once the mail with the code was taken. */
    sealed: text("sealed"),
    createdAt: createdAt(),
    mailedAt: instant("mailed_at"),
  },
  (table) => [
    primaryKey({ name: "gift_cards_pkey", columns: [table.payoutId, table.externalRef] }),
    references(table.payoutId, payouts.id),
  ],
);
