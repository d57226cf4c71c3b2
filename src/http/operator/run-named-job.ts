import type { Context } from "hono";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";

/** The scheduled jobs, as the doors to them see them. */
export type Jobs = Readonly<{
  names: readonly string[];
  run(name: string, services: Services, now: Date): Promise<unknown>;
}>;

/** Beyond these nobody means it, and Postgres and JavaScript disagree about what an instant is. */
const EARLIEST = new Date("2000-01-01T00:00:00Z");
const LATEST = new Date("2100-01-01T00:00:00Z");

/** `POST …/jobs/{name}?now=…`: one scheduled job, as of an instant (ISO 8601, now unless given). */
export async function runNamedJob(c: Context<AppEnv, "/jobs/:name">, jobs: Jobs): Promise<Response> {
  const services = c.get("services");
  const name = c.req.param("name");
  if (!jobs.names.includes(name)) {
    throw new ChipInError("not_found", `No job is called that; there are: ${jobs.names.join(", ")}`);
  }
  const asked = c.req.query("now");
  const now = asked === undefined ? services.now() : new Date(asked);
  if (!(EARLIEST <= now && now < LATEST)) {
    const details = [{ field: "now", reason: "must be an ISO 8601 instant of this century" }];
    throw new ChipInError("validation_error", "The instant could not be read", details);
  }
  // Tomorrow's deadlines are nobody's to bring forward, except where time is played with.
  if (now > services.now() && !services.settings.LOCAL_PLATFORM) {
    const details = [{ field: "now", reason: "must not lie in the future" }];
    throw new ChipInError("validation_error", "A job cannot run before its time", details);
  }
  const result = await jobs.run(name, services, now);
  return c.json({ job: name, now: now.toISOString(), result: result ?? null }, 200);
}
