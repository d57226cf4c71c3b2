import { eq, sql } from "drizzle-orm";
import { newestKeyOf } from "#database/api-key-line";
import { apiKeys, webhookEndpoints } from "#database/schema";
import type { Services } from "#platform/services";

/** The statements that end a key, for a batch with the audit row. What endpoints it still has go to the newest key of its line. */
export function endingOf({ database, now }: Services, apiKeyId: string) {
  const newest = newestKeyOf(sql`${apiKeyId}::uuid`);
  return [
    database.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, apiKeyId)),
    database
      .update(webhookEndpoints)
      .set({ apiKeyId: newest, updatedAt: now() })
      .where(sql`${webhookEndpoints.apiKeyId} = ${apiKeyId} AND ${newest} <> ${apiKeyId}::uuid`),
  ] as const;
}
