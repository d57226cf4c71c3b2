import { and, eq, lte } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { apiKeyTerms } from "#database/own-tables";
import { apiKeys } from "#database/schema";
import { derivedId, publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { endingOf } from "./end-api-key.ts";

const MAX_KEYS = 100;

/**
 * Ends the keys that have expired. They are refused from the very instant on; this is for whatever reads `is_active`: their
 * endpoints go to the keys that replaced them, or are disabled. @returns how many
 */
export async function expireApiKeys(services: Services, now: Date): Promise<number> {
  const { database } = services;
  const due = await database
    .select({ id: apiKeys.id, expiresAt: apiKeyTerms.expiresAt })
    .from(apiKeyTerms)
    .innerJoin(apiKeys, and(eq(apiKeys.id, apiKeyTerms.apiKeyId), eq(apiKeys.isActive, true)))
    .where(lte(apiKeyTerms.expiresAt, now))
    .limit(MAX_KEYS);
  for (const { id, expiresAt } of due) {
    await database.batch([
      ...endingOf(services, id),
      auditInsert(services, {
        // Two runs at once write one row.
        id: derivedId(expiresAt ?? now, id, "api_key.expired"),
        action: "api_key.expired",
        target: { type: "api_key", id: publicId("apiKey", id) },
      }),
    ]);
  }
  return due.length;
}
