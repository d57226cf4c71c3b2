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
