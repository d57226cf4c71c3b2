import { eq, sql } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { violates } from "#database/errors";
import { apiKeyTerms } from "#database/own-tables";
import { apiKeys, webhookEndpoints } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { environmentOf } from "./api-key-token.ts";
import { mintApiKey } from "./api-keys.ts";
import { forgetVerifications } from "./api-quota.ts";
import { getApiKey, type KnownKey, keyStatus } from "./known-keys.ts";
import type { Scope } from "./scopes.ts";

const HOUR_MS = 3_600_000;

export type Rotation = Readonly<{
  /** How long the old key works on. */
  overlapHours: number;
  /** When the new key ends; null for never. */
  expiresAt: Date | null;
  note: string;
}>;

/**
 * A new key in the place of `id`, with its partner, scopes, limits and addresses. It works at once, the old one until the overlap
 * ends or it expires. The old one's endpoints are the new one's from now on.
 * @throws ChipInError `not_found`; `conflict` for a key that has ended or was replaced.
 */
export async function rotateApiKey(
  services: Services,
  id: string,
  { overlapHours, expiresAt, note }: Rotation,
): Promise<{ id: string; token: string }> {
  const { database, now } = services;
  const old = await getApiKey(services, id);
  refuseUnlessCurrent(old, now());
  const newKeyId = newId(now());
  const { token, values } = await mintApiKey({
    id: newKeyId,
    environment: environmentOf(old.prefix),
    partnerId: old.partnerId,
    partnerName: old.partnerName,
    // The column holds what `issueApiKey` wrote.
    scopes: old.scopes as Scope[],
    rateLimit: old.rateLimit,
  });
  const { lineId, burstLimit, allowedAddresses } = old;
  const overlapEnd = new Date(now().getTime() + overlapHours * HOUR_MS);
  const oldEnd = old.expiresAt !== null && old.expiresAt < overlapEnd ? old.expiresAt : overlapEnd;
  const metadata = { replaced_by: publicId("apiKey", newKeyId), overlap_hours: overlapHours, reason: note };
  try {
    await database.batch([
      // Registrations with the old key come before or after all of this.
      database.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id)).for("update"),
      database.insert(apiKeys).values({ ...values, createdAt: now() }),
      database
        .insert(apiKeyTerms)
        .values({ apiKeyId: newKeyId, lineId, replaces: id, burstLimit, allowedAddresses, expiresAt }),
      database
        .insert(apiKeyTerms)
        .values({ apiKeyId: id, lineId, expiresAt: oldEnd })
        .onConflictDoUpdate({ target: apiKeyTerms.apiKeyId, set: { expiresAt: sql`excluded.expires_at` } }),
      database
        .update(apiKeys)
        .set({ isActive: overlapHours > 0 })
        .where(eq(apiKeys.id, id)),
      database
        .update(webhookEndpoints)
        .set({ apiKeyId: newKeyId, updatedAt: now() })
        .where(eq(webhookEndpoints.apiKeyId, id)),
      auditInsert(services, {
        action: "api_key.rotated",
        target: { type: "api_key", id: publicId("apiKey", id) },
        metadata,
      }),
    ]);
  } catch (error) {
    if (!violates(error, "unique_api_key_terms_replaces")) throw error;
    throw new ChipInError("conflict", "This API key was replaced just now; list the keys");
  }
  await forgetVerifications(services, old);
  return { id: newKeyId, token };
}

function refuseUnlessCurrent(key: KnownKey, now: Date): void {
  const status = keyStatus(key, now);
  if (key.replacedBy) {
    const sentence = `This API key was replaced by ${publicId("apiKey", key.replacedBy)}; rotate that one`;
    throw new ChipInError("conflict", sentence);
  }
  if (status !== "active") throw new ChipInError("conflict", `This API key is ${status}; create another`);
}
