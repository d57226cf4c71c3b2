import { createHash } from "node:crypto";
import type { BatchItem } from "drizzle-orm/batch";
import { acceptsContributions } from "#domain/board/lifecycle";
import { ANONYMISED_NAME } from "#domain/board/profile";
import { zoneDate } from "#domain/time";
import { findGiftCard, forgetGiftCards } from "#payouts/gift-cards";
import type { Services } from "#platform/services";
import { readAdminFacts } from "./admin-facts.ts";
import { composeAdminMail, composeMail, composePayeeMail } from "./compose.ts";
import { deferUntil, isDigest } from "./digest.ts";
import { type MailFacts, readTruth } from "./facts.ts";
import { type AdminMailKind, isAdminMailKind, isHostMailKind, isPayeeMailKind } from "./kinds.ts";
import { type ClaimedMail, claimMail, claimSiblings, deferWithSiblings, recordResult } from "./outbox.ts";
import { recipientsOf } from "./recipients.ts";
import { renderMail } from "./render.ts";
import { type Fetch, type PostResult, postMail } from "./resend.ts";
import { nextMailAttempt } from "./retry-policy.ts";

export type MailOutcome =
  /** The row is finished, not due, claimed by another caller or by a digest, or missing. */
  | { outcome: "not_claimed" }
  | { outcome: "sent" }
  | { outcome: "failed" }
  /** The mail is no longer needed. */
  | { outcome: "skipped" }
  | { outcome: "retry"; at: Date };

/** The network, for tests to replace. */
export type MailDeps = Readonly<{ fetch: Fetch }>;

const DEPS: MailDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * Makes one attempt to send one mail, with its content read now. Safe to call any number of times: the row decides whether
 * an attempt is due.
 * @throws what the database throws; the row's lease then runs out and the attempt is repeated.
 */
export async function sendMail(services: Services, mailId: string, deps: MailDeps = DEPS): Promise<MailOutcome> {
  const { database, settings } = services;
  const now = services.now();
  const mail = await claimMail(database, mailId, now);
  if (!mail) return { outcome: "not_claimed" };
  const { dreamBoardId: boardId, kind } = mail;
  if (isAdminMailKind(kind)) return sendToAdmins(services, kind, mail, deps);
  if (boardId && isPayeeMailKind(kind)) return sendToPayee(services, boardId, mail, deps);
  if (!boardId || !isHostMailKind(kind)) return fail(services, [mail], `unknown kind of mail: ${kind}`);

  const until = await deferUntil(database, mail, boardId, now);
  if (until) {
    await deferWithSiblings(database, mail, boardId, { now, until });
    return { outcome: "retry", at: until };
  }
  const mails: Mails = [mail, ...(isDigest(mail) ? await claimSiblings(database, mail, boardId, now) : [])];
  const contributionIds = mails.flatMap(({ contributionId }) => contributionId ?? []);
  const truth = await readTruth(database, { boardId, contributionIds }, settings.PUBLIC_ORIGIN);
  const to = truth ? recipientsOf(mail, truth.addresses, settings) : [];
  const reason = truth ? whySkipped(mail, truth.facts, { to, now }) : "the board is gone";
  if (!truth || reason) return skip(services, mails, reason ?? "");

  const rendered = renderMail(composeMail(kind, truth.facts));
  const posted = await postMail(settings, { ...rendered, to, idempotencyKey: idempotencyKey(mails) }, deps.fetch);
  return recordPost(services, mails, posted);
}

/**
 * Tells the payee of one payout. A gift-card code is read for every attempt and wiped in the transaction that marks the mail
 * as sent, which follows after Resend has taken it. Whatever dies before that commits, the next attempt sends the same mail
 * under the same key, and Resend drops it. A mail that fails leaves the code sealed. (product-facts 7 and 14)
 */
async function sendToPayee(
  services: Services,
  boardId: string,
  mail: ClaimedMail,
  deps: MailDeps,
): Promise<MailOutcome> {
  const { database, settings } = services;
  const truth = await readTruth(database, { boardId, contributionIds: [] }, settings.PUBLIC_ORIGIN);
  const payout = truth?.facts.payouts.find(({ id }) => id === mail.payoutId);
  if (!truth || !payout) return skip(services, [mail], "the payout is gone");
  const { board } = truth.facts;
  if (board.childName === ANONYMISED_NAME) return skip(services, [mail], "the board has been anonymised");
  if (payout.status !== "completed") return skip(services, [mail], "the payout is not completed");
  const to = recipientsOf(mail, truth.addresses, settings);
  if (to.length === 0) return fail(services, [mail], "no recipient");

  const { id: payoutId, type, externalRef } = payout;
  const isGiftCard = type === "takealot_gift_card";
  const giftCard = isGiftCard && externalRef ? await findGiftCard(services, { payoutId, externalRef }) : null;
  const rendered = renderMail(composePayeeMail(board, { ...payout, giftCard }));
  const outgoing = { ...rendered, to, idempotencyKey: mail.id, isSecret: giftCard !== null };
  const posted = await postMail(settings, outgoing, deps.fetch);
  return recordPost(services, [mail], posted, isGiftCard ? [forgetGiftCards(services, payoutId, services.now())] : []);
}

async function sendToAdmins(
  services: Services,
  kind: AdminMailKind,
  mail: ClaimedMail,
  deps: MailDeps,
): Promise<MailOutcome> {
  const { database, settings } = services;
  const facts = await readAdminFacts(database, kind, mail, services.now());
  const to = recipientsOf(mail, null, settings);
  if (!facts) return skip(services, [mail], "nothing needs a decision any more");
  if (to.length === 0) return fail(services, [mail], "ADMIN_EMAIL_ALLOWLIST is empty");
  const rendered = renderMail(composeAdminMail(facts));
  return recordPost(
    services,
    [mail],
    await postMail(settings, { ...rendered, to, idempotencyKey: mail.id }, deps.fetch),
  );
}

type Mails = [ClaimedMail, ...ClaimedMail[]];

/** Why the mail has no content, no recipient or no point any more; null when it is to be sent. */
function whySkipped(
  { kind, day }: ClaimedMail,
  { board, contributions }: MailFacts,
  { to, now }: { to: readonly string[]; now: Date },
): string | null {
  if (to.length === 0) return "no recipient";
  if (board.childName === ANONYMISED_NAME) return "the board has been anonymised";
  if (kind === "contribution_received" && contributions.length === 0) return "no completed contribution";
  if (kind === "closing_tomorrow" && !acceptsContributions(board.status, board.deadline, now))
    return "the board has ended";
  if (kind === "closing_tomorrow" && zoneDate(board.deadline) !== day) return "the deadline has moved";
  return null;
}

/** A digest of the same mails has the same key in every attempt. */
function idempotencyKey([mail, ...others]: Mails): string {
  if (others.length === 0) return mail.id;
  const ids = [mail, ...others].map(({ id }) => id).sort();
  return createHash("sha256").update(ids.join("\n")).digest("hex");
}

/** `onceSent`: what is true as soon as the mail was taken, and only then. */
async function recordPost(
  services: Services,
  mails: Mails,
  posted: PostResult,
  onceSent: readonly BatchItem<"pg">[] = [],
): Promise<MailOutcome> {
  const [{ id, kind, attempts }] = mails;
  const now = services.now();
  if (posted.kind === "accepted") {
    const sent = { status: "sent", sentAt: now, providerMessageId: posted.id, lastError: null } as const;
    await recordResult(services.database, mails, sent, onceSent);
    services.log({ event: "mail_sent", mail_id: id, kind, told: mails.length });
    return { outcome: "sent" };
  }
  const at = posted.kind === "try_later" ? nextMailAttempt(attempts + 1, now) : null;
  if (!at) return fail(services, mails, posted.error);
  await recordResult(services.database, mails, { status: "pending", nextAttemptAt: at, lastError: posted.error });
  services.log({ event: "mail_not_taken", mail_id: id, kind, attempt: attempts + 1, error: posted.error });
  return { outcome: "retry", at };
}

/** Ends the mail with an alert: a person must look. */
async function fail(services: Services, mails: Mails, error: string): Promise<MailOutcome> {
  const [{ id, kind }] = mails;
  await recordResult(services.database, mails, { status: "failed", lastError: error });
  services.alert({ event: "mail_failed", mail_id: id, kind, told: mails.length, error });
  return { outcome: "failed" };
}

/** Ends the mail without an alert: it is no longer needed. */
async function skip(services: Services, mails: Mails, reason: string): Promise<MailOutcome> {
  const [{ id, kind }] = mails;
  await recordResult(services.database, mails, { status: "skipped", lastError: reason });
  services.log({ event: "mail_not_needed", mail_id: id, kind, reason });
  return { outcome: "skipped" };
}
