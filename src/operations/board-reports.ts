import { and, eq, isNull, sql } from "drizzle-orm";
import { auditInsert } from "#audit/write-audit";
import { boardReports } from "#database/own-tables";
import type { ReportReason } from "#domain/board-report";
import { derivedId, newId } from "#domain/ids";
import { zoneDate } from "#domain/time";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";

export type BoardReport = Readonly<{ boardId: string; reason: ReportReason; words: string | null }>;

/** Puts a visitor's report into the review queue, and asks for one mail a day and board to admins. */
export async function reportBoard({ database, now }: Services, { boardId, reason, words }: BoardReport): Promise<void> {
  const at = now();
  const kind = "board_reported";
  const dedupeKey = [boardId, kind, zoneDate(at)].join("/");
  await database.batch([
    database.insert(boardReports).values({ id: newId(at), dreamBoardId: boardId, reason, words, reportedAt: at }),
    // A board that Postgres does not have yet is mailed by the reminder of the next morning.
    database.execute(sql`
      INSERT INTO mail_messages (id, kind, dream_board_id, recipient, dedupe_key)
      SELECT ${derivedId(at, dedupeKey)}::uuid, ${kind}::text, id, 'admins', ${dedupeKey}::text FROM dream_boards WHERE id = ${boardId}
      ON CONFLICT DO NOTHING`),
  ]);
}

/** A person has looked at the board and done what was needed. @throws ChipInError `not_found`. */
export async function resolveReport(services: Services, id: string, note: string): Promise<void> {
  const { database, now } = services;
  const open = and(eq(boardReports.id, id), isNull(boardReports.resolvedAt));
  const [report] = await database.select().from(boardReports).where(open);
  if (!report) throw noSuchReport();
  const action = "board_report.resolved";
  const [resolved] = await database.batch([
    database.update(boardReports).set({ resolvedAt: now(), note }).where(open).returning(),
    auditInsert(services, {
      // A person resolves a report once, so two at the same time leave one row.
      id: derivedId(report.reportedAt, id, action),
      action,
      target: { type: "board_report", id },
      metadata: { reason: report.reason },
    }),
  ]);
  if (resolved.length === 0) throw noSuchReport();
}

function noSuchReport(): ChipInError {
  return new ChipInError("not_found", "There is no such report, or it is resolved.");
}
