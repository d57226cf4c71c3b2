import { eq } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { apiKeyTerms } from "#database/own-tables";
import { apiKeys } from "#database/schema";
import { publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { forgetVerifications } from "./api-quota.ts";
import type { WantedTerms } from "./issue-api-key.ts";
import { getApiKey, keyStatus } from "./known-keys.ts";
import { ratesOf, type WantedRates } from "./tiers.ts";

/**
 * Changes limits, addresses and expiry of a key; what is undefined stays. In force at once where the partner's limiter can be asked,
 * else within ten seconds.
 * @throws ChipInError `not_found`; `conflict` for a key that has ended; `validation_error`.
 */
export async function updateApiKey(
  services: Services,
  id: string,
  wish: WantedRates & WantedTerms,
  note: string,
): Promise<void> {
  const { database, now } = services;
  const key = await getApiKey(services, id);
  const status = keyStatus(key, now());
  if (status !== "active") throw new ChipInError("conflict", `This API key is ${status}; create another`);
  const { tier, rateLimit, burstLimit, allowedAddresses, expiresAt } = wish;
  const isRated = (tier ?? rateLimit ?? burstLimit) !== undefined;
  const rates = isRated ? ratesOf({ ...wish, rateLimit: rateLimit ?? (tier ? undefined : key.rateLimit) }) : key;
  const terms = {
    burstLimit: rates.burstLimit,
    allowedAddresses: [...(allowedAddresses ?? key.allowedAddresses)],
    expiresAt: expiresAt === undefined ? key.expiresAt : expiresAt,
  };
  const changes = {
    ...(isRated && { rate_limit: rates.rateLimit, burst_limit: rates.burstLimit }),
    ...(allowedAddresses && { allowed_addresses: allowedAddresses.length }),
    ...(expiresAt !== undefined && { expires_at: expiresAt?.toISOString() ?? null }),
  };
  await database.batch([
    database.update(apiKeys).set({ rateLimit: rates.rateLimit }).where(eq(apiKeys.id, id)),
    database
      .insert(apiKeyTerms)
      .values({ apiKeyId: id, lineId: key.lineId, ...terms })
      .onConflictDoUpdate({ target: apiKeyTerms.apiKeyId, set: terms }),
    auditInsert(services, {
      action: "api_key.updated",
      target: { type: "api_key", id: publicId("apiKey", id) },
      metadata: { ...changes, reason: note },
    }),
  ]);
  await forgetVerifications(services, key);
}
