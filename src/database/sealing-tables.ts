import { integer, jsonb, pgTable, text, varchar } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** How far each sealed place has been walked to bring its ciphertexts under the current key. */
export const reencryptionWalks = pgTable("reencryption_walks", {
  /** As `sealed-places.ts` names it. */
  place: varchar("place", { length: 100 }).primaryKey(),
  /** The ids of the listed keys, comma-separated, the current one first. Another list begins anew. */
  keys: text("keys").notNull(),
  /** When a walk under this list first began. */
  keysSince: instant("keys_since").notNull(),
  startedAt: instant("started_at").notNull(),
  /** Null while rows are left to look at. */
  finishedAt: instant("finished_at"),
  /** When a walk last found the place in order. Null once a later one finds something. */
  cleanAt: instant("clean_at"),
  /** Primary key of the last row that was looked at, as texts; null before the first. */
  after: jsonb("after").$type<readonly string[]>(),
  /** Values this walk found under another key or in clear, and could read. */
  found: integer("found").notNull().default(0),
  /** Values this walk found and could not read. */
  unreadable: integer("unreadable").notNull().default(0),
});
