import { sql } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { apiKeyTerms } from "#database/own-tables";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { forgetVerifications } from "./api-quota.ts";
import { endingOf } from "./end-api-key.ts";
import type { KnownKey } from "./known-keys.ts";

/**
 * Ends a key for good: at once where the partner's limiter can be asked, else within ten seconds. Its endpoints go to the key that
 * replaced it; without one they are disabled. Repeated, it changes nothing.
 */
export async function revokeApiKey(services: Services, key: KnownKey, note: string): Promise<void> {
  const { database, now } = services;
  if (key.revokedAt === null) {
    await database.batch([
      database
        .insert(apiKeyTerms)
        .values({ apiKeyId: key.id, lineId: key.lineId, revokedAt: now() })
        .onConflictDoUpdate({
          target: apiKeyTerms.apiKeyId,
          set: { revokedAt: sql`coalesce(${apiKeyTerms.revokedAt}, excluded.revoked_at)` },
        }),
      ...endingOf(services, key.id),
      auditInsert(services, {
        action: "api_key.revoked",
        target: { type: "api_key", id: publicId("apiKey", key.id) },
        metadata: { reason: note },
      }),
    ]);
  }
  await forgetVerifications(services, key);
}
