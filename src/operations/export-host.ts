import { and, asc, eq, gt, inArray, or } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { boardManagers, emailChanges } from "#database/host-tables";
import { boardNotes } from "#database/own-tables";
import { boardFlags, refunds } from "#database/payment-tables";
import { auditLogs, contributions, dreamBoards, hosts, payouts } from "#database/schema";
import { publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { keyringOf } from "#privacy/encryption";
import { openJson } from "#privacy/sealed";

export type Host = typeof hosts.$inferSelect;

/** A host has a few boards. More than this does not fit into one answer, and is refused rather than left out. */
const MOST = { boards: 100, contributions: 20_000, auditRows: 10_000 };
/** Neon refuses answers above some megabytes. */
const PAGE_ROWS = 2_000;

/** @param idOrEmail a UUID, or an address in any case. @throws ChipInError `not_found`. */
export async function getHost({ database }: Services, idOrEmail: string): Promise<Host> {
  const isEmail = idOrEmail.includes("@");
  const named = isEmail ? eq(hosts.email, idOrEmail.trim().toLowerCase()) : eq(hosts.id, idOrEmail);
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(idOrEmail);
  const [host] = isEmail || isUuid ? await database.select().from(hosts).where(named) : [];
  if (!host) throw new ChipInError("not_found", "There is no such host.");
  return host;
}

/** The host's boards, the oldest first. @throws ChipInError `conflict` when there are more than one answer or run takes. */
export async function boardsOfHost({ database }: Services, hostId: string) {
  const rows = await database
    .select()
    .from(dreamBoards)
    .where(eq(dreamBoards.hostId, hostId))
    .orderBy(asc(dreamBoards.createdAt), asc(dreamBoards.id))
    .limit(MOST.boards + 1);
  if (rows.length > MOST.boards) throw tooMuch("boards", MOST.boards);
  return rows;
}

/**
 * Everything about one host: their row, boards with contributions, payouts with who is paid, notes, and the audit rows of
 * what they did and of their boards. Addresses of guests and of operators are other people's, and are left out. (product-facts 18.3)
 * @throws ChipInError `conflict` when it is more than one answer holds.
 */
export async function exportHost(services: Services, host: Host) {
  const { database } = services;
  const rows = await boardsOfHost(services, host.id);
  const boards: Awaited<ReturnType<typeof exportBoard>>[] = [];
  let left = MOST.contributions;
  for (const row of rows) {
    const board = await exportBoard(services, row, left);
    left -= board.contributions.length;
    boards.push(board);
  }
  const targets = rows.map(({ id }) => publicId("board", id));
  const audit = await database
    .select()
    .from(auditLogs)
    .where(
      or(
        and(inArray(auditLogs.actorType, ["host", "admin"]), eq(auditLogs.actorId, host.id)),
        and(eq(auditLogs.targetType, "host"), eq(auditLogs.targetId, host.id)),
        and(eq(auditLogs.targetType, "dream_board"), inArray(auditLogs.targetId, targets)),
      ),
    )
    .orderBy(asc(auditLogs.createdAt))
    .limit(MOST.auditRows + 1);
  if (audit.length > MOST.auditRows) throw tooMuch("audit rows", MOST.auditRows);
  const [shared, [change]] = await database.batch([
    database
      .select({ board: boardManagers.dreamBoardId, acceptedAt: boardManagers.acceptedAt })
      .from(boardManagers)
      .where(eq(boardManagers.hostId, host.id)),
    database
      .select({ newEmail: emailChanges.newEmail, askedAt: emailChanges.askedAt })
      .from(emailChanges)
      .where(eq(emailChanges.hostId, host.id)),
  ]);
  const metadata = { boards: boards.length };
  await writeAudit(services, { action: "host.exported", target: { type: "host", id: host.id }, metadata });
  return {
    host,
    boards,
    /** Boards of other hosts that they manage as the second parent. */
    sharedBoards: shared.map(({ board, acceptedAt }) => ({ id: publicId("board", board), acceptedAt })),
    emailChange: change ?? null,
    audit: audit.map(({ actorEmail, ipAddress, ...row }) =>
      row.actorId === host.id ? { ...row, actorEmail, ipAddress } : row,
    ),
  };
}

async function exportBoard(services: Services, board: typeof dreamBoards.$inferSelect, most: number) {
  const { database, settings } = services;
  const keyring = keyringOf(settings);
  const { id } = board;
  const [paid, notes, refundNotes, flagNotes, managers] = await database.batch([
    database.select().from(payouts).where(eq(payouts.dreamBoardId, id)),
    database.select().from(boardNotes).where(eq(boardNotes.dreamBoardId, id)),
    database.select({ note: refunds.note, at: refunds.updatedAt }).from(refunds).where(eq(refunds.dreamBoardId, id)),
    database
      .select({ note: boardFlags.note, at: boardFlags.clearedAt })
      .from(boardFlags)
      .where(eq(boardFlags.dreamBoardId, id)),
    database
      .select({
        invitedEmail: boardManagers.invitedEmail,
        invitedAt: boardManagers.invitedAt,
        acceptedAt: boardManagers.acceptedAt,
      })
      .from(boardManagers)
      .where(eq(boardManagers.dreamBoardId, id)),
  ]);
  const { karriCardNumber: _, ...shown } = board;
  return {
    ...shown,
    contributions: await contributionsOf(services, id, most),
    payouts: await Promise.all(
      paid.map(async (payout) => ({ ...payout, recipientData: await openJson(keyring, payout.recipientData) })),
    ),
    secondParent: managers[0] ?? null,
    notes: [
      ...notes.map(({ note, createdAt: at }) => ({ note, at })),
      ...[...refundNotes, ...flagNotes].filter(({ note }) => note !== null),
    ],
  };
}

async function contributionsOf({ database }: Services, boardId: string, most: number) {
  const found: Awaited<ReturnType<typeof page>> = [];
  const page = (after: string | undefined) =>
    database
      .select({
        id: contributions.id,
        contributorName: contributions.contributorName,
        message: contributions.message,
        amountCents: contributions.amountCents,
        feeCents: contributions.feeCents,
        netCents: contributions.netCents,
        paymentStatus: contributions.paymentStatus,
        createdAt: contributions.createdAt,
      })
      .from(contributions)
      .where(
        and(eq(contributions.dreamBoardId, boardId), after === undefined ? undefined : gt(contributions.id, after)),
      )
      .orderBy(asc(contributions.id))
      .limit(PAGE_ROWS);
  for (let isEnd = false; !isEnd; ) {
    const rows = await page(found.at(-1)?.id);
    found.push(...rows);
    if (found.length > most) throw tooMuch("contributions", MOST.contributions);
    isEnd = rows.length < PAGE_ROWS;
  }
  return found;
}

function tooMuch(what: string, most: number): ChipInError {
  return new ChipInError("conflict", `This host has more than ${most} ${what}: more than one answer holds.`);
}
