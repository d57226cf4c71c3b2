import type { LogLine } from "./worker/messages.ts";

const QUIET_MS = 30_000;
const MAX_LENGTH = 200;

/**
 * Turns the Worker's alerts and crashes into lines for a person: the same kind of trouble at most twice a minute, with
 * how often it was left unsaid. The log has every one of them in full.
 */
export function complaints(say: (line: string) => void, now: () => number = Date.now): (line: LogLine) => void {
  const said = new Map<string, { at: number; unsaid: number }>();
  return ({ message }) => {
    const { kind, text } = read(message);
    const last = said.get(kind);
    if (last && now() - last.at < QUIET_MS) {
      last.unsaid += 1;
      return;
    }
    said.set(kind, { at: now(), unsaid: 0 });
    say(last?.unsaid ? `${text} (and ${last.unsaid} more since)` : text);
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
