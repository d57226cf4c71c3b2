import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app-env.ts";
import { type Jobs, runNamedJob } from "./operator/run-named-job.ts";

const onlyLocally = createMiddleware<AppEnv>(async (c, next) => {
  if (!c.get("services").settings.LOCAL_PLATFORM) return c.notFound();
  await next();
});

/** Doors that exist on the local platform only, and need no secret there. */
export function localRoutes(jobs: Jobs) {
  return new Hono<AppEnv>().use(onlyLocally).post("/jobs/:name", (c) => runNamedJob(c, jobs));
}
