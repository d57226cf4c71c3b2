import { and, gte, lt, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** Where a page of rows ends. `createdAt` has all six digits Postgres keeps: with fewer, rows would be skipped. */
export type Position = { createdAt: string; id: string };

/** Select this beside a row's id to know its position. */
export function positionOf(createdAt: AnyPgColumn): SQL<string> {
  return sql<string>`to_char(${createdAt} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * Rows that come after `position`, newest first. The pair is compared, because many rows may share an instant, and as one value, so
 * that an index of both columns begins at it.
 */
export function after(columns: { createdAt: AnyPgColumn; id: AnyPgColumn }, { createdAt, id }: Position): SQL {
  return sql`(${columns.createdAt}, ${columns.id}) < (${createdAt}::timestamptz, ${id}::uuid)`;
}

/** From `from` on, and before `before`. */
export function createdWithin(createdAt: AnyPgColumn, { from, before }: Window): SQL | undefined {
  return and(from && gte(createdAt, from), before && lt(createdAt, before));
}

export type Window = Readonly<{ from?: Date | undefined; before?: Date | undefined }>;
