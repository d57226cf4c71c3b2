import { z } from "zod";
import { environmentOf } from "#accounts/api-key-token";
import { type KnownKey, keyStatus } from "#accounts/known-keys";
import { SCOPES } from "#accounts/scopes";
import { burstOf, TIERS, tierOf } from "#accounts/tiers";
import { publicId } from "#domain/ids";
import { isAddressRange } from "#platform/address-list";

/** What the routes of keys have in common: what they take, and how a key looks. */

const MAX_ADDRESSES = 100;

export const RequestsPerHour = z.number().int().min(1).max(1_000_000);

export const Expiry = z.iso
  .datetime({ offset: true, error: "must be an instant like 2027-01-31T12:00:00Z, or null for never" })
  .transform((text) => new Date(text))
  .nullable();

const Terms = z.object({
  tier: z.enum(TIERS, `must be one of ${TIERS.join(", ")}`).optional(),
  /** Requests per hour. */
  rate_limit: RequestsPerHour.optional(),
  /** Requests per minute. */
  burst_limit: z.number().int().min(1).max(1_000_000).optional(),
  /** Empty: from anywhere. */
  allowed_addresses: z
    .array(z.string().trim().refine(isAddressRange, "must be an address or a network, like 203.0.113.0/24"))
    .max(MAX_ADDRESSES, `must have at most ${MAX_ADDRESSES} entries`)
    .optional(),
  expires_at: Expiry.optional(),
});

export const NewKey = Terms.extend({
  environment: z.enum(["live", "test"], "must be live or test"),
  scopes: z.array(z.enum(SCOPES, `must be one of ${SCOPES.join(", ")}`)).min(1, "must hold at least one scope"),
});

export const ChangedKey = Terms.refine(
  (terms) => Object.values(terms).some((value) => value !== undefined),
  "must name what to change",
);

export function wishOf({ tier, rate_limit, burst_limit, allowed_addresses, expires_at }: z.output<typeof Terms>) {
  return {
    tier,
    rateLimit: rate_limit,
    burstLimit: burst_limit,
    allowedAddresses: allowed_addresses,
    expiresAt: expires_at,
  };
}

export function presentKey(key: KnownKey, now: Date) {
  const idOrNull = (id: string | null) => (id === null ? null : publicId("apiKey", id));
  return {
    id: publicId("apiKey", key.id),
    partner_id: key.partnerId,
    partner_name: key.partnerName,
    prefix: key.prefix,
    environment: environmentOf(key.prefix),
    status: keyStatus(key, now),
    scopes: key.scopes,
    tier: tierOf(key),
    rate_limit: key.rateLimit,
    burst_limit: burstOf(key),
    allowed_addresses: key.allowedAddresses,
    active_webhooks: key.endpoints,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    replaces: idOrNull(key.replaces),
    replaced_by: idOrNull(key.replacedBy),
  };
}
