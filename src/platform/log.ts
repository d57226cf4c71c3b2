import { DrizzleQueryError } from "drizzle-orm";
import { redact } from "./redact.ts";

/** One line of the log: codes, ids, outcomes, durations. No personal data and no secrets. */
export type LogEntry = { event: string } & Record<string, string | number | boolean | null | undefined>;
export type Log = (entry: LogEntry) => void;

export const log: Log = (entry) => {
  console.log(JSON.stringify(entry));
};

/** A line that a person should look at. Alerting filters on `"alert":true`. */
export const alert: Log = (entry) => {
  console.error(JSON.stringify({ alert: true, ...entry }));
};

/** The stack frames without the message, which may quote names and addresses. */
export function stackOf(error: unknown): string | null {
  if (!(error instanceof Error) || !error.stack) return null;
  const frames = error.stack.split("\n").filter((line) => /^\s+at /.test(line));
  return frames.join("\n").slice(0, 2_000);
}

/** The message of anything thrown, redacted and cut to a length for a log line. */
export function messageOf(error: unknown): string {
  // The message of Drizzle's error lists the query's parameters: names, addresses, ciphertexts.
  if (error instanceof DrizzleQueryError) return messageOf(error.cause);
  // Every engine quotes the text around the fault, with quotation marks of the text itself in it.
  if (error instanceof SyntaxError) return "SyntaxError";
  return redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}
