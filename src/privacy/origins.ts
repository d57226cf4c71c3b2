import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import { uuids } from "#database/uuid-array";
import { type Erasure, erase } from "./erasures.ts";

/** Equal to the predicate of `own_contributions_with_origin`. */
const HAS_ORIGIN = sql`(ip_address IS NOT NULL OR user_agent IS NOT NULL)`;

export type DueOrigin = { id: string; boardId: string };

/** Contributions begun before `before` that still name an address or a browser, the oldest first, of other boards than `except`. */
export function selectDueOrigins(before: Date, { limit, except }: { limit: number; except: readonly string[] }): SQL {
  return sql`
    SELECT id, dream_board_id AS "boardId" FROM contributions
    WHERE created_at < ${before.toISOString()}::timestamptz AND ${HAS_ORIGIN}
      AND dream_board_id <> ALL (${uuids(except)})
    ORDER BY created_at LIMIT ${limit}`;
}

/** `updated_at` stays: it says when the payment changed, and the period of a board is counted from its own. */
export function erasingOrigins(ids: readonly string[]): SQL {
  return sql`UPDATE contributions SET ip_address = NULL, user_agent = NULL WHERE id = ANY (${uuids(ids)}) AND ${HAS_ORIGIN}`;
}

export async function findDueOrigins(database: Database, ...due: Parameters<typeof selectDueOrigins>) {
  return (await database.execute<DueOrigin>(selectDueOrigins(...due))).rows;
}

/** @returns how many contributions lost their origin; a concurrent run may have been first */
export async function eraseOrigins(database: Database, ids: readonly string[], erasure: Erasure): Promise<number> {
  return ids.length > 0 ? await erase(database, erasingOrigins(ids), "contributions", erasure) : 0;
}

/** Boards whose log does not reach Postgres: only their objects know the newest contributions. */
export function selectHeldBoards(limit: number): SQL {
  return sql`SELECT DISTINCT dream_board_id AS id FROM projection_failures WHERE resolved_at IS NULL LIMIT ${limit}`;
}

export async function findHeldBoards(database: Database, limit: number): Promise<string[]> {
  return (await database.execute<{ id: string }>(selectHeldBoards(limit))).rows.map(({ id }) => id);
}
