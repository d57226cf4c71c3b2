import { and, eq, lt, or, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** Where a page of rows ends. `createdAt` has all six digits Postgres keeps: with fewer, rows would be skipped. */
export type Position = { createdAt: string; id: string };

/** Select this beside a row's id to know its position. */
export function positionOf(createdAt: AnyPgColumn): SQL<string> {
  return sql<string>`to_char(${createdAt} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Rows that come after `position`, newest first; the pair is compared, because many rows may share an instant. */
export function after(columns: { createdAt: AnyPgColumn; id: AnyPgColumn }, position: Position): SQL | undefined {
  const instant = sql`${position.createdAt}::timestamptz`;
  return or(lt(columns.createdAt, instant), and(eq(columns.createdAt, instant), lt(columns.id, position.id)));
}
