import { recordProjectionFailure, resolveProjectionFailures } from "#database/projection-failures";
import type { Board } from "#domain/board/board";
import type { StoredEvent } from "#domain/board/events";
import { type ReencryptedProfile, reencryptProfile } from "#privacy/reencrypt-profile";
import { projectionContextOf } from "#projection/context";
import { type Outbox, project } from "#projection/project";
import type { ProjectedBoard } from "#projection/rows";

/*
 * What a board's object needs Postgres, or its tables, for. It is loaded at the object's first flush: the driver, the tables
 * and the statements are half of the code, and a board that is only looked at needs none of it.
 */

/** @throws as `project` does. */
export async function writeToPostgres(env: Env, board: ProjectedBoard, batch: readonly StoredEvent[]): Promise<Outbox> {
  return await project(projectionContextOf(env), board, batch);
}

/** Notes that Postgres refuses an event for good. */
export async function noteFailure(env: Env, boardId: string, entry: StoredEvent, error: unknown): Promise<void> {
  await recordProjectionFailure(projectionContextOf(env).database, boardId, entry, error, new Date());
}

/** Notes that every event up to `seq` has gone through. */
export async function noteHealed(env: Env, boardId: string, seq: number): Promise<void> {
  await resolveProjectionFailures(projectionContextOf(env).database, boardId, seq, new Date());
}

/** Brings the ciphertexts in the profile under the current key of the settings. `board`: as it is at that moment. */
export async function reencrypt(env: Env, board: () => Board): Promise<ReencryptedProfile> {
  return await reencryptProfile(projectionContextOf(env).keyring, board);
}
