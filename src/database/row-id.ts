import { type SQL, sql } from "drizzle-orm";

/**
 * A UUIDv7-shaped id that equal parts always give again, as `derivedId` does, made in Postgres. Its instant comes first, so
 * rows of one time are neighbours in their index: with random ids each row dirtied a page of its own.
 */
export function rowId(at: SQL, parts: SQL): SQL {
  const instant = sql`lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7'`;
  return sql`overlay(overlay(md5(concat_ws('/', ${parts})) PLACING ${instant} FROM 1 FOR 13) PLACING '8' FROM 17 FOR 1)::uuid`;
}
