import { runRecorded } from "#operations/job-runs";
import type { Services } from "#platform/services";
import { anonymiseBoards } from "./anonymise-boards.ts";
import { closeDueBoards } from "./close-due-boards.ts";
import { compareBoards } from "./compare-boards.ts";
import { compareSettlements } from "./compare-settlements.ts";
import { dispatchMail } from "./dispatch-mail.ts";
import { dispatchWebhooks } from "./dispatch-webhooks.ts";
import { executePayouts } from "./execute-payouts.ts";
import { purgeJob } from "./purge.ts";
import { reconcilePayments } from "./reconcile-payments.ts";
import { reencrypt } from "./reencrypt.ts";
import { remindHosts } from "./remind-hosts.ts";
import { scrubOrigins } from "./scrub-origins.ts";
import { sendRefunds } from "./send-refunds.ts";

type Job = {
  run(services: Services, now: Date): Promise<unknown>;
  /** Whether the cron tick at this UTC minute runs it. */
  isDue(now: Date): boolean;
};

const everyMinute = () => true;
const everyMinutes = (minutes: number) => (now: Date) => now.getUTCMinutes() % minutes === 0;
const hourlyAt = (minute: number) => (now: Date) => now.getUTCMinutes() === minute;
/** In UTC, two hours behind South Africa. */
const dailyAt = (hour: number, minute: number) => (now: Date) =>
  now.getUTCHours() === hour && now.getUTCMinutes() === minute;
/** 02:10 in South Africa. */
const nightly = dailyAt(0, 10);
/** 06:20 in South Africa: the providers have finished with yesterday, and operators start their day. */
const mornings = dailyAt(4, 20);

/** Every scheduled job, by the name operators call it by. All are idempotent and safe to run twice at once. */
const JOBS = {
  "close-due-boards": { run: closeDueBoards, isDue: everyMinute },
  "dispatch-webhooks": { run: dispatchWebhooks, isDue: everyMinute },
  "dispatch-mail": { run: dispatchMail, isDue: everyMinute },
  "reconcile-payments": { run: reconcilePayments, isDue: everyMinutes(5) },
  "send-refunds": { run: sendRefunds, isDue: everyMinutes(5) },
  "execute-payouts": { run: (services, now) => executePayouts(services, now), isDue: everyMinutes(5) },
  "remind-hosts": { run: remindHosts, isDue: hourlyAt(0) },
  "compare-settlements": { run: compareSettlements, isDue: mornings },
  "compare-boards": { run: compareBoards, isDue: nightly },
  "scrub-origins": { run: scrubOrigins, isDue: dailyAt(0, 30) },
  "purge-webhook-bodies": { run: purgeJob("purge-webhook-bodies"), isDue: dailyAt(0, 40) },
  "purge-old-records": { run: purgeJob("purge-old-records"), isDue: dailyAt(0, 50) },
  "purge-financial-records": { run: purgeJob("purge-financial-records"), isDue: dailyAt(1, 20) },
  "purge-audit-log": { run: purgeJob("purge-audit-log"), isDue: dailyAt(1, 30) },
  "purge-idempotency-keys": { run: purgeJob("purge-idempotency-keys"), isDue: hourlyAt(25) },
  "anonymise-boards": { run: (services, now) => anonymiseBoards(services, now), isDue: dailyAt(1, 0) },
  reencrypt: { run: (services, now) => reencrypt(services, now), isDue: dailyAt(1, 10) },
} as const satisfies Record<string, Job>;

export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

/** Runs the job as of `now` and records the run. @throws what the job throws */
export async function runJob(name: JobName, services: Services, now: Date): Promise<unknown> {
  return await runRecorded<unknown>(services, { name, asOf: now }, () => JOBS[name].run(services, now));
}

export function dueJobs(now: Date): JobName[] {
  return JOB_NAMES.filter((name) => JOBS[name].isDue(now));
}
