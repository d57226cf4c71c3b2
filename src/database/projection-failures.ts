import { sql } from "drizzle-orm";
import type { StoredEvent } from "#domain/board/events";
import type { Database } from "./client.ts";
import { postgresError } from "./errors.ts";

/** Keeps a poisoned event where people look; asking again for the same event counts the attempts. */
export async function recordProjectionFailure(
  database: Database,
  boardId: string,
  { seq, type }: Pick<StoredEvent, "seq" | "type">,
  error: unknown,
  now: Date,
): Promise<void> {
  const said = postgresError(error);
  await database.execute(sql`
    INSERT INTO projection_failures (dream_board_id, seq, event_type, error_code, message, first_failed_at, last_failed_at)
    VALUES (${boardId}, ${seq}, ${type}, ${said?.code ?? null}, ${withoutValues(said?.message ?? String(error))},
      ${now.toISOString()}, ${now.toISOString()})
    ON CONFLICT (dream_board_id, seq) DO UPDATE SET attempts = projection_failures.attempts + 1,
      error_code = excluded.error_code, message = excluded.message, last_failed_at = excluded.last_failed_at,
      resolved_at = NULL`);
}

/** Postgres quotes what it could not read: a name, an address. */
function withoutValues(message: string): string {
  return message.replace(/"[^"]*"|'[^']*'/g, '"…"');
}

/** Marks every failure up to `seq` as overcome. */
export async function resolveProjectionFailures(
  database: Database,
  boardId: string,
  seq: number,
  now: Date,
): Promise<void> {
  await database.execute(sql`
    UPDATE projection_failures SET resolved_at = ${now.toISOString()}
    WHERE dream_board_id = ${boardId} AND seq <= ${seq} AND resolved_at IS NULL`);
}
