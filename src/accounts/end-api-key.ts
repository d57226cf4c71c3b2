import { eq, sql } from "drizzle-orm";
import { newestKeyOf } from "#database/api-key-line";
import { apiKeys, webhookEndpoints } from "#database/schema";
import type { Services } from "#platform/services";
import { disableEndpoints } from "#webhooks/endpoint-life";

/**
 * The statements that end a key, for a batch with the audit row. Its endpoints go to the newest key of its line that has not ended;
 * without one they are disabled, so that what was registered with a leaked key hears nothing more.
 */
export function endingOf({ database, now }: Services, apiKeyId: string) {
  const newest = newestKeyOf(sql`${apiKeyId}::uuid`);
  const left = sql`
    SELECT e.id FROM webhook_endpoints e JOIN api_keys k ON k.id = e.api_key_id
    WHERE e.api_key_id = ${apiKeyId}::uuid AND NOT k.is_active AND e.is_active FOR UPDATE OF e`;
  return [
    database.update(apiKeys).set({ isActive: false }).where(eq(apiKeys.id, apiKeyId)),
    database
      .update(webhookEndpoints)
      .set({ apiKeyId: newest, updatedAt: now() })
      .where(eq(webhookEndpoints.apiKeyId, apiKeyId)),
    database.execute(disableEndpoints(left, "key_ended", now())),
  ] as const;
}
