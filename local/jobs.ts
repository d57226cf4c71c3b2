import { TRIGGERS } from "../src/jobs/triggers.ts";
import type { WorkerProcess } from "./worker/worker-process.ts";

/** Soon after the start, for work that a kill interrupted. Not at once, so that it does not slow down the start. */
const FIRST_CRON_MS = 10_000;
const MINUTE_MS = 60_000;

/** Triggers the Worker's crons, each when it fires, as Cloudflare does. @returns how to stop it */
export function startCrons(worker: WorkerProcess, now: () => Date = () => new Date()): () => void {
  const tick = () => {
    // The next one tries again.
    for (const cron of cronsAt(now())) void worker.runCron(cron).catch(() => {});
  };
  const first = setTimeout(tick, FIRST_CRON_MS);
  const later = setInterval(tick, MINUTE_MS);
  return () => {
    clearTimeout(first);
    clearInterval(later);
  };
}

/** The expressions of wrangler.toml's top level that fire at this minute. All of them are about minutes only. */
export function cronsAt(now: Date): string[] {
  return Object.values(TRIGGERS)
    .map(({ cron }) => cron)
    .filter((cron) => fires(cron, now.getUTCMinutes()));
}

function fires(cron: string, minute: number): boolean {
  const [field = ""] = cron.split(" ");
  if (field.startsWith("*")) return minute % Number(field.split("/")[1] ?? 1) === 0;
  return Number(field) === minute;
}

/** Runs one scheduled job as of `now`. @throws Error when its route does not answer 200 */
export async function runJob(worker: string, name: string, now?: Date): Promise<unknown> {
  const response = await requestJob(worker, name, now ? `?now=${encodeURIComponent(now.toISOString())}` : "");
  if (!response.ok) throw new Error(`the job ${name} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export function requestJob(worker: string, name: string, search: string): Promise<Response> {
  return fetch(`${worker}/__local/jobs/${encodeURIComponent(name)}${search}`, { method: "POST" });
}
