import { and, desc, eq, gte, lte, sql } from "drizzle-orm";
import { jobStates } from "#database/monitoring-tables";
import { type Counts, jobRuns } from "#database/privacy-tables";
import { newId } from "#domain/ids";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

const MAX_ERROR_CHARACTERS = 300;

/** A job that a tick wants to run, if no run as of `dueSince` or later has succeeded. */
export type WantedRun = Readonly<{ name: string; dueSince: Date; leaseMs: number }>;
/** A run that this caller alone may make. */
export type ClaimedRun = Readonly<{ id: string; name: string; startedAt: Date; asOf: Date }>;

/**
 * Claims the jobs that are due, in one statement: a job that has succeeded since, or that another run holds by its lease, is
 * left out. Each claimed run is recorded as begun. A run that dies keeps its lease until it ends. @throws what Postgres says
 */
export async function claimRuns(
  { database, now }: Services,
  wanted: readonly WantedRun[],
  asOf: Date,
): Promise<ClaimedRun[]> {
  const startedAt = now();
  const at = startedAt.toISOString();
  const rows = wanted.map(({ name, dueSince, leaseMs }) => {
    const leaseUntil = new Date(startedAt.getTime() + leaseMs).toISOString();
    return sql`(${name}, ${newId(startedAt)}::uuid, ${dueSince.toISOString()}::timestamptz, ${leaseUntil}::timestamptz)`;
  });
  if (rows.length === 0) return [];
  const claimed = await database.execute<{ id: string; name: string }>(sql`
    WITH wanted (name, run_id, due_since, lease_until) AS (VALUES ${sql.join(rows, sql`, `)}), claimed AS (
      INSERT INTO job_states AS state (name, run_id, lease_until) SELECT name, run_id, lease_until FROM wanted ORDER BY name
      ON CONFLICT (name) DO UPDATE SET run_id = excluded.run_id, lease_until = excluded.lease_until
      WHERE (state.lease_until IS NULL OR state.lease_until <= ${at}::timestamptz)
        AND (state.done_as_of IS NULL OR state.done_as_of < (SELECT due_since FROM wanted WHERE wanted.name = state.name))
      RETURNING name, run_id
    )
    INSERT INTO job_runs (id, name, started_at, as_of)
    SELECT run_id, name, ${at}::timestamptz, ${asOf.toISOString()}::timestamptz FROM claimed RETURNING id, name`);
  return claimed.rows.map(({ id, name }) => ({ id, name, startedAt, asOf }));
}

/** Runs by hand, without a claim: `runClaimed` with a run that is recorded here. @throws what `work` throws */
export async function runRecorded<Result>(
  services: Services,
  { name, asOf }: { name: string; asOf: Date },
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = services.now();
  const run = { id: newId(startedAt), name, startedAt, asOf };
  const { database } = services;
  const begun = recording(services, name, () => database.insert(jobRuns).values(run).onConflictDoNothing());
  return await runClaimed(services, run, work, begun);
}

/**
 * Makes the run, records its end, also when it throws, and gives its lease back. The job neither waits for the record nor
 * fails with it. @throws what `work` throws
 */
export async function runClaimed<Result>(
  services: Services,
  run: ClaimedRun,
  work: () => Promise<Result>,
  begun: Promise<void> = Promise.resolve(),
): Promise<Result> {
  const ended = async (end: Partial<typeof jobRuns.$inferInsert>) => {
    await begun;
    await recording(services, run.name, () => recordEnd(services, run, { endedAt: services.now(), ...end }));
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

/** The row holds all of the first, so that one lost write loses no run. */
async function recordEnd({ database }: Services, run: ClaimedRun, end: Partial<typeof jobRuns.$inferInsert>) {
  const { id, name, startedAt, asOf } = run;
  const recorded = database
    .insert(jobRuns)
    .values({ ...run, ...end })
    .onConflictDoUpdate({ target: jobRuns.id, set: { name, startedAt, asOf, ...end } });
  const released = database
    .update(jobStates)
    .set({ leaseUntil: null })
    .where(and(eq(jobStates.name, name), eq(jobStates.runId, id)));
  if (end.outcome !== "done") return await database.batch([recorded, released]);
  // A run as of tomorrow, which the local platform makes, does not do tomorrow's work.
  const doneAsOf = new Date(Math.min(asOf.getTime(), startedAt.getTime()));
  const done = database
    .insert(jobStates)
    .values({ name, doneAsOf })
    .onConflictDoUpdate({
      target: jobStates.name,
      set: { doneAsOf: sql`greatest(${jobStates.doneAsOf}, excluded.done_as_of)` },
    });
  await database.batch([recorded, released, done]);
}

async function recording({ log }: Services, job: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    log({ event: "job_run_not_recorded", job, error: messageOf(error) });
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
