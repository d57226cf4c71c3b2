import { isNotNull } from "drizzle-orm";
import { check, index, jsonb, pgTable, uuid, varchar } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "./columns.ts";

/** What ran, and what was erased. Counts and ids, no content. (product-facts 18.2) */

export const JOB_OUTCOMES = ["done", "failed"] as const;

/** Named numbers: how many rows, boards, mails. */
export type Counts = Readonly<Record<string, number>>;

/** Every run of a job, by the cron or by hand. */
export const jobRuns = pgTable(
  "job_runs",
  {
    id: id(),
    name: varchar("name", { length: 50 }).notNull(),
    startedAt: instant("started_at").notNull(),
    /** Null while it runs, and for ever when the Worker died in it. */
    endedAt: instant("ended_at"),
    /** The instant it judged by. */
    asOf: instant("as_of").notNull(),
    outcome: varchar("outcome", { length: 20, enum: JOB_OUTCOMES }),
    counts: jsonb("counts").$type<Counts>(),
    error: varchar("error", { length: 300 }),
  },
  (table) => [
    check("job_runs_outcome_valid", oneOf(table.outcome, JOB_OUTCOMES)),
    index("idx_job_runs_name").on(table.name, table.startedAt),
    index("idx_job_runs_started").on(table.startedAt),
  ],
);

/** The proof of an erasure, one row a run that erased something. It refers to no row: those may be gone. */
export const erasures = pgTable(
  "erasures",
  {
    id: id(),
    /** A job, or an act such as the erasure of one host. */
    cause: varchar("cause", { length: 50 }).notNull(),
    dreamBoardId: uuid("dream_board_id"),
    hostId: uuid("host_id"),
    counts: jsonb("counts").$type<Counts>().notNull(),
    at: instant("at").notNull(),
    /** Why a person had a host erased. The one text in here; it is kept 90 days. */
    note: varchar("note", { length: 500 }),
  },
  (table) => [
    index("idx_erasures_at").on(table.at),
    index("idx_erasures_with_note").on(table.at).where(isNotNull(table.note)),
    index("idx_erasures_board").on(table.dreamBoardId).where(isNotNull(table.dreamBoardId)),
    index("idx_erasures_host").on(table.hostId).where(isNotNull(table.hostId)),
  ],
);
