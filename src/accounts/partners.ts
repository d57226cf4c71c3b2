import { eq } from "drizzle-orm";
import type { Database } from "#database/client";
import { violates } from "#database/errors";
import { auditLogs, partners } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { createApiKey, type NewApiKey } from "./api-keys.ts";

export type Partner = { id: string; name: string };

/** @throws ChipInError `conflict` when another partner has the name. */
export async function createPartner({ database, now }: Services, name: string): Promise<Partner> {
  const id = newId(now());
  try {
    await database.batch([
      database.insert(partners).values({ id, name, createdAt: now() }),
      audit(database, "partner.created", ["partner", id], now()),
    ]);
  } catch (error) {
    if (!violates(error, "unique_partners_name")) throw error;
    const details = [{ field: "name", reason: "is another partner's" }];
    throw new ChipInError("conflict", "There is a partner of this name already", details);
  }
  return { id, name };
}

/** A new key for a partner; `token` is shown this once. @throws ChipInError `not_found`. */
export async function issueApiKey(
  { database, now }: Services,
  partnerId: string,
  wish: Pick<NewApiKey, "environment" | "scopes" | "rateLimit">,
): Promise<{ id: string; token: string }> {
  const [partner] = await database.select().from(partners).where(eq(partners.id, partnerId));
  if (!partner) throw new ChipInError("not_found", "There is no such partner");
  // Audited first: a key without its entry would be worse than an entry whose key was never handed out.
  const id = newId(now());
  await audit(database, "api_key.created", ["api_key", publicId("apiKey", id)], now());
  const { token } = await createApiKey(database, { ...wish, id, partnerId, partnerName: partner.name });
  return { id, token };
}

function audit(database: Database, action: string, [targetType, targetId]: [string, string], at: Date) {
  const entry = { action, targetType, targetId, actorType: "system" as const, createdAt: at };
  return database.insert(auditLogs).values({ ...entry, metadata: { by: "operator" } });
}
