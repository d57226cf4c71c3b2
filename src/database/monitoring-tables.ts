import { pgTable, uuid, varchar } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

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
