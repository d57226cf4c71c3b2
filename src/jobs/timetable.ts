const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** The latest instant, `now` or before, at which a job became due. */
export type LastDue = (now: Date) => Date;

export const everyMinutes =
  (minutes: number): LastDue =>
  (now) =>
    new Date(Math.floor(now.getTime() / (minutes * MINUTE_MS)) * minutes * MINUTE_MS);

/** In UTC, two hours behind South Africa. */
export const daily =
  (hour: number, minute: number): LastDue =>
  (now) => {
    const today = new Date(now);
    today.setUTCHours(hour, minute, 0, 0);
    return today <= now ? today : new Date(today.getTime() - DAY_MS);
  };

const QUARTER_MS = 15 * MINUTE_MS;

/** When jobs were last run, `now` or before: any minute, but on staging a quarter of an hour from 06:00 to 18:45 on working days. */
export function lastTick(now: Date, environment: "development" | "staging" | "production"): Date {
  if (environment !== "staging") return now;
  let tick = new Date(Math.floor(now.getTime() / QUARTER_MS) * QUARTER_MS);
  while (!isStagingHour(tick)) tick = new Date(tick.getTime() - QUARTER_MS);
  return tick;
}

function isStagingHour(tick: Date): boolean {
  const [hour, day] = [tick.getUTCHours(), tick.getUTCDay()];
  return hour >= 6 && hour <= 18 && day >= 1 && day <= 5;
}
