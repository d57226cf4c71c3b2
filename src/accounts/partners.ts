import { and, asc, eq, gt, type SQL } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import type { Database } from "#database/client";
import { violates } from "#database/errors";
import { partnerLimits, partnerSandboxes } from "#database/own-tables";
import { apiKeys, partners } from "#database/schema";
import { newId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

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

/** A partner as operators see it. `sandboxOf`: the live partner whose sandbox it is. */
export type KnownPartner = Awaited<ReturnType<typeof readPartners>>[number];

/** The partners after one of them, in the order in which they were made. */
export async function listPartners(
  { database }: Services,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<KnownPartner[]> {
  return await readPartners(database, after === undefined ? undefined : gt(partners.id, after), limit);
}

/** @throws ChipInError `not_found`. */
export async function getPartner({ database }: Services, id: string): Promise<KnownPartner> {
  const [partner] = await readPartners(database, eq(partners.id, id), 1);
  if (!partner) throw noSuchPartner();
  return partner;
}

function readPartners(database: Database, where: SQL | undefined, limit: number) {
  // The page comes first, so that only its partners are joined.
  const page = database.select().from(partners).where(where).orderBy(asc(partners.id)).limit(limit).as("page");
  return database
    .select({
      id: page.id,
      name: page.name,
      createdAt: page.createdAt,
      sandboxOf: partnerSandboxes.partnerId,
      boardsPerHost: partnerLimits.boardsPerHost,
      activeKeys: database.$count(apiKeys, and(eq(apiKeys.partnerId, page.id), eq(apiKeys.isActive, true))),
    })
    .from(page)
    .leftJoin(partnerSandboxes, eq(partnerSandboxes.sandboxPartnerId, page.id))
    .leftJoin(partnerLimits, eq(partnerLimits.partnerId, page.id))
    .orderBy(asc(page.id));
}

function noSuchPartner(): ChipInError {
  return new ChipInError("not_found", "There is no such partner");
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
  if (!partner) throw noSuchPartner();
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
