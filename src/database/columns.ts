import { getTableName, sql } from "drizzle-orm";
import { type AnyPgColumn, foreignKey, timestamp, type UpdateDeleteAction, uuid } from "drizzle-orm/pg-core";

export const id = () => uuid("id").primaryKey().defaultRandom();

/** Every instant is `timestamptz` and a `Date` here; the wall clock of a zone appears only on pages. */
export const instant = (name: string) => timestamp(name, { withTimezone: true });

export const createdAt = () => instant("created_at").notNull().defaultNow();
export const updatedAt = () => instant("updated_at").notNull().defaultNow();

export const NO_TEXTS = sql`'{}'::text[]`;

/** A foreign key named as Postgres itself would name it, so that the catalogue equals the specification's. */
export function references(column: AnyPgColumn, foreign: AnyPgColumn, onDelete: UpdateDeleteAction = "no action") {
  const name = `${getTableName(column.table)}_${column.name}_fkey`;
  return foreignKey({ name, columns: [column], foreignColumns: [foreign] }).onDelete(onDelete);
}

/** For a check: the column holds one of these words, which are ours. */
export const oneOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} IN (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;

/** Hex SHA-256 of an address. The cast to bytes reads backslashes as escapes, so they are doubled. */
export const emailDigest = (email: AnyPgColumn) =>
  sql`encode(sha256(replace(${email}::text, '\\', '\\\\')::bytea), 'hex')`;
