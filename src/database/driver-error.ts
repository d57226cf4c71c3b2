import type { NeonDbError } from "@neondatabase/serverless";
import type { DrizzleQueryError } from "drizzle-orm";

/*
 * Errors of the driver and of Drizzle, told by what they carry. Importing their classes would load both wherever an error is
 * judged or logged, which is everywhere.
 */

export function isDriverError(error: unknown): error is NeonDbError {
  return error instanceof Error && error.name === "NeonDbError";
}

/** Its message lists the query's parameters. */
export function isQueryError(error: unknown): error is DrizzleQueryError {
  return error instanceof Error && "query" in error && "params" in error;
}
