const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_HOUR;

/** South African Standard Time: UTC+02:00, no daylight saving. */
const ZONE = "Africa/Johannesburg";
const ZONE_OFFSET_MS = 2 * MS_PER_HOUR;

/** The calendar day in South Africa, `YYYY-MM-DD`. */
export function zoneDate(at: Date): string {
  return new Date(at.getTime() + ZONE_OFFSET_MS).toISOString().slice(0, 10);
}

/** A formatter in South African time. It is made at its first use: making one takes milliseconds of the Worker's start-up. */
export function zoneFormat(locale: string, options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  let format: Intl.DateTimeFormat | null = null;
  return () => {
    format ??= new Intl.DateTimeFormat(locale, { ...options, timeZone: ZONE });
    return format;
  };
}

/**
 * How many calendar days in South Africa something is open that ends at `deadline`, today and the last one counted: 1 on the last day.
 * Zero once the deadline has passed.
 */
export function daysLeft(deadline: Date, now: Date): number {
  if (now >= deadline) return 0;
  return (Date.parse(zoneDate(lastMoment(deadline))) - Date.parse(zoneDate(now))) / MS_PER_DAY + 1;
}

/** The last moment before `deadline`. Its day is the last one: what ends at midnight ends with the day before. */
export function lastMoment(deadline: Date): Date {
  return new Date(deadline.getTime() - 1);
}

/** The time of the day in South Africa at which something ends, as `02:00`; null when it ends with the day. */
export function closingTime(deadline: Date): string | null {
  return zoneTime(lastMoment(deadline)) === "23:59" ? null : zoneTime(deadline);
}

/** The time of the day in South Africa, `HH:MM`. */
export function zoneTime(at: Date): string {
  return new Date(at.getTime() + ZONE_OFFSET_MS).toISOString().slice(11, 16);
}

export function addDays(at: Date, days: number): Date {
  return new Date(at.getTime() + days * MS_PER_DAY);
}

export function addHours(at: Date, hours: number): Date {
  return new Date(at.getTime() + hours * 3_600_000);
}

/** The end of a calendar day in South Africa (23:59:59) by which a board is open to the end of that day. Null for any other text than `YYYY-MM-DD`. */
export function endOfDay(day: string): Date | null {
  const at = new Date(`${day}T23:59:59+02:00`);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime()) && zoneDate(at) === day ? at : null;
}
