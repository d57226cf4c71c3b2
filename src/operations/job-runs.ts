import { and, desc, gte, lte } from "drizzle-orm";
import { type Counts, jobRuns } from "#database/privacy-tables";
import { newId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

const MAX_ERROR_CHARACTERS = 300;

/**
 * Runs a job and records the run in `job_runs`, also when it throws. The job neither waits for the record nor fails with
 * it. @throws what `work` throws
 */
export async function runRecorded<Result>(
  services: Services,
  { name, asOf }: { name: string; asOf: Date },
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = services.now();
  const run = { id: newId(startedAt), name, startedAt, asOf };
  const started = record(services, run);
  const ended = async (end: Partial<typeof jobRuns.$inferInsert>) => {
    await started;
    await record(services, { ...run, endedAt: services.now(), ...end });
  };
  try {
    const result = await work();
    await ended({ outcome: "done", counts: countsOf(result) });
    return result;
  } catch (error) {
    await ended({ outcome: "failed", error: messageOf(error).slice(0, MAX_ERROR_CHARACTERS) });
    throw error;
  }
}

/** The second write holds all of the first, so that one lost write loses no run. */
async function record({ database, log }: Services, run: typeof jobRuns.$inferInsert): Promise<void> {
  try {
    const { id: _, ...values } = run;
    await database.insert(jobRuns).values(run).onConflictDoUpdate({ target: jobRuns.id, set: values });
  } catch (error) {
    log({ event: "job_run_not_recorded", job: run.name, error: messageOf(error) });
  }
}

/** The numbers in what a job returned, by their path: `payfast.found`. A list counts its entries; texts are left out. */
export function countsOf(result: unknown, path = ""): Counts {
  if (typeof result === "number" || typeof result === "boolean") return { [path]: Number(result) };
  if (Array.isArray(result)) return { [path]: result.length };
  if (typeof result !== "object" || result === null) return {};
  return Object.assign(
    {},
    ...Object.entries(result).map(([name, value]) => countsOf(value, path === "" ? name : `${path}.${name}`)),
  );
}

/** The latest run of each of these jobs that has run, in their order. */
export async function latestJobRuns({ database }: Services, names: readonly string[]) {
  // A range, so that the order is that of `idx_job_runs_name`: by an equal name the planner walks back over the runs of all
  // jobs, far when this one has not run for long.
  const latest = (name: string) =>
    database
      .select()
      .from(jobRuns)
      .where(and(gte(jobRuns.name, name), lte(jobRuns.name, name)))
      .orderBy(desc(jobRuns.name), desc(jobRuns.startedAt))
      .limit(1);
  const [first, ...others] = names.map(latest);
  return first ? (await database.batch([first, ...others])).flat() : [];
}
