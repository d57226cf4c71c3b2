import { isNull } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "./columns.ts";

/** What says whether everything runs. Ids, instants and words of ours, no content. */

/** Who runs a job now, and as of when it has succeeded. One row a job, made by its first run. */
export const jobStates = pgTable("job_states", {
  name: varchar("name", { length: 50 }).primaryKey(),
  /** The run that holds the lease, or held it last. It refers to no row: runs are deleted after 90 days. */
  runId: uuid("run_id"),
  /** Until then no tick begins the job again. Null when the run has ended. */
  leaseUntil: instant("lease_until"),
  /** The latest instant that a successful run judged by. */
  doneAsOf: instant("done_as_of"),
});

export const DEAD_LETTER_RESOLUTIONS = ["requeued", "dismissed"] as const;

/**
 * Messages that their consumer gave up, one open row for each queue and subject: the sweeper sends a message again whose row is
 * pending, and it dies again.
 */
export const deadLetters = pgTable(
  "dead_letters",
  {
    id: id(),
    /** The queue whose consumer gave up, without the environment: `mail`. */
    queue: varchar("queue", { length: 50 }).notNull(),
    /** The first id in the message. Of a message that cannot be read, its own id. */
    subject: varchar("subject", { length: 100 }).notNull(),
    /** The message: ids and instants only. Null when it holds anything else; then it cannot be sent again. */
    body: jsonb("body").$type<Readonly<Record<string, unknown>>>(),
    firstDiedAt: instant("first_died_at").notNull(),
    lastDiedAt: instant("last_died_at").notNull(),
    /** How often it died, each time after all its attempts. */
    deaths: integer("deaths").notNull().default(1),
    resolvedAt: instant("resolved_at"),
    resolution: varchar("resolution", { length: 20, enum: DEAD_LETTER_RESOLUTIONS }),
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    check("dead_letters_resolution_valid", oneOf(table.resolution, DEAD_LETTER_RESOLUTIONS)),
    uniqueIndex("unique_open_dead_letter").on(table.queue, table.subject).where(isNull(table.resolvedAt)),
    index("idx_dead_letters_open").on(table.firstDiedAt).where(isNull(table.resolvedAt)),
    index("idx_dead_letters_resolved").on(table.resolvedAt),
  ],
);

/** Boards whose log was seen ahead of Postgres. A row goes when the board has caught up. */
export const boardLags = pgTable("board_lags", {
  dreamBoardId: uuid("dream_board_id").primaryKey(),
  /** The newest event that Postgres had, and when it was first seen to stand still there. */
  projectedSeq: integer("projected_seq").notNull(),
  behindSince: instant("behind_since").notNull(),
  seenAt: instant("seen_at").notNull(),
});

/** What the nightly comparison found on a board, in ids and amounts. A row goes when the board agrees again. */
export const boardDifferences = pgTable("board_differences", {
  dreamBoardId: uuid("dream_board_id").primaryKey(),
  difference: varchar("difference", { length: 500 }).notNull(),
  foundAt: instant("found_at").notNull(),
  seenAt: instant("seen_at").notNull(),
});
