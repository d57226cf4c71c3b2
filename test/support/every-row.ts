import { inspect } from "node:util";
import { expect } from "vitest";

const MAX_LABEL = 160;

/**
 * Checks every row of a table in one test, one after another, and reports all rows that fail at once.
 * Each row is checked on its own: the check of a row must not depend on an earlier one.
 */
export async function everyRow<Row extends unknown[] | [unknown]>(
  rows: readonly Row[],
  check: (row: Row) => unknown,
): Promise<void>;
export async function everyRow<Row>(rows: readonly Row[], check: (row: Row) => unknown): Promise<void>;
export async function everyRow(rows: readonly unknown[], check: (row: unknown) => unknown): Promise<void> {
  expect(rows.length, "rows in the table").toBeGreaterThan(0);
  const failures: string[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      await check(row);
    } catch (error) {
      failures.push(`row ${index + 1}, ${labelOf(row)}: ${error instanceof Error ? error.message : inspect(error)}`);
    }
  }
  expect(failures).toEqual([]);
}

function labelOf(row: unknown): string {
  const label = inspect(row, { breakLength: Number.POSITIVE_INFINITY, depth: 3 });
  return label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL)}…` : label;
}
