import { and, eq, gt, isNull, ne } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { boardManagers } from "#database/host-tables";
import { hosts } from "#database/schema";
import { newId, publicId } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { addDays } from "#domain/time";
import { sendNow } from "#mail/send-now";
import { secondParentInvited } from "#mail/templates/second-parent-invited";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import { takeOrRefuse } from "#rate-limits/take-or-refuse";
import { linkTokenDigest, mintLinkToken } from "./link-token.ts";

/** A host may let one more person manage a board: the second parent. Who acted is in the board's log and in the audit log. */

/** How long an invitation can be accepted. */
export const INVITATION_DAYS = 7;

/** An invitation is a mail from us to an address of the host's choice. */
const INVITATIONS: RateRule = { name: "invitations", limit: 5, windowMs: 3_600_000, kind: "sliding" };

export type SecondParent =
  | Readonly<{ state: "invited"; invitedEmail: string; invitedAt: Date; expired: boolean }>
  /** `email` and `name` are those of the account that accepted. */
  | Readonly<{ state: "accepted"; hostId: string; email: string; name: string | null; acceptedAt: Date }>;

/** A board and its host. */
type OwnBoard = Readonly<{ id: string; hostId: string }>;

/** Null when the board has one parent and no invitation. */
export async function findSecondParent(
  { database, now }: Services,
  { id }: Pick<OwnBoard, "id">,
): Promise<SecondParent | null> {
  const [row] = await database
    .select({ manager: boardManagers, email: hosts.email, name: hosts.name })
    .from(boardManagers)
    .leftJoin(hosts, eq(hosts.id, boardManagers.hostId))
    .where(eq(boardManagers.dreamBoardId, id));
  if (!row) return null;
  const { hostId, acceptedAt, invitedEmail, invitedAt } = row.manager;
  if (hostId === null || acceptedAt === null) {
    return { state: "invited", invitedEmail, invitedAt, expired: invitedAt <= openSince(now()) };
  }
  return { state: "accepted", hostId, email: row.email ?? "", name: row.name, acceptedAt };
}

/**
 * Invites a person to a board of the acting host. An invitation that was not accepted is replaced, and its link ends.
 * @param email trimmed and in lower case
 * @returns the token of the link to send
 * @throws ChipInError `conflict` when the board has a second parent; `validation_error` for the host's own address;
 *   `rate_limited` after five invitations in an hour, of this host or to this address.
 */
export async function inviteSecondParent(services: Services, board: OwnBoard, email: string): Promise<string> {
  const { database, now } = services;
  const [host] = await database.select({ email: hosts.email }).from(hosts).where(eq(hosts.id, board.hostId));
  if (host?.email === email) throw invalidEmail("is your own: invite another person");
  await countInvitation(services, `inviter:${board.hostId}`);
  await countInvitation(services, `invited:${email}`);
  const token = mintLinkToken();
  const invitation = {
    invitedBy: board.hostId,
    invitedEmail: email,
    invitedAt: now(),
    tokenDigest: linkTokenDigest(token),
  };
  const invited = await database
    .insert(boardManagers)
    .values({ dreamBoardId: board.id, ...invitation })
    .onConflictDoUpdate({
      target: boardManagers.dreamBoardId,
      set: invitation,
      setWhere: isNull(boardManagers.acceptedAt),
    })
    .returning({ id: boardManagers.dreamBoardId });
  if (invited.length === 0) {
    throw new ChipInError("conflict", "This board has a second parent already. Remove them first.");
  }
  await audit(services, "board.second_parent_invited", board.id);
  return token;
}

/** Invites as `inviteSecondParent` does, and sends the link. @returns false when the mail was not taken */
export async function sendInvitation(
  services: Services,
  board: OwnBoard & Readonly<{ childName: string }>,
  { email, host }: Readonly<{ email: string; host: Readonly<{ email: string; name: string | null }> }>,
): Promise<boolean> {
  const token = await inviteSecondParent(services, board, email);
  const { PUBLIC_ORIGIN } = services.settings;
  const url = `${PUBLIC_ORIGIN}/dashboard/${publicId("board", board.id)}/join?token=${token}`;
  const content = secondParentInvited({ host, childName: board.childName, url, days: INVITATION_DAYS });
  return await sendNow(services, { kind: "invitation", to: email, content, idempotencyKey: newId(services.now()) });
}

export type Invitation = Readonly<{
  boardId: string;
  host: Readonly<{ id: string; email: string; name: string | null }>;
}>;

/** The open invitation to the board with this token; null when it was accepted, replaced, withdrawn or is too old. */
export async function findInvitation(
  { database, now }: Services,
  { boardId, token }: Readonly<{ boardId: string; token: string }>,
): Promise<Invitation | null> {
  const digest = linkTokenDigest(token);
  if (digest === null) return null;
  const [row] = await database
    .select({ boardId: boardManagers.dreamBoardId, host: { id: hosts.id, email: hosts.email, name: hosts.name } })
    .from(boardManagers)
    .innerJoin(hosts, eq(hosts.id, boardManagers.invitedBy))
    .where(isOpen({ boardId, digest }, now()));
  return row ?? null;
}

/**
 * Makes the host the board's second parent. One statement, so that of several who accept at once one is bound.
 * @returns false when the invitation is open no more, or is the host's own
 */
export async function acceptInvitation(
  services: Services,
  { boardId, token, hostId }: Readonly<{ boardId: string; token: string; hostId: string }>,
): Promise<boolean> {
  const { database, now } = services;
  const digest = linkTokenDigest(token);
  if (digest === null) return false;
  const accepted = await database
    .update(boardManagers)
    .set({ hostId, acceptedAt: now(), tokenDigest: null })
    .where(and(isOpen({ boardId, digest }, now()), ne(boardManagers.invitedBy, hostId)))
    .returning({ id: boardManagers.dreamBoardId });
  if (accepted.length === 0) return false;
  await audit(services, "board.second_parent_accepted", boardId);
  return true;
}

/** Ends the invitation or the part of the second parent, at once. May be repeated. Only the board's host may call it. */
export async function removeSecondParent(services: Services, { id }: Pick<OwnBoard, "id">): Promise<void> {
  const removed = await services.database
    .delete(boardManagers)
    .where(eq(boardManagers.dreamBoardId, id))
    .returning({ hostId: boardManagers.hostId });
  for (const { hostId } of removed) {
    await audit(services, hostId === null ? "board.invitation_withdrawn" : "board.second_parent_removed", id);
  }
}

/** The second parent leaves the board. May be repeated. */
export async function leaveBoard(services: Services, boardId: string, hostId: string): Promise<void> {
  const left = await services.database
    .delete(boardManagers)
    .where(and(eq(boardManagers.dreamBoardId, boardId), eq(boardManagers.hostId, hostId)))
    .returning({ id: boardManagers.dreamBoardId });
  if (left.length > 0) await audit(services, "board.second_parent_left", boardId);
}

function isOpen({ boardId, digest }: { boardId: string; digest: string }, now: Date) {
  return and(
    eq(boardManagers.dreamBoardId, boardId),
    eq(boardManagers.tokenDigest, digest),
    gt(boardManagers.invitedAt, openSince(now)),
  );
}

/** An invitation from before this instant can be accepted no more. */
function openSince(now: Date): Date {
  return addDays(now, -INVITATION_DAYS);
}

function countInvitation(services: Services, subject: string): Promise<void> {
  const sentence = "There were five invitations within an hour. Try again later.";
  return takeOrRefuse(services, subject, [INVITATIONS], () => ({ sentence }));
}

function audit(services: Services, action: string, boardId: string): Promise<void> {
  return writeAudit(services, { action, target: { type: "dream_board", id: publicId("board", boardId) } });
}

function invalidEmail(reason: string): ChipInError {
  return new ChipInError("validation_error", "Some fields are invalid; see details.", [{ field: "email", reason }]);
}
