import { index, pgTable, uuid, varchar } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/**
 * That the host of a board said to be the child's parent or guardian and agreed to what its guests see. (product-facts 9) Written
 * before the board is opened, so no foreign key; without a board the row says nothing.
 */
export const consents = pgTable(
  "consents",
  {
    dreamBoardId: uuid("dream_board_id").primaryKey(),
    hostId: uuid("host_id").notNull(),
    /** Which version of the sentence was agreed to. */
    wording: varchar("wording", { length: 20 }).notNull(),
    givenAt: instant("given_at").notNull(),
  },
  (table) => [index("idx_consents_host").on(table.hostId)],
);
