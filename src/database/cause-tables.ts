import { sql } from "drizzle-orm";
import { boolean, check, integer, jsonb, pgTable, text, varchar } from "drizzle-orm/pg-core";
import { CAUSE_CATEGORIES, type Impact } from "#domain/causes";
import { createdAt, oneOf, updatedAt } from "./columns.ts";

/** The causes that boards choose from. Boards keep their own copy of the words. (product-facts 21.1) */
export const causes = pgTable(
  "causes",
  {
    /** A word in addresses and in boards: `greenpop`. */
    id: varchar("id", { length: 40 }).primaryKey(),
    name: varchar("name", { length: 200 }).notNull(),
    organisation: varchar("organisation", { length: 200 }).notNull(),
    npoNumber: varchar("npo_number", { length: 40 }),
    category: varchar("category", { length: 20, enum: CAUSE_CATEGORIES }).notNull(),
    description: text("description").notNull(),
    /** A path of ours. */
    image: text("image").notNull(),
    /** Rising; `goal` in cents. */
    impacts: jsonb("impacts").$type<readonly Impact[]>().notNull(),
    /** New boards may choose it. */
    isActive: boolean("is_active").notNull().default(true),
    /** Its place in the list, the smallest first. */
    sort: integer("sort").notNull().default(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    check("causes_id_valid", sql`${table.id} ~ '^[a-z0-9][a-z0-9-]*$'`),
    check("causes_category_valid", oneOf(table.category, CAUSE_CATEGORIES)),
  ],
);
