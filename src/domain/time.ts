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

/** Whole days a guest still has, counted up: anything left today is "1 day". Zero once the deadline has passed. */
export function daysLeft(deadline: Date, now: Date): number {
  return Math.max(0, Math.ceil((deadline.getTime() - now.getTime()) / MS_PER_DAY));
}

export function addDays(at: Date, days: number): Date {
  return new Date(at.getTime() + days * MS_PER_DAY);
}

export function addHours(at: Date, hours: number): Date {
  return new Date(at.getTime() + hours * 3_600_000);
}
