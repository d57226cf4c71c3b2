import type { WorkerProcess } from "./worker/worker-process.ts";

const EVERY_MINUTE = "* * * * *";
/** Soon after the start, for work that a kill interrupted. Not at once, so that it does not slow down the start. */
const FIRST_CRON_MS = 10_000;
const MINUTE_MS = 60_000;

/** Triggers the Worker's cron every minute, as Cloudflare does. @returns how to stop it */
export function startCrons(worker: WorkerProcess): () => void {
  const tick = () => void worker.runCron(EVERY_MINUTE).catch(() => {}); // the next minute tries again
  const first = setTimeout(tick, FIRST_CRON_MS);
  const later = setInterval(tick, MINUTE_MS);
  return () => {
    clearTimeout(first);
    clearInterval(later);
  };
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
