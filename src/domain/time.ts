const MS_PER_DAY = 86_400_000;

/** South African Standard Time: UTC+02:00, no daylight saving. */
export const ZONE = "Africa/Johannesburg";

const ZONE_DATE = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** The calendar day in South Africa, `YYYY-MM-DD`. */
export function zoneDate(at: Date): string {
  return ZONE_DATE.format(at);
}

/** Whole days a guest still has, counted up: anything left today is "1 day". Zero once the deadline has passed. */
export function daysLeft(deadline: Date, now: Date): number {
  return Math.max(0, Math.ceil((deadline.getTime() - now.getTime()) / MS_PER_DAY));
}

export function addDays(at: Date, days: number): Date {
  return new Date(at.getTime() + days * MS_PER_DAY);
}
