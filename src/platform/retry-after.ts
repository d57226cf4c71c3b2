/** `Retry-After` as seconds from `now`: a number of seconds or a date. Null when absent, unreadable or past. */
export function parseRetryAfter(header: string | null, now: Date): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const seconds = (Date.parse(header) - now.getTime()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : null;
}
