import { expireApiKeys } from "#accounts/expire-api-keys";
import type { ExpectedJob } from "#operations/health";
import { claimRuns, runClaimed, runRecorded } from "#operations/job-runs";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";
import type { Settings } from "#platform/settings";
import { anonymiseBoards } from "./anonymise-boards.ts";
import { closeDueBoards } from "./close-due-boards.ts";
import { compareBoards, queueComparison } from "./compare-boards.ts";
import { compareSettlements } from "./compare-settlements.ts";
import { queuePictureCopies } from "./copy-pictures.ts";
import { dispatchMail } from "./dispatch-mail.ts";
import { dispatchWebhooks } from "./dispatch-webhooks.ts";
import { executePayouts } from "./execute-payouts.ts";
import { finishErasures } from "./finish-erasures.ts";
import { purgeJob } from "./purge.ts";
import { reconcilePayments } from "./reconcile-payments.ts";
import { reencrypt } from "./reencrypt.ts";
import { remindHosts } from "./remind-hosts.ts";
import { scrubOrigins } from "./scrub-origins.ts";
import { sendRefunds } from "./send-refunds.ts";
import { sweepPictures } from "./sweep-pictures.ts";
import { daily, everyMinutes, type LastDue, lastTick } from "./timetable.ts";
import { TRIGGERS } from "./triggers.ts";
import { watchEndpoints } from "./watch-endpoints.ts";
import { watchProjection } from "./watch-projection.ts";

type Job = Readonly<{
  run(services: Services, now: Date): Promise<unknown>;
  /** What an operator runs; `run` unless it is set. */
  byHand?(services: Services, now: Date): Promise<unknown>;
  trigger: keyof typeof TRIGGERS;
  /** The job is due when no run as of this instant or later has succeeded. */
  lastDue: LastDue;
}>;

const hourly = everyMinutes(60);
/** Two of staging's ticks. */
const STAGING_GRACE_MS = 30 * 60_000;

/**
 * Every scheduled job, by the name operators call it by. All are idempotent and safe to run twice at once. What is due once
 * a day belongs to a trigger that fires every hour: a run that was missed or failed is made up for an hour later.
 */
const JOBS = {
  "close-due-boards": { run: closeDueBoards, trigger: "minute", lastDue: everyMinutes(1) },
  "dispatch-webhooks": { run: dispatchWebhooks, trigger: "minute", lastDue: everyMinutes(1) },
  "dispatch-mail": { run: dispatchMail, trigger: "minute", lastDue: everyMinutes(1) },
  "reconcile-payments": { run: reconcilePayments, trigger: "payments", lastDue: everyMinutes(5) },
  "send-refunds": { run: sendRefunds, trigger: "payments", lastDue: everyMinutes(5) },
  "execute-payouts": {
    run: (services, now) => executePayouts(services, now),
    trigger: "payments",
    lastDue: everyMinutes(5),
  },
  "expire-api-keys": {
    run: async (services, now) => ({ expired: await expireApiKeys(services, now) }),
    trigger: "payments",
    lastDue: everyMinutes(5),
  },
  "watch-endpoints": { run: watchEndpoints, trigger: "payments", lastDue: everyMinutes(5) },
  "watch-projection": { run: watchProjection, trigger: "payments", lastDue: everyMinutes(5) },
  "remind-hosts": { run: remindHosts, trigger: "books", lastDue: hourly },
  // 06:20 in South Africa: the providers have finished with yesterday, and operators start their day.
  "compare-settlements": { run: compareSettlements, trigger: "settlement", lastDue: daily(4, 20) },
  // What it queues is judged by the night, so that every hour makes up for what got lost.
  "compare-boards": { run: queueComparison, byHand: compareBoards, trigger: "books", lastDue: hourly },
  // Four more tries for a host that was down.
  "copy-pictures": { run: queuePictureCopies, trigger: "books", lastDue: everyMinutes(360) },
  "scrub-origins": { run: scrubOrigins, trigger: "erasing", lastDue: daily(0, 40) },
  "purge-webhook-bodies": { run: purgeJob("purge-webhook-bodies"), trigger: "erasing", lastDue: daily(1, 40) },
  "purge-old-records": { run: purgeJob("purge-old-records"), trigger: "erasing", lastDue: daily(2, 40) },
  "purge-financial-records": { run: purgeJob("purge-financial-records"), trigger: "erasing", lastDue: daily(3, 40) },
  "purge-audit-log": { run: purgeJob("purge-audit-log"), trigger: "erasing", lastDue: daily(4, 40) },
  "purge-idempotency-keys": { run: purgeJob("purge-idempotency-keys"), trigger: "erasing", lastDue: hourly },
  "sweep-pictures": {
    run: (services, now) => sweepPictures(services, now),
    trigger: "erasing",
    lastDue: daily(5, 40),
  },
  "anonymise-boards": {
    run: (services, now) => anonymiseBoards(services, now),
    trigger: "books",
    lastDue: daily(1, 10),
  },
  "finish-erasures": { run: finishErasures, trigger: "erasing", lastDue: hourly },
  reencrypt: { run: (services, now) => reencrypt(services, now), trigger: "settlement", lastDue: daily(1, 20) },
} as const satisfies Record<string, Job>;

export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

/** Runs the job as of `now`, due or not, and records the run. @throws what the job throws */
export async function runJob(name: JobName, services: Services, now: Date): Promise<unknown> {
  const { run, byHand = run }: Job = JOBS[name];
  return await runRecorded<unknown>(services, { name, asOf: now }, () => byHand(services, now));
}

/** Since when each job must have succeeded, or it is late. What is due is made up for until then. */
export function expectedJobs(now: Date, { ENVIRONMENT }: Pick<Settings, "ENVIRONMENT">): ExpectedJob[] {
  return JOB_NAMES.map((name) => {
    const { trigger, lastDue } = JOBS[name];
    const grace = Math.max(TRIGGERS[trigger].graceMs, ENVIRONMENT === "staging" ? STAGING_GRACE_MS : 0);
    return { name, since: lastDue(lastTick(new Date(now.getTime() - grace), ENVIRONMENT)) };
  });
}

/** The jobs of a cron expression. One that is no trigger of ours runs every job: staging has one for all. */
export function jobsOf(cron: string): JobName[] {
  const own = JOB_NAMES.filter((name) => TRIGGERS[JOBS[name].trigger].cron === cron);
  return own.length > 0 ? own : JOB_NAMES;
}

export type Tick = Readonly<{ cron: string; now: Date }>;

/**
 * Runs the jobs of a cron tick that are due, side by side: one job's trouble, or length, is not the next one's. A job that
 * another tick is running is left to it. @returns the jobs that ran, and whether nothing failed
 */
export async function runDueJobs(services: Services, { cron, now }: Tick): Promise<{ ran: string[]; ok: boolean }> {
  const about = { request_id: services.requestId };
  const wanted = jobsOf(cron).map((name) => {
    const { lastDue, trigger } = JOBS[name];
    return { name, dueSince: lastDue(now), leaseMs: TRIGGERS[trigger].leaseMs };
  });
  const claimed = await claimRuns(services, wanted, now).catch((error: unknown) => {
    services.alert({ event: "jobs_not_begun", cron, ...about, error: messageOf(error) });
    return null;
  });
  if (!claimed) return { ran: [], ok: false };
  const outcomes = await Promise.all(
    claimed.map(async (run) => {
      const name = run.name as JobName;
      try {
        const result = await runClaimed<unknown>(services, run, () => JOBS[name].run(services, now));
        services.log({ event: "job", job: name, ...about, result: JSON.stringify(result) });
        return true;
      } catch (error) {
        services.alert({ event: "job_failed", job: name, ...about, error: messageOf(error) });
        return false;
      }
    }),
  );
  return { ran: claimed.map(({ name }) => name), ok: outcomes.every((isDone) => isDone) };
}
