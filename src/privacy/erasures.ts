import { type SQL, sql } from "drizzle-orm";
import type { Database } from "#database/client";
import type { Counts } from "#database/privacy-tables";

/** Whose doing an erasure is: one row of `erasures`. The steps of one run share the id, and their counts add up. */
export type Erasure = Readonly<{ id: string; cause: string; at: Date; dreamBoardId?: string; hostId?: string }>;

/** Records what was erased where no statement of `erasingStatement` does. Zeros are recorded only beside other counts. */
export async function recordErasure(database: Database, erasure: Erasure, counts: Counts): Promise<void> {
  if (Object.values(counts).every((count) => count === 0)) return;
  await database.execute(recording(erasure, sql`${JSON.stringify(counts)}::jsonb`));
}

/**
 * An UPDATE or DELETE without RETURNING that also records how many rows of `what` it erased, so that one does not commit
 * without the other. It gives one row: `rows`. A statement that erases nothing records nothing.
 */
export function erasingStatement(erasing: SQL, what: string, erasure: Erasure): SQL {
  return sql`
    WITH erased AS (${erasing} RETURNING 1),
    counted AS (SELECT count(*)::integer AS rows FROM erased),
    recorded AS (${recording(erasure, sql`jsonb_build_object(${what}::text, rows)`, sql`FROM counted WHERE rows > 0`)})
    SELECT rows FROM counted`;
}

/** Runs `erasingStatement`. @returns how many rows it erased */
export async function erase(database: Database, erasing: SQL, what: string, erasure: Erasure): Promise<number> {
  const { rows } = await database.execute<{ rows: number }>(erasingStatement(erasing, what, erasure));
  return rows[0]?.rows ?? 0;
}

function recording({ id, cause, at, dreamBoardId, hostId }: Erasure, counts: SQL, from = sql``) {
  return sql`
    INSERT INTO erasures AS e (id, cause, dream_board_id, host_id, counts, at)
    SELECT ${id}::uuid, ${cause}, ${dreamBoardId ?? null}::uuid, ${hostId ?? null}::uuid, ${counts},
      ${at.toISOString()}::timestamptz ${from}
    ON CONFLICT (id) DO UPDATE SET counts = (
      SELECT jsonb_object_agg(name, total) FROM (
        SELECT name, sum(count::integer) AS total
        FROM (SELECT * FROM jsonb_each_text(e.counts) UNION ALL SELECT * FROM jsonb_each_text(excluded.counts))
          AS both_counts(name, count)
        GROUP BY name) AS sums)`;
}
