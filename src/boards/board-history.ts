import { and, desc, eq, inArray } from "drizzle-orm";
import { auditLogs, hosts } from "#database/schema";
import { publicId } from "#domain/ids";
import type { Services } from "#platform/services";

/**
 * What a person did with the board. `action` as in the audit log. `hostId`, `email` and `name` are null for ChipIn's own people, and
 * where the person was erased.
 */
export type BoardAct = Readonly<{
  at: Date;
  action: string;
  fields: readonly string[];
  by: Readonly<{ kind: "host"; hostId: string | null; email: string | null; name: string | null } | { kind: "admin" }>;
}>;

/** What people did with the board, the newest first. Postgres knows it, so it may lag by a moment. */
export async function listBoardActs({ database }: Services, boardId: string, limit = 20): Promise<BoardAct[]> {
  const rows = await database
    .select({ act: auditLogs, email: hosts.email, name: hosts.name })
    .from(auditLogs)
    .leftJoin(hosts, eq(hosts.id, auditLogs.actorId))
    .where(
      and(
        eq(auditLogs.targetType, "dream_board"),
        eq(auditLogs.targetId, publicId("board", boardId)),
        inArray(auditLogs.actorType, ["host", "admin"]),
      ),
    )
    .orderBy(desc(auditLogs.createdAt))
    .limit(limit);
  return rows.map(({ act, email, name }) => ({
    at: act.createdAt,
    action: act.action,
    fields: fieldsOf(act.metadata),
    by: act.actorType === "host" ? { kind: "host", hostId: act.actorId, email, name } : { kind: "admin" },
  }));
}

function fieldsOf(metadata: unknown): string[] {
  const { fields } = (metadata ?? {}) as { fields?: unknown };
  return Array.isArray(fields) ? fields.filter((field) => typeof field === "string") : [];
}
