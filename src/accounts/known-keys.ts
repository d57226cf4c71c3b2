import { desc, eq, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "#database/client";
import { selfAndSandbox } from "#database/live-partners";
import { apiKeyTerms } from "#database/own-tables";
import { apiKeys, webhookEndpoints } from "#database/schema";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

/** A key as operators see it: everything but its hash. */
export type KnownKey = Awaited<ReturnType<typeof readKeys>>[number];

const successor = alias(apiKeyTerms, "successor");

/** The keys of a partner and of its sandbox, newest first. */
export async function listApiKeys({ database }: Services, partnerId: string): Promise<KnownKey[]> {
  return await readKeys(database, sql`${apiKeys.partnerId} = ANY (ARRAY(${selfAndSandbox(partnerId)}))`);
}

/** @throws ChipInError `not_found`. */
export async function getApiKey({ database }: Services, id: string): Promise<KnownKey> {
  const [key] = await readKeys(database, eq(apiKeys.id, id));
  if (!key) throw new ChipInError("not_found", "There is no such API key");
  return key;
}

function readKeys(database: Database, where: SQL | undefined) {
  return database
    .select({
      id: apiKeys.id,
      partnerId: apiKeys.partnerId,
      partnerName: apiKeys.partnerName,
      prefix: apiKeys.keyPrefix,
      scopes: apiKeys.scopes,
      rateLimit: apiKeys.rateLimit,
      isActive: apiKeys.isActive,
      createdAt: apiKeys.createdAt,
      lastUsedAt: apiKeys.lastUsedAt,
      burstLimit: apiKeyTerms.burstLimit,
      allowedAddresses: sql<string[]>`coalesce(${apiKeyTerms.allowedAddresses}, '{}')`.mapWith(
        apiKeyTerms.allowedAddresses,
      ),
      expiresAt: apiKeyTerms.expiresAt,
      revokedAt: apiKeyTerms.revokedAt,
      lineId: sql<string>`coalesce(${apiKeyTerms.lineId}, ${apiKeys.id})`,
      replaces: apiKeyTerms.replaces,
      replacedBy: successor.apiKeyId,
      endpoints: database.$count(
        webhookEndpoints,
        sql`${webhookEndpoints.apiKeyId} = ${apiKeys.id} AND ${webhookEndpoints.isActive}`,
      ),
    })
    .from(apiKeys)
    .leftJoin(apiKeyTerms, eq(apiKeyTerms.apiKeyId, apiKeys.id))
    .leftJoin(successor, eq(successor.replaces, apiKeys.id))
    .where(where)
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

export type KeyStatus = "active" | "expired" | "revoked";

export function keyStatus({ isActive, expiresAt, revokedAt }: KnownKey, now: Date): KeyStatus {
  if (revokedAt !== null) return "revoked";
  if (expiresAt !== null && expiresAt <= now) return "expired";
  // One that was switched off by SQL.
  return isActive ? "active" : "revoked";
}
