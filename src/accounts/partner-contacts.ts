import { eq } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { partnerContacts } from "#database/endpoint-tables";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openText, sealText } from "#privacy/sealed";
import { getPartner } from "./partners.ts";

/** Whom mail about a partner's integration goes to. A sandbox has the contact of its live partner. */
export type PartnerContact = Readonly<{ email: string; updatedAt: Date }>;

/** Null without one. @throws ChipInError `not_found`. */
export async function findPartnerContact(services: Services, partnerId: string): Promise<PartnerContact | null> {
  const { id, sandboxOf } = await getPartner(services, partnerId);
  const isIts = eq(partnerContacts.partnerId, sandboxOf ?? id);
  const [row] = await services.database.select().from(partnerContacts).where(isIts);
  if (!row) return null;
  return { email: await openText(keyringOf(services.settings), row.email), updatedAt: row.updatedAt };
}

/** Sets the contact, or replaces it. @throws ChipInError `not_found`; `conflict` for a sandbox. */
export async function setPartnerContact(
  services: Services,
  partnerId: string,
  { email, note }: { email: string; note: string },
): Promise<PartnerContact> {
  const { database, settings, now } = services;
  await refuseSandbox(services, partnerId);
  const contact = { email: await sealText(keyringOf(settings), email), updatedAt: now() };
  await database.batch([
    database
      .insert(partnerContacts)
      .values({ partnerId, ...contact })
      .onConflictDoUpdate({ target: partnerContacts.partnerId, set: contact }),
    noted(services, "partner.contact_set", partnerId, note),
  ]);
  return { email, updatedAt: contact.updatedAt };
}

/** May be repeated. @throws ChipInError `not_found`; `conflict` for a sandbox. */
export async function removePartnerContact(services: Services, partnerId: string, note: string): Promise<void> {
  await refuseSandbox(services, partnerId);
  await services.database.batch([
    services.database.delete(partnerContacts).where(eq(partnerContacts.partnerId, partnerId)),
    noted(services, "partner.contact_removed", partnerId, note),
  ]);
}

async function refuseSandbox(services: Services, partnerId: string): Promise<void> {
  const { sandboxOf } = await getPartner(services, partnerId);
  if (sandboxOf === null) return;
  throw new ChipInError("conflict", `This partner is a sandbox: name the contact of the partner ${sandboxOf}.`);
}

function noted(services: Services, action: string, partnerId: string, note: string) {
  return auditInsert(services, { action, target: { type: "partner", id: partnerId }, metadata: { reason: note } });
}
