import { newId } from "#domain/ids";
import type { Services } from "#platform/services";
import { erase } from "#privacy/erasures";
import { PURGES, type Purge, type PurgeName, purging } from "#privacy/purges";

/** A run erases at most this much. What is left comes first in the next run. */
const LIMITS = { rows: 1_000, batches: 200 };

type Purged = { counts: Record<string, number>; complete: boolean };

/**
 * The job that erases what is older than its period. Two runs side by side take different rows, and what was erased is
 * recorded in `erasures` by the statement that erases it.
 */
export function purgeJob(name: PurgeName, { rows, batches } = LIMITS) {
  return async (services: Services, now: Date): Promise<Purged> => {
    const at = services.now();
    const erasure = { id: newId(at), cause: name, at };
    const counts: Record<string, number> = {};
    let left = batches;
    for (const purge of PURGES[name] as readonly Purge[]) {
      let erased = rows;
      for (; left > 0 && erased >= rows; left -= 1) {
        erased = await erase(services.database, purging(purge, now, rows), purge.table, erasure);
        counts[purge.table] = (counts[purge.table] ?? 0) + erased;
      }
      if (erased >= rows) {
        services.alert({ event: "purge_incomplete", job: name, table: purge.table });
        return { counts, complete: false };
      }
    }
    return { counts, complete: true };
  };
}
