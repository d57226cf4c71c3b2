import type { Context } from "hono";
import { healthOf } from "#operations/health";
import type { AppEnv } from "../app-env.ts";
import type { Jobs } from "./run-named-job.ts";

/** `GET …/health`: 503 when anything is late, with what; 200 else. */
export async function sendHealth(c: Context<AppEnv>, jobs: Jobs): Promise<Response> {
  const services = c.get("services");
  const now = services.now();
  const health = await healthOf(services, now, jobs.expected(now, services.settings));
  return c.json(health, health.status === "ok" ? 200 : 503);
}
