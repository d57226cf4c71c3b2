import { createHash } from "node:crypto";
import type { Services } from "#platform/services";
import { readAdminFacts } from "./admin-facts.ts";
import { composeAdminMail, composeMail } from "./compose.ts";
import { isDigest, restUntil } from "./digest.ts";
import { type MailFacts, readTruth } from "./facts.ts";
import { type HostMailKind, isAdminMailKind, isHostMailKind } from "./kinds.ts";
import { type ClaimedMail, claimMail, claimSiblings, deferWithSiblings, recordResult } from "./outbox.ts";
import { recipientsOf } from "./recipients.ts";
import { renderMail } from "./render.ts";
import { type Fetch, type Posted, postMail } from "./resend.ts";
import { nextMailAttempt } from "./retry-policy.ts";

export type MailOutcome =
  /** Sent or given up on, not due, being worked on by somebody else, told by another mail, or gone. */
  { outcome: "not_claimed" } | { outcome: "sent" } | { outcome: "failed" } | { outcome: "retry"; at: Date };

/** The seam for tests: everything that leaves the house. */
export type MailDeps = Readonly<{ fetch: Fetch }>;

const DEPS: MailDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * One attempt to send one mail, written from what is true now. Safe to call any number of times: the row decides whether
 * there is anything to do.
 * @throws what the database throws; the row's lease then runs out and the attempt is made again.
 */
export async function sendMail(services: Services, mailId: string, deps: MailDeps = DEPS): Promise<MailOutcome> {
  const { database, settings } = services;
  const now = services.now();
  const mail = await claimMail(database, mailId, now);
  if (!mail) return { outcome: "not_claimed" };
  const { dreamBoardId: boardId, kind } = mail;
  if (isAdminMailKind(kind)) return sendToAdmins(services, mail, deps);
  if (!boardId || !isHostMailKind(kind)) return giveUp(services, [mail], `nothing is known about a mail "${kind}"`);

  const until = await restUntil(database, mail, boardId, now);
  if (until) {
    await deferWithSiblings(database, mail, boardId, { now, until });
    return { outcome: "retry", at: until };
  }
  const mails: Mails = [mail, ...(isDigest(mail) ? await claimSiblings(database, mail, boardId, now) : [])];
  const contributionIds = mails.flatMap(({ contributionId }) => contributionId ?? []);
  const truth = await readTruth(database, { boardId, contributionIds }, settings.PUBLIC_ORIGIN);
  const to = truth ? recipientsOf(mail, truth.addresses, settings) : [];
  const reason = truth ? whyNot(kind, truth.facts, to) : "the board is gone";
  if (!truth || reason) return forget(services, mails, reason ?? "");

  const rendered = renderMail(composeMail(kind, truth.facts));
  const posted = await postMail(settings, { ...rendered, to, idempotencyKey: idempotencyKey(mails) }, deps.fetch);
  return settle(services, mails, posted);
}

async function sendToAdmins(services: Services, mail: ClaimedMail, deps: MailDeps): Promise<MailOutcome> {
  const { database, settings } = services;
  const facts = await readAdminFacts(database, mail, services.now());
  const to = recipientsOf(mail, null, settings);
  if (!facts) return forget(services, [mail], "nothing waits any more");
  if (to.length === 0) return giveUp(services, [mail], "ADMIN_EMAIL_ALLOWLIST names nobody");
  const rendered = renderMail(composeAdminMail(facts));
  return settle(services, [mail], await postMail(settings, { ...rendered, to, idempotencyKey: mail.id }, deps.fetch));
}

type Mails = [ClaimedMail, ...ClaimedMail[]];

const ANONYMISED_NAME = "Anonymized";

/** Why there is nothing to say, or nobody to say it to. */
function whyNot(kind: HostMailKind, { board, contributions }: MailFacts, to: readonly string[]): string | null {
  if (to.length === 0) return "nobody to write to";
  if (board.childName === ANONYMISED_NAME) return "the board has been anonymised";
  if (kind === "contribution_received" && contributions.length === 0) return "no completed contribution to tell of";
  return null;
}

/** The same mails told together are the same mail, however often it is posted. */
function idempotencyKey([mail, ...others]: Mails): string {
  if (others.length === 0) return mail.id;
  const ids = [mail, ...others].map(({ id }) => id).sort();
  return createHash("sha256").update(ids.join("\n")).digest("hex");
}

async function settle(services: Services, mails: Mails, posted: Posted): Promise<MailOutcome> {
  const [{ id, kind, attempts }] = mails;
  const now = services.now();
  if (posted.kind === "accepted") {
    const sent = { status: "sent", sentAt: now, providerMessageId: posted.id, lastError: null } as const;
    await recordResult(services.database, mails, sent);
    services.log({ event: "mail_sent", mail_id: id, kind, told: mails.length });
    return { outcome: "sent" };
  }
  const at = posted.kind === "try_later" ? nextMailAttempt(attempts + 1, now) : null;
  if (!at) return giveUp(services, mails, posted.error);
  await recordResult(services.database, mails, { status: "pending", nextAttemptAt: at, lastError: posted.error });
  services.log({ event: "mail_not_taken", mail_id: id, kind, attempt: attempts + 1, error: posted.error });
  return { outcome: "retry", at };
}

/** Somebody should look at this. */
async function giveUp(services: Services, mails: Mails, error: string): Promise<MailOutcome> {
  const [{ id, kind }] = mails;
  await recordResult(services.database, mails, { status: "failed", lastError: error });
  services.alert({ event: "mail_failed", mail_id: id, kind, told: mails.length, error });
  return { outcome: "failed" };
}

/** Nobody needs to look: the reason to write has gone. */
async function forget(services: Services, mails: Mails, reason: string): Promise<MailOutcome> {
  const [{ id, kind }] = mails;
  await recordResult(services.database, mails, { status: "failed", lastError: reason });
  services.log({ event: "mail_not_needed", mail_id: id, kind, reason });
  return { outcome: "failed" };
}
