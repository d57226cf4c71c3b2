import { bigserial, index, integer, jsonb, pgTable, unique, uuid, varchar } from "drizzle-orm/pg-core";
import { createdAt, id, references } from "./columns.ts";
import { partners } from "./schema.ts";

/**
 * What partners are told, one row for one fact, whether an endpoint is subscribed or not. Kept for 90 days. No foreign key to the
 * board: after a restore the rows are copied before the boards project again, so that their positions stay.
 */
export const partnerEvents = pgTable(
  "partner_events",
  {
    /** Derived from the board's event, so a replay writes nothing. */
    id: id(),
    /** In the order in which a partner's readers see them. `event-positions.ts` says why none is skipped. */
    position: bigserial("position", { mode: "number" }).notNull(),
    partnerId: uuid("partner_id").notNull(),
    /** Null for a test event, which is about no board. */
    dreamBoardId: uuid("dream_board_id"),
    /** The place of its cause in the board's log. One cause may have several events. */
    sequence: integer("sequence"),
    type: varchar("type", { length: 50 }).notNull(),
    apiVersion: varchar("api_version", { length: 10 }).notNull(),
    /** Its private fields are sealed. */
    data: jsonb("data").notNull(),
    /** When it happened. */
    createdAt: createdAt(),
  },
  (table) => [
    references(table.partnerId, partners.id, "cascade"),
    unique("unique_partner_event_position").on(table.partnerId, table.position),
    index("idx_partner_events_type").on(table.partnerId, table.type, table.position),
    index("idx_partner_events_board").on(table.dreamBoardId, table.position),
    index("idx_partner_events_created").on(table.createdAt),
  ],
);
