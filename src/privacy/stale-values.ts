import { type SQL, sql } from "drizzle-orm";
import { getTableConfig, type PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "#database/client";
import { SEALED_FIELDS } from "./sealed.ts";
import type { SealedPlace } from "./sealed-places.ts";

/** The primary key of a row, as texts. */
export type RowKey = readonly string[];
export type StaleValue = Readonly<{ key: RowKey; stored: unknown }>;

/** SQL: the value is not, or not wholly, under this key. Ciphertext names its key in front. */
export function isStale({ column, form }: Pick<SealedPlace, "column" | "form">, keyId: string): SQL {
  const prefix = `${keyId}.`;
  switch (form) {
    case "text":
      return sql`NOT starts_with(${column}, ${prefix})`;
    case "json":
      return sql`coalesce(NOT starts_with(${column} ->> 'encrypted', ${prefix}), ${column} IS NOT NULL)`;
    case "fields": {
      const paths = SEALED_FIELDS.map((name) => {
        const path = `$.**.${name} ? (@ != null && !(@.encrypted starts with $prefix))`;
        return sql`jsonb_path_exists(${column}, ${path}::jsonpath, ${JSON.stringify({ prefix })}::jsonb)`;
      });
      return sql`(${sql.join(paths, sql` OR `)})`;
    }
    default:
      return form satisfies never;
  }
}

/**
 * The next rows of a table in the order of its primary key, at most `limit`, with the column's value where `condition`
 * holds. The condition filters no rows, so one statement never looks at more than `limit`.
 * @returns `last`: the key of the last row that was looked at; null at the end of the table
 */
export async function nextValues(
  database: Database,
  { column, condition }: { column: PgColumn; condition: SQL },
  { after, limit }: { after: RowKey | null; limit: number },
): Promise<{ values: StaleValue[]; last: RowKey | null }> {
  const keys = primaryKeyOf(column);
  const key = sql.join(
    keys.map((part) => sql`${part}::text`),
    sql`, `,
  );
  const { rows } = await database.execute<{ row_key: string[]; stored: unknown; holds: boolean | null }>(sql`
    SELECT ARRAY[${key}] AS row_key, ${condition} AS holds, CASE WHEN ${condition} THEN ${column} END AS stored
    FROM ${column.table} ${beyond(keys, after)} ORDER BY ${sql.join(keys, sql`, `)} LIMIT ${limit}`);
  return {
    values: rows.filter(({ holds }) => holds).map(({ row_key: key, stored }) => ({ key, stored })),
    last: rows.length < limit ? null : (rows.at(-1)?.row_key ?? null),
  };
}

/** How many of the next `limit` rows hold such a value. */
export async function countValues(
  database: Database,
  { column, condition }: { column: PgColumn; condition: SQL },
  { after, limit }: { after: RowKey | null; limit: number },
): Promise<number> {
  const keys = primaryKeyOf(column);
  const { rows } = await database.execute<{ count: string }>(sql`
    SELECT count(*) FILTER (WHERE holds) AS count FROM (
      SELECT ${condition} AS holds FROM ${column.table} ${beyond(keys, after)}
      ORDER BY ${sql.join(keys, sql`, `)} LIMIT ${limit}) AS next`);
  return Number(rows[0]?.count ?? 0);
}

/**
 * Replaces values that are still what was read. Rows that others hold locked at that moment are left out, so that nothing
 * waits and nothing can deadlock. No other column changes. @returns how many were replaced
 */
export async function replaceValues(
  database: Database,
  column: PgColumn,
  changes: readonly Readonly<{ key: RowKey; old: unknown; new: unknown }>[],
): Promise<number> {
  if (changes.length === 0) return 0;
  const keys = primaryKeyOf(column);
  const names = keys.map((_, index) => sql.identifier(`k${index}`));
  const records = changes.map(({ key, ...values }) => ({
    ...values,
    ...Object.fromEntries(key.map((part, index) => [`k${index}`, part])),
  }));
  const type = sql.raw(column.getSQLType());
  const record = keys.map((part, index) => sql`${names[index]} ${sql.raw(part.getSQLType())}`);
  const isSame = (other: SQL) =>
    sql.join(
      keys.map((part, index) => sql`${part} = ${other}.${names[index]}`),
      sql` AND `,
    );
  const target = sql.identifier(column.name);
  const { rows } = await database.execute(sql`
    WITH r AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb) AS r(${sql.join(record, sql`, `)}, old ${type}, new ${type})
    ), locked AS MATERIALIZED (
      SELECT r.* FROM ${column.table} JOIN r ON ${isSame(sql`r`)} AND ${column} = r.old
      FOR NO KEY UPDATE OF ${column.table} SKIP LOCKED
    )
    UPDATE ${column.table} SET ${target} = locked.new FROM locked WHERE ${isSame(sql`locked`)} RETURNING true`);
  return rows.length;
}

function beyond(keys: PgColumn[], after: RowKey | null): SQL {
  if (after === null) return sql``;
  const position = keys.map((part, index) => sql`${after[index]}::${sql.raw(part.getSQLType())}`);
  return sql`WHERE (${sql.join(keys, sql`, `)}) > (${sql.join(position, sql`, `)})`;
}

function primaryKeyOf({ table }: PgColumn): PgColumn[] {
  const { columns, primaryKeys } = getTableConfig(table);
  // The columns of a composite key are stand-ins without a type.
  const composite = primaryKeys[0]?.columns.flatMap(({ name }) => columns.filter((column) => column.name === name));
  return composite ?? columns.filter(({ primary }) => primary);
}
