import { newId } from "#domain/ids";
import { deleteUnclaimed } from "#media/delete-pictures";
import type { Services } from "#platform/services";

const LIMITS = { batch: 100, pictures: 5_000 };

/** Deletes uploads that became part of no board. What a run leaves comes first in the next. */
export async function sweepPictures(
  services: Services,
  now: Date,
  limits = LIMITS,
): Promise<{ deleted: number; complete: boolean }> {
  const at = services.now();
  const erasure = { id: newId(at), cause: "sweep-pictures", at };
  for (let deleted = 0; deleted < limits.pictures; ) {
    const more = await deleteUnclaimed(services, { now, limit: limits.batch, erasure });
    deleted += more;
    if (more < limits.batch) return { deleted, complete: true };
  }
  return { deleted: limits.pictures, complete: false };
}
