import { DrizzleQueryError } from "drizzle-orm";

/** One line of the log. Nothing personal, nothing secret: codes, ids, outcomes, durations. */
export type LogEntry = { event: string } & Record<string, string | number | boolean | null | undefined>;
export type Log = (entry: LogEntry) => void;

export const log: Log = (entry) => {
  console.log(JSON.stringify(entry));
};

/** Something a person should look at: alerting is a filter on `"alert":true`. */
export const alert: Log = (entry) => {
  console.error(JSON.stringify({ alert: true, ...entry }));
};

/** Where it was thrown, without what was said: a message may quote names and addresses. */
export function stackOf(error: unknown): string | null {
  if (!(error instanceof Error) || !error.stack) return null;
  const places = error.stack.split("\n").filter((line) => /^\s+at /.test(line));
  return places.join("\n").slice(0, 2_000);
}

/** The message of anything thrown, cut to a length a log line can carry. */
export function messageOf(error: unknown): string {
  // Its own message lists the query's parameters: names, addresses, ciphertexts.
  if (error instanceof DrizzleQueryError) return messageOf(error.cause);
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}
