import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { accountName, callAccount } from "#accounts/host-account";
import { writeAudit } from "#audit/write-audit";
import { callBoard, PATIENCE_MS } from "#boards/call-board";
import { cancelBoard } from "#boards/cancel-board";
import { consents } from "#database/consent-tables";
import { dreamBoards, hosts } from "#database/schema";
import { ANONYMISED_EMAIL, ERASED_HOSTS } from "#domain/board/anonymise";
import { isOpenStatus } from "#domain/board/lifecycle";
import { boardCode, derivedId, newId, publicId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import type { BoardObject } from "#platform/objects";
import type { Services } from "#platform/services";
import type { BoardEraser } from "#privacy/erase-board";
import { erasingStatement } from "#privacy/erasures";
import { anonymiseBoard, findObstacle, obstacleSentence } from "./anonymise-board.ts";
import { boardsOfHost, type Host } from "./export-host.ts";

type ErasableHost = Pick<Host, "id" | "email">;
export type HostErasure = Readonly<{ erased: boolean; boards: number }>;

/** Whether the host was erased before. The address cannot be a person's: nobody else has one at this domain. */
export function isErasedHost({ email }: Pick<Host, "email">): boolean {
  return email.endsWith(ERASED_HOSTS);
}

/**
 * Erases a host: their boards at once, then their account with its logins and drafts, then their audit rows and the row itself. A board without money that is still open
 * is cancelled. Money that is under way is left to people, who bring it to its end first. An erasure that ended half-way may be repeated. For a host
 * who was erased before it erases what Postgres learned since, and `erased` is false.
 * @throws ChipInError `conflict` naming each board that stands in the way, `unavailable` while Postgres lacks a board; nothing was changed then
 */
export async function eraseHost(
  services: Services,
  host: ErasableHost,
  { note, erasers }: Readonly<{ note: string; erasers?: Readonly<Record<string, BoardEraser>> }>,
): Promise<HostErasure> {
  const { boards, open, obstacles } = await planErasure(services, host);
  if (obstacles.length > 0) {
    const details = obstacles.map(({ board, reason }) => ({ field: publicId("board", board.id), reason }));
    throw new ChipInError(
      "conflict",
      "These boards have money under way. Nothing was erased. Settle them first",
      details,
    );
  }
  for (const id of open) await cancelBoard(services, id);
  for (const board of boards) {
    const options = { cause: "erase-host", hostId: host.id, ...(erasers && { erasers }) };
    const outcome = await anonymiseBoard(services, board, options);
    if ("refused" in outcome)
      throw new ChipInError("conflict", `${publicId("board", board.id)}: ${obstacleSentence(outcome)}.`);
    if (!outcome.projected)
      throw new ChipInError("unavailable", "A board is not erased in Postgres yet. Erase the host again.");
  }
  const isFirst = !isErasedHost(host);
  const account = accountName(services.settings, host.email);
  if (isFirst) await callAccount(services, account, (it) => it.erase());
  await eraseRows(services, host, note);
  // Once more: the host may have signed in meanwhile.
  if (isFirst) await callAccount(services, account, (it) => it.erase());
  await auditErasure(services, host, boards.length);
  return { erased: isFirst, boards: boards.length };
}

/** One row, also when the erasure is repeated because its answer was lost. */
async function auditErasure(services: Services, { id }: ErasableHost, boards: number): Promise<void> {
  const target = { type: "host", id };
  await writeAudit(services, {
    id: derivedId(new Date(0), id, "host.erased"),
    action: "host.erased",
    target,
    metadata: { boards },
  });
}

type HostBoard = Awaited<ReturnType<typeof boardsOfHost>>[number];

/** What an erasure would find: all boards, those it would cancel, and those that stand in its way with the reason. */
export type ErasurePlan = Readonly<{
  boards: readonly HostBoard[];
  open: readonly string[];
  obstacles: readonly Readonly<{ board: HostBoard; reason: string }>[];
}>;

/**
 * Changes nothing. @throws ChipInError `conflict` when the host has more boards than one run takes, `unavailable` while Postgres lacks one.
 */
export async function planErasure(services: Services, host: Pick<Host, "id">): Promise<ErasurePlan> {
  await projectConsentedBoards(services, host.id);
  const boards = await boardsOfHost(services, host.id);
  const open: string[] = [];
  const obstacles: { board: HostBoard; reason: string }[] = [];
  for (const board of boards) {
    const { status, contributionCount, obstacle } = await findObstacle(services, board.id, { cancelled: true });
    // Cancelling sends the money back, which takes days: a person decides that first.
    const hasMoney = isOpenStatus(status) && contributionCount > 0;
    const reason = hasMoney
      ? `it is ${status} and has money of guests: close or cancel it`
      : obstacle && obstacleSentence(obstacle);
    if (reason) obstacles.push({ board, reason });
    else if (isOpenStatus(status)) open.push(board.id);
  }
  return { boards, open, obstacles };
}

/**
 * A consent is recorded before its board is opened, so it names boards that Postgres does not have yet. A board that a partner opened is
 * known only once it is projected: `finish-erasures` erases what appears after an erasure.
 */
async function projectConsentedBoards(services: Services, hostId: string): Promise<void> {
  const missing = await services.database
    .select({ boardId: consents.dreamBoardId })
    .from(consents)
    .leftJoin(dreamBoards, eq(dreamBoards.id, consents.dreamBoardId))
    .where(and(eq(consents.hostId, hostId), isNull(dreamBoards.id)));
  for (const { boardId } of missing) {
    const ask = <T>(call: (board: BoardObject) => T | Promise<T>) =>
      callBoard(services, boardCode(boardId), call, PATIENCE_MS.upkeep);
    // Without a log, or under another account: no board of this host came of the consent.
    if ((await ask((board) => board.inspect())).hostId !== hostId) continue;
    const { projectedSeq, headSeq } = await ask((board) => board.projectAgain(0));
    if (projectedSeq < headSeq) {
      throw new ChipInError(
        "unavailable",
        "A board of this host is not in Postgres yet. Nothing was erased. Try again.",
      );
    }
  }
}

/** In one transaction. Nothing of it happens to the host when a board was opened meanwhile. */
async function eraseRows({ database, now }: Services, { id, email }: ErasableHost, note: string): Promise<void> {
  const at = now();
  const erasure = { id: newId(at), cause: "erase-host", at, hostId: id };
  const [, hosted] = await database.batch([
    // What others wrote about this host is committed and seen by the next statements.
    database.select({ id: hosts.id }).from(hosts).where(eq(hosts.id, id)).for("update"),
    database.execute<{ rows: number }>(
      erasingStatement(
        sql`UPDATE hosts SET email = ${`erased-${id}${ERASED_HOSTS}`}, name = NULL, updated_at = ${at.toISOString()}::timestamptz
          WHERE id = ${id} AND email = ${email} AND NOT EXISTS (
            SELECT FROM dream_boards b WHERE b.host_id = ${id} AND b.payout_email <> ${ANONYMISED_EMAIL})`,
        "hosts",
        erasure,
      ),
    ),
    database.execute(
      erasingStatement(
        sql`UPDATE audit_logs SET actor_email = NULL, ip_address = NULL
          WHERE actor_type = 'host' AND actor_id = ${id} AND (actor_email IS NOT NULL OR ip_address IS NOT NULL)`,
        "audit_logs",
        erasure,
      ),
    ),
    database.execute(
      erasingStatement(
        sql`DELETE FROM board_managers WHERE host_id = ${id} OR invited_email = ${email}`,
        "board_managers",
        erasure,
      ),
    ),
    database.execute(
      erasingStatement(
        sql`DELETE FROM email_changes WHERE host_id = ${id} OR new_email = ${email}`,
        "email_changes",
        erasure,
      ),
    ),
    database.execute(sql`UPDATE erasures SET note = ${note} WHERE id = ${erasure.id}`),
  ]);
  if (hosted.rows[0]?.rows !== 1) {
    throw new ChipInError("conflict", "A board of this host was opened meanwhile. Erase the host again.");
  }
}

/**
 * Hosts who were erased and about whom Postgres has learned something since: a board that was projected late, what they did on one, a
 * board that they accepted to manage. And those whose address is back, because Postgres was restored to an earlier point and the proof
 * of the erasure was brought back. Each is counted, so that it is looked up host by host: EXISTS reads the whole table.
 */
export function selectUnfinishedErasures(limit: number): SQL {
  return sql`
    SELECT h.id, h.email FROM hosts h
    WHERE h.id IN (SELECT host_id FROM erasures WHERE host_id IS NOT NULL AND counts ? 'hosts')
      AND 0 < CASE WHEN right(h.email, ${ERASED_HOSTS.length}) <> ${ERASED_HOSTS} THEN 1 ELSE
        (SELECT count(*) FROM dream_boards b WHERE b.host_id = h.id AND b.payout_email <> ${ANONYMISED_EMAIL})
        + (SELECT count(*) FROM audit_logs a WHERE a.actor_type = 'host' AND a.actor_id = h.id
          AND (a.actor_email IS NOT NULL OR a.ip_address IS NOT NULL))
        + (SELECT count(*) FROM board_managers m WHERE m.host_id = h.id) END
    ORDER BY h.id LIMIT ${limit}`;
}
