import { eq } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { type CauseRow, forgetCauses } from "#boards/causes";
import { causes } from "#database/cause-tables";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** The words of a cause. `goal` of an impact in cents. */
export type CauseWords = Omit<CauseRow, "isActive" | "createdAt" | "updatedAt">;

/** Adds a cause, or replaces its words and offers it again. May be repeated. */
export async function putCause(services: Services, words: CauseWords, note: string): Promise<void> {
  const { database, now } = services;
  const { id, ...rest } = words;
  const row = { ...rest, isActive: true, updatedAt: now() };
  await database.batch([
    database
      .insert(causes)
      .values({ id, ...row, createdAt: now() })
      .onConflictDoUpdate({ target: causes.id, set: row }),
    noted(services, "cause.put", id, note),
  ]);
  forgetCauses(services);
}

/** New boards may not choose it from then on. May be repeated. @throws ChipInError `not_found`. */
export async function retireCause(services: Services, id: string, note: string): Promise<void> {
  const { database, now } = services;
  const isIt = eq(causes.id, id);
  const [known] = await database.select({ id: causes.id }).from(causes).where(isIt);
  if (!known) throw new ChipInError("not_found", "There is no such cause");
  await database.batch([
    database.update(causes).set({ isActive: false, updatedAt: now() }).where(isIt),
    noted(services, "cause.retired", id, note),
  ]);
  forgetCauses(services);
}

function noted(services: Services, action: string, id: string, note: string) {
  return auditInsert(services, { action, target: { type: "cause", id }, metadata: { reason: note } });
}
