/** An isolate asks for a board that does not exist once a minute at most. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 10_000;

const missing = new Map<string, number>();

export function isKnownMiss(code: string, now: Date): boolean {
  const until = missing.get(code);
  if (until === undefined) return false;
  if (now.getTime() < until) return true;
  missing.delete(code);
  return false;
}

export function rememberMiss(code: string, now: Date): void {
  // Maps keep insertion order: the first key is the oldest miss.
  const oldest = missing.size >= MAX_REMEMBERED ? missing.keys().next().value : undefined;
  if (oldest !== undefined) missing.delete(oldest);
  missing.set(code, now.getTime() + REMEMBERED_MS);
}

/** A board with this code was created. */
export function forgetMiss(code: string): void {
  missing.delete(code);
}
