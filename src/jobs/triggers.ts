const MINUTE_MS = 60_000;

/**
 * The cron triggers of wrangler.toml. Each tick is an invocation with a budget of its own: CPU time, six connections, 15
 * minutes. The runtime gives a trigger that fires once an hour up to 15 minutes of CPU time, a more frequent one 30 s.
 * `leaseMs`: how long a run that died keeps its job from the next tick. `graceMs`: how long after it was due a job is late, with
 * time for two more ticks.
 */
export const TRIGGERS = {
  minute: { cron: "* * * * *", leaseMs: 2 * MINUTE_MS, graceMs: 4 * MINUTE_MS },
  payments: { cron: "*/5 * * * *", leaseMs: 9 * MINUTE_MS, graceMs: 12 * MINUTE_MS },
  books: { cron: "10 * * * *", leaseMs: 20 * MINUTE_MS, graceMs: 150 * MINUTE_MS },
  settlement: { cron: "20 * * * *", leaseMs: 20 * MINUTE_MS, graceMs: 150 * MINUTE_MS },
  erasing: { cron: "40 * * * *", leaseMs: 20 * MINUTE_MS, graceMs: 150 * MINUTE_MS },
} as const;
