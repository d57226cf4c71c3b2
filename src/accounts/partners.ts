import { eq } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { violates } from "#database/errors";
import { apiKeys, partners } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { mintApiKey, type NewApiKey } from "./api-keys.ts";

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

/** A new key for a partner; `token` is shown this once. @throws ChipInError `not_found`. */
export async function issueApiKey(
  services: Services,
  partnerId: string,
  wish: Pick<NewApiKey, "environment" | "scopes" | "rateLimit">,
): Promise<{ id: string; token: string }> {
  const { database, now } = services;
  const [partner] = await database.select().from(partners).where(eq(partners.id, partnerId));
  if (!partner) throw new ChipInError("not_found", "There is no such partner");
  const id = newId(now());
  const { token, values } = await mintApiKey({ ...wish, id, partnerId, partnerName: partner.name });
  await database.batch([
    database.insert(apiKeys).values(values),
    auditInsert(services, {
      action: "api_key.created",
      target: { type: "api_key", id: publicId("apiKey", id) },
    }),
  ]);
  return { id, token };
}
