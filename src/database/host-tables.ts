import { isNotNull, isNull, sql } from "drizzle-orm";
import { check, index, pgTable, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** What hosts share, and what they are about to change. A token's digest is the hex SHA-256 of the token. */

/**
 * The second parent of a board, or the invitation of one: a board has one row at most. No foreign keys: Postgres may lack a board
 * that is to be projected or restored.
 */
export const boardManagers = pgTable(
  "board_managers",
  {
    dreamBoardId: uuid("dream_board_id").primaryKey(),
    /** A row of `hosts`: the board's host. */
    invitedBy: uuid("invited_by").notNull(),
    /** Trimmed and in lower case, as in `hosts`. */
    invitedEmail: varchar("invited_email", { length: 255 }).notNull(),
    invitedAt: instant("invited_at").notNull(),
    /** Of the token in the invitation's link. Null once it was used. */
    tokenDigest: varchar("token_digest", { length: 64 }),
    /** A row of `hosts`: who accepted. Null until then. */
    hostId: uuid("host_id"),
    acceptedAt: instant("accepted_at"),
  },
  (table) => [
    check(
      "board_managers_accepted_once",
      sql`(${table.hostId} IS NULL) = (${table.acceptedAt} IS NULL) AND (${table.hostId} IS NULL) = (${table.tokenDigest} IS NOT NULL)`,
    ),
    index("idx_board_managers_host").on(table.hostId).where(isNotNull(table.hostId)),
    index("idx_board_managers_email").on(table.invitedEmail),
    index("idx_board_managers_open").on(table.invitedAt).where(isNull(table.acceptedAt)),
  ],
);

/** The address that a host is about to change to, until the link that was sent there is used. One a host. */
export const emailChanges = pgTable(
  "email_changes",
  {
    /** A row of `hosts`. */
    hostId: uuid("host_id").primaryKey(),
    newEmail: varchar("new_email", { length: 255 }).notNull(),
    tokenDigest: varchar("token_digest", { length: 64 }).notNull(),
    askedAt: instant("asked_at").notNull(),
  },
  (table) => [
    uniqueIndex("email_changes_token").on(table.tokenDigest),
    index("idx_email_changes_asked").on(table.askedAt),
  ],
);
