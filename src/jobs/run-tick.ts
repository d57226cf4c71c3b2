import { untilTimeout } from "#platform/in-time";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import { jobsOf, runDueJobs, type Tick } from "./schedule.ts";

const HEARTBEAT_TIMEOUT_MS = 5_000;

/**
 * One cron tick. After one of every minute in which nothing failed, `HEARTBEAT_URL` is fetched: whoever watches it hears when
 * the cron, the Worker or Postgres stops, which nothing of ours can report. The job's result does not depend on it.
 */
export async function runTick(services: Services, tick: Tick, deps = { fetch: globalThis.fetch }): Promise<void> {
  const { ok } = await runDueJobs(services, tick);
  const { HEARTBEAT_URL: url } = services.settings;
  if (!ok || !url || !jobsOf(tick.cron).includes("close-due-boards")) return;
  try {
    await untilTimeout(HEARTBEAT_TIMEOUT_MS, async (signal) => {
      const answer = await deps.fetch(url, { signal, redirect: "manual" });
      await answer.body?.cancel();
      if (answer.status >= 400) throw new Error(`answered ${answer.status}`);
    });
  } catch (error) {
    services.log({ event: "heartbeat_not_sent", error: messageOf(error) });
  }
}
