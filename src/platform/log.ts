import { isQueryError } from "#database/driver-error";
import { BoundedMap } from "./bounded-map.ts";
import { redact } from "./redact.ts";

/** One line of the log: codes, ids, outcomes, durations. No personal data and no secrets. */
export type LogEntry = { event: string } & Record<string, string | number | boolean | null | undefined>;
export type Log = (entry: LogEntry) => void;

export const log: Log = (entry) => {
  console.log(JSON.stringify(entry));
};

/** The fields of an alert that say what is wrong, as codes of ours. Two alerts with the same ones have the same reason. */
const REASON_FIELDS = [
  "reason",
  "trouble",
  "flag",
  "code",
  "outcome",
  "status",
  "kind",
  "type",
  "job",
  "queue",
  "place",
  "provider",
] as const;
const ALERT_EVERY_MS = 60_000;
/** Words of ours, so there are few. */
const MAX_REASONS = 500;

/**
 * Makes `alert`: one line with `"alert":true` for each reason and minute. What repeats it within the minute is a plain line with
 * `repeated`, so that no detail is lost, and the next alert has `times`, all since the one before it and itself. It counts what
 * goes through it: an isolate.
 */
export function createAlert(write: (line: string, isAlert: boolean) => void, now: () => number = Date.now): Log {
  const raised = new BoundedMap<string, { at: number; repeated: number }>(MAX_REASONS);
  return (entry) => {
    const reason = JSON.stringify([entry.event, ...REASON_FIELDS.map((field) => entry[field] ?? null)]);
    const last = raised.get(reason);
    if (last && now() - last.at < ALERT_EVERY_MS) {
      last.repeated += 1;
      write(JSON.stringify({ ...entry, repeated: last.repeated }), false);
      return;
    }
    raised.set(reason, { at: now(), repeated: 0 });
    write(JSON.stringify({ alert: true, ...entry, times: (last?.repeated ?? 0) + 1 }), true);
  };
}

/** A line that a person should look at. Alerting filters on `"alert":true`. In production each isolate counts for itself. */
export const alert: Log = createAlert((line, isAlert) => (isAlert ? console.error(line) : console.log(line)));

/** The stack frames without the message, which may quote names and addresses. */
export function stackOf(error: unknown): string | null {
  if (!(error instanceof Error) || !error.stack) return null;
  const frames = error.stack.split("\n").filter((line) => /^\s+at /.test(line));
  return frames.join("\n").slice(0, 2_000);
}

/** The message of anything thrown, redacted and cut to a length for a log line. */
export function messageOf(error: unknown): string {
  // The message of Drizzle's error lists the query's parameters: names, addresses, ciphertexts.
  if (isQueryError(error)) return messageOf(error.cause);
  // Every engine quotes the text around the fault, with quotation marks of the text itself in it.
  if (error instanceof SyntaxError) return "SyntaxError";
  return redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}
