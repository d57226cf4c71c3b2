import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "#database/client";
import { reencryptionWalks } from "#database/sealing-tables";
import type { Keyring } from "./encryption.ts";
import type { RowKey } from "./stale-values.ts";

/** For so long after the list of keys has changed, isolates with earlier settings may still encrypt with another. */
const LATE_WRITES_MS = 3_600_000;

/** One walk over a place, under one list of keys. Two runs share an unfinished walk. */
export type Walk = typeof reencryptionWalks.$inferSelect;

/** A place is clean when a walk that began after the last late write found all of it under the current key. */
export function isClean(walk: Walk | undefined, keyring: Keyring): boolean {
  return walk?.keys === keyList(keyring) && walk.cleanAt !== null;
}

function keyList({ keys }: Keyring): string {
  return [...keys.keys()].join(",");
}

export async function readWalks(database: Database): Promise<Map<string, Walk>> {
  const rows = await database.select().from(reencryptionWalks);
  return new Map(rows.map((row) => [row.place, row]));
}

/** The walk to go on with: an unfinished one under these keys, or a new one from the beginning. */
export async function joinWalk(database: Database, place: string, keyring: Keyring, now: Date): Promise<Walk> {
  const keys = keyList(keyring);
  const begun = { keys, startedAt: now, finishedAt: null, after: null, found: 0, unreadable: 0 };
  const kept = (column: PgColumn, otherwise: SQL) =>
    sql`CASE WHEN ${reencryptionWalks.keys} = excluded.keys THEN ${column} ELSE ${otherwise} END`;
  const [, rows] = await database.batch([
    database
      .insert(reencryptionWalks)
      .values({ place, ...begun, keysSince: now })
      .onConflictDoUpdate({
        target: reencryptionWalks.place,
        set: {
          ...begun,
          keysSince: kept(reencryptionWalks.keysSince, sql`excluded.keys_since`),
          cleanAt: kept(reencryptionWalks.cleanAt, sql`NULL`),
        },
        setWhere: sql`${reencryptionWalks.keys} <> excluded.keys OR ${reencryptionWalks.finishedAt} IS NOT NULL`,
      }),
    database.select().from(reencryptionWalks).where(eq(reencryptionWalks.place, place)),
  ]);
  const [walk] = rows;
  if (!walk) throw new Error(`the walk over ${place} was not stored`);
  return walk;
}

/**
 * Notes how far the walk has come; without `after` it is finished. Null when another run has finished it, or walks under
 * other keys.
 */
export async function noteProgress(
  database: Database,
  { place, keys, keysSince, startedAt }: Walk,
  { after, found, unreadable, now }: { after: RowKey | null; found: number; unreadable: number; now: Date },
): Promise<Walk | null> {
  const isSettled = after === null && startedAt.getTime() - keysSince.getTime() >= LATE_WRITES_MS;
  const cleanAt = isSettled ? sql`${now.toISOString()}::timestamptz` : sql`${reencryptionWalks.cleanAt}`;
  const [noted] = await database
    .update(reencryptionWalks)
    .set({
      after,
      finishedAt: after === null ? now : null,
      cleanAt: sql`CASE WHEN ${reencryptionWalks.found} + ${found} = 0 THEN ${cleanAt} END`,
      found: sql`${reencryptionWalks.found} + ${found}`,
      unreadable: sql`${reencryptionWalks.unreadable} + ${unreadable}`,
    })
    .where(
      and(
        eq(reencryptionWalks.place, place),
        eq(reencryptionWalks.keys, keys),
        eq(reencryptionWalks.startedAt, startedAt),
        isNull(reencryptionWalks.finishedAt),
      ),
    )
    .returning();
  return noted ?? null;
}
