import { auditLogs } from "#database/schema";
import { type Actor, isPerson, NO_ORIGIN, personIdOf } from "#domain/board/actor";
import { messageOf } from "#platform/log";
import type { Services } from "#platform/services";

export type AuditEntry = Readonly<{
  /** Given where writing the entry twice must leave one row. */
  id?: string;
  /** Past tense after a dot: `partner.created`. */
  action: string;
  target: { type: string; id: string };
  /** No names, no addresses, no secrets. */
  metadata?: Record<string, unknown>;
}>;

/** The statement that writes the row, for a batch with the write it records. An id that is there already stays as it is. */
export function auditInsert(
  { database, now, actor, origin }: Pick<Services, "database" | "now" | "actor" | "origin">,
  { id, action, target, metadata = {} }: AuditEntry,
) {
  const { email, ipAddress } = isPerson(actor) ? origin : NO_ORIGIN;
  return database
    .insert(auditLogs)
    .values({
      ...(id !== undefined && { id }),
      actorType: ACTOR_TYPES[actor.kind],
      actorId: personIdOf(actor),
      actorEmail: email,
      action,
      targetType: target.type,
      targetId: target.id,
      metadata: { ...metadata, ...partnerOf(actor) },
      ipAddress,
      createdAt: now(),
    })
    .onConflictDoNothing();
}

/** Writes the row of an act that no transaction covers. The act stands without it, so a failure is an alert only. */
export async function writeAudit(services: Services, entry: AuditEntry): Promise<void> {
  try {
    await auditInsert(services, entry);
  } catch (error) {
    const { action, target } = entry;
    services.alert({
      event: "audit_not_written",
      action,
      target: target.id,
      request_id: services.requestId,
      error: messageOf(error),
    });
  }
}

/** The specified kinds are admin, host and system: a partner acts as `system` and is named in the metadata. */
const ACTOR_TYPES = { system: "system", partner: "system", host: "host", admin: "admin" } as const satisfies Record<
  Actor["kind"],
  (typeof auditLogs.$inferInsert)["actorType"]
>;

function partnerOf(actor: Actor): Record<string, string> {
  return actor.kind === "partner" ? { partner_id: actor.partnerId, api_key_id: actor.apiKeyId } : {};
}
