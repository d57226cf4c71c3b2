import type { Context } from "hono";
import { latestJobRuns } from "#operations/job-runs";
import type { AppEnv } from "../app-env.ts";
import type { Jobs } from "./run-named-job.ts";

/** `GET …/jobs`: every job with its latest run; null for one that has not run yet. */
export async function listJobs(c: Context<AppEnv>, { names }: Jobs): Promise<Response> {
  const runs = await latestJobRuns(c.get("services"), names);
  const latestRun = (name: string) => {
    const run = runs.find((candidate) => candidate.name === name);
    if (!run) return null;
    const { startedAt, endedAt, asOf, outcome, counts, error } = run;
    return {
      started_at: startedAt.toISOString(),
      ended_at: endedAt?.toISOString() ?? null,
      as_of: asOf.toISOString(),
      outcome,
      counts,
      error,
    };
  };
  return c.json({ jobs: names.map((name) => ({ job: name, latest_run: latestRun(name) })) }, 200);
}
