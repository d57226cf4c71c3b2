import type { LogLine } from "./worker/messages.ts";

const QUIET_MS = 30_000;
const MAX_LENGTH = 200;

/**
 * Prints the Worker's alerts and crashes as short lines: each kind at most twice a minute, with the number of lines left
 * out. The Worker's log has all of them in full.
 */
export function alertPrinter(print: (line: string) => void, now: () => number = Date.now): (line: LogLine) => void {
  const printed = new Map<string, { at: number; leftOut: number }>();
  return ({ message }) => {
    const { kind, text } = read(message);
    const last = printed.get(kind);
    if (last && now() - last.at < QUIET_MS) {
      last.leftOut += 1;
      return;
    }
    printed.set(kind, { at: now(), leftOut: 0 });
    print(last?.leftOut ? `${text} (and ${last.leftOut} more since)` : text);
  };
}

function read(message: string): { kind: string; text: string } {
  const entry = parseEntry(message);
  if (!entry) return { kind: message.slice(0, 60), text: cut(message) };
  const { alert: _, event, ...rest } = entry;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${cut(String(value), 120)}`);
  return { kind: String(event), text: cut([event, ...details].join(", "), 2 * MAX_LENGTH) };
}

function parseEntry(message: string): Record<string, unknown> | null {
  try {
    const entry: unknown = JSON.parse(message);
    return typeof entry === "object" && entry !== null && "event" in entry ? (entry as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function cut(text: string, length = MAX_LENGTH): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
