import { eq } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { violates } from "#database/errors";
import { partnerLimits } from "#database/own-tables";
import { apiKeys, partners } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { mintApiKey, type NewApiKey } from "./api-keys.ts";
import { keyHolderOf } from "./sandboxes.ts";

/** What operators do for partners. Each write and its audit row are one transaction. */

export type Partner = { id: string; name: string };

/** @throws ChipInError `conflict` when another partner has the name. */
export async function createPartner(services: Services, name: string): Promise<Partner> {
  const { database, now } = services;
  const id = newId(now());
  try {
    await database.batch([
      database.insert(partners).values({ id, name, createdAt: now() }),
      auditInsert(services, {
        action: "partner.created",
        target: { type: "partner", id },
      }),
    ]);
  } catch (error) {
    if (!violates(error, "unique_partners_name")) throw error;
    const details = [{ field: "name", reason: "is another partner's" }];
    throw new ChipInError("conflict", "There is a partner of this name already", details);
  }
  return { id, name };
}

/** A new key for a partner, or for its sandbox; `token` is shown this once. @throws ChipInError `not_found`, `conflict`. */
export async function issueApiKey(
  services: Services,
  partnerId: string,
  wish: Pick<NewApiKey, "environment" | "scopes" | "rateLimit">,
): Promise<{ id: string; token: string }> {
  const { database, now } = services;
  const holder = await keyHolderOf(database, partnerId, wish.environment);
  const id = newId(now());
  const { token, values } = await mintApiKey({ ...wish, id, partnerId: holder.id, partnerName: holder.name });
  await database.batch([
    database.insert(apiKeys).values(values),
    auditInsert(services, {
      action: "api_key.created",
      target: { type: "api_key", id: publicId("apiKey", id) },
    }),
  ]);
  return { id, token };
}

/** `requestsPerHour` becomes the limit of every key; `boardsPerHost` is counted within an hour. What is undefined stays. */
export type PartnerLimits = Readonly<{ requestsPerHour?: number | undefined; boardsPerHost?: number | undefined }>;

/** @throws ChipInError `not_found`. */
export async function setPartnerLimits(
  services: Services,
  partnerId: string,
  { requestsPerHour: rateLimit, boardsPerHost }: PartnerLimits,
  note: string,
): Promise<void> {
  const { database, now } = services;
  const [partner] = await database.select().from(partners).where(eq(partners.id, partnerId));
  if (!partner) throw new ChipInError("not_found", "There is no such partner");
  const limits = {
    ...(rateLimit !== undefined && { requests_per_hour: rateLimit }),
    ...(boardsPerHost !== undefined && { boards_per_host: boardsPerHost }),
  };
  const audit = auditInsert(services, {
    action: "partner.limits_set",
    target: { type: "partner", id: partnerId },
    metadata: { ...limits, reason: note },
  });
  const row = { boardsPerHost, updatedAt: now() };
  await database.batch([
    audit,
    ...(rateLimit === undefined
      ? []
      : [database.update(apiKeys).set({ rateLimit }).where(eq(apiKeys.partnerId, partnerId))]),
    ...(boardsPerHost === undefined
      ? []
      : [
          database
            .insert(partnerLimits)
            .values({ partnerId, ...row, boardsPerHost })
            .onConflictDoUpdate({ target: partnerLimits.partnerId, set: row }),
        ]),
  ]);
}
