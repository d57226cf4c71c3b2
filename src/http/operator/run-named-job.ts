import type { Context } from "hono";
import { writeAudit } from "#audit/write-audit";
import type { ExpectedJob } from "#operations/health";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";
import type { AppEnv } from "../app-env.ts";

/** The scheduled jobs, as the routes that run one by hand need them. */
export type Jobs = Readonly<{
  names: readonly string[];
  run(name: string, services: Services, now: Date): Promise<unknown>;
  /** Since when each must have succeeded, or it is late. */
  expected(now: Date, settings: Settings): readonly ExpectedJob[];
}>;

/** An instant outside is a mistake, and Postgres and JavaScript disagree about what an instant is there. */
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
  // Only the local platform may bring a deadline forward.
  if (now > services.now() && !services.settings.LOCAL_PLATFORM) {
    const details = [{ field: "now", reason: "must not lie in the future" }];
    throw new ChipInError("validation_error", "A job cannot run before its time", details);
  }
  await writeAudit(services, {
    action: "job.run",
    target: { type: "job", id: name },
    metadata: { now: now.toISOString(), ...(services.actor.kind === "system" && { by: "machine" }) },
  });
  const result = await jobs.run(name, services, now);
  return c.json({ job: name, now: now.toISOString(), result: result ?? null }, 200);
}
