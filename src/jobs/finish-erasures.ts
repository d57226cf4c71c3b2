import { eraseHost, selectUnfinishedErasures } from "#operations/erase-host";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

const MAX_HOSTS = 1_000;
/** Kept with the proof of the erasure. */
const NOTE = "It reached Postgres after the host was erased.";

/**
 * Erases what Postgres has learned of erased hosts: a board of theirs may be projected after the erasure, when Postgres was away or a
 * partner opened it meanwhile, and a restored Postgres knows them as they were. A board with money under way is left to people, who
 * are alerted. Two runs at once do the same work twice, to no effect.
 */
export async function finishErasures(services: Services): Promise<{ erased: number; failed: number }> {
  const { rows } = await services.database.execute<{ id: string; email: string }>(selectUnfinishedErasures(MAX_HOSTS));
  let failed = 0;
  for (const host of rows) {
    try {
      await eraseHost(services, host, { note: NOTE });
    } catch (error) {
      failed += 1;
      services.alert({ event: "erasure_not_finished", host: host.id, error: messageOf(error) });
    }
  }
  return { erased: rows.length - failed, failed };
}
