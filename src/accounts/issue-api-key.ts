import { auditInsert } from "#audit/write-audit";
import { apiKeyTerms } from "#database/own-tables";
import { apiKeys } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import type { Services } from "#platform/services";
import { mintApiKey, type NewApiKey } from "./api-keys.ts";
import { keyHolderOf } from "./sandboxes.ts";
import { ratesOf, type WantedRates } from "./tiers.ts";

/** What a key may have beside the specified columns. */
export type WantedTerms = Readonly<{
  allowedAddresses?: readonly string[] | undefined;
  expiresAt?: Date | null | undefined;
}>;

/**
 * A new key for a partner, or for its sandbox; `token` is shown this once. Key, terms and audit row are one transaction.
 * @throws ChipInError `not_found`, `conflict`, `validation_error`.
 */
export async function issueApiKey(
  services: Services,
  partnerId: string,
  wish: Pick<NewApiKey, "environment" | "scopes"> & WantedRates & WantedTerms,
): Promise<{ id: string; token: string }> {
  const { database, now } = services;
  const { environment, scopes, allowedAddresses = [], expiresAt = null } = wish;
  const { rateLimit, burstLimit } = ratesOf(wish);
  const holder = await keyHolderOf(database, partnerId, environment);
  const id = newId(now());
  const of = { id, environment, scopes, rateLimit, partnerId: holder.id, partnerName: holder.name };
  const { token, values } = await mintApiKey(of);
  await database.batch([
    database.insert(apiKeys).values({ ...values, createdAt: now() }),
    database
      .insert(apiKeyTerms)
      .values({ apiKeyId: id, lineId: id, burstLimit, allowedAddresses: [...allowedAddresses], expiresAt }),
    auditInsert(services, { action: "api_key.created", target: { type: "api_key", id: publicId("apiKey", id) } }),
  ]);
  return { id, token };
}
