import { asc } from "drizzle-orm";
import { causes } from "#database/cause-tables";
import { isUnavailable } from "#database/errors";
import type { Cause } from "#domain/causes";
import type { Services } from "#platform/services";

/** A cause as operators see it. */
export type CauseRow = typeof causes.$inferSelect;

/** An isolate reads the list again after this long. */
const KEPT_MS = 30_000;

type Kept = Readonly<{ list: readonly Cause[]; at: number }>;
/** Plain values, by the site they belong to. */
const kept = new WeakMap<Services["settings"], Kept>();

type Reader = Pick<Services, "database" | "settings" | "now">;

/** All causes in the order of the list, retired ones too. */
export async function listCauses({ database }: Pick<Services, "database">): Promise<CauseRow[]> {
  return await database.select().from(causes).orderBy(asc(causes.sort), asc(causes.id));
}

/**
 * The causes that a new board may choose, up to 30 seconds old; older while Postgres is away.
 * @throws when Postgres is away and this isolate has not read the list yet.
 */
export async function activeCauses(services: Reader): Promise<readonly Cause[]> {
  const at = services.now().getTime();
  const known = kept.get(services.settings);
  if (known && Math.abs(at - known.at) < KEPT_MS) return known.list;
  try {
    const list = (await listCauses(services)).filter(({ isActive }) => isActive);
    kept.set(services.settings, { list, at });
    return list;
  } catch (error) {
    if (known && isUnavailable(error)) return known.list;
    throw error;
  }
}

/** After a change this isolate reads the list again at once. */
export function forgetCauses({ settings }: Pick<Services, "settings">): void {
  kept.delete(settings);
}
