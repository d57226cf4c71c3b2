import type { BatchItem } from "drizzle-orm/batch";
import { acceptsContributions } from "#domain/board/lifecycle";
import { ANONYMISED_NAME } from "#domain/board/profile";
import { zoneDate } from "#domain/time";
import { findGiftCard, forgetGiftCards } from "#payouts/gift-cards";
import type { Services } from "#platform/services";
import { readAdminFacts } from "./admin-facts.ts";
import { composeAdminMail, composeMail, composePartnerMail, composePayeeMail } from "./compose.ts";
import type { RenderedMail } from "./content.ts";
import { deferUntil, isDigest, sentWithinTheHour } from "./digest.ts";
import { readEndpointFacts } from "./endpoint-facts.ts";
import { type MailFacts, readTruth } from "./facts.ts";
import {
  type AdminMailKind,
  type HostMailKind,
  isAdminMailKind,
  isHostMailKind,
  isPartnerMailKind,
  isPayeeMailKind,
  type PartnerMailKind,
  SECOND_PARENT_MAIL_KINDS,
} from "./kinds.ts";
import {
  type ClaimedMail,
  claimSiblings,
  deferWithSiblings,
  type RecordedMails,
  requestForSecondParent,
} from "./outbox.ts";
import { recipientsOf } from "./recipients.ts";
import { renderMail } from "./render.ts";

/** Six connections of an invocation may wait for an answer. */
const PREPARED_AT_ONCE = 5;

export type Mails = [ClaimedMail, ...ClaimedMail[]];

/** One mail as it goes out. It covers more than one row when it is a digest. */
export type Letter = Readonly<{
  mails: Mails;
  to: readonly string[];
  content: RenderedMail;
  /** It holds a gift-card code: it is sent alone, under its own key. */
  isSecret: boolean;
  /** What is true as soon as the mail was taken, and only then. */
  onceSent: readonly BatchItem<"pg">[];
}>;

export type Prepared = {
  letters: Letter[];
  /** No call is needed, or none can be made. */
  concluded: RecordedMails[];
  /** The rows are deferred already. */
  deferred: { mails: Mails; until: Date }[];
  /** What was thrown while these were prepared. */
  broken: { mails: Mails; error: unknown }[];
};

/** Reads what the claimed mails say, as true as Postgres is now. A mail that cannot be prepared holds up no other. */
export async function prepareMails(services: Services, claimed: readonly ClaimedMail[]): Promise<Prepared> {
  const prepared: Prepared = { letters: [], concluded: [], deferred: [], broken: [] };
  const groups = groupsOf(claimed).values();
  const lane = async () => {
    for (const mails of groups) {
      try {
        await prepareGroup(services, mails, prepared);
      } catch (error) {
        prepared.broken.push({ mails, error });
      }
    }
  };
  await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, lane));
  return prepared;
}

/** Contribution mails of a board are prepared together, because they share a limit and a digest. Each other mail is by itself. */
function groupsOf(claimed: readonly ClaimedMail[]): Mails[] {
  const groups = Map.groupBy(claimed, ({ id, kind, dreamBoardId, attempts, callId }) =>
    kind === "contribution_received" ? [dreamBoardId, attempts, callId].join("/") : id,
  );
  const oldestFirst = (one: ClaimedMail, other: ClaimedMail) => one.createdAt.getTime() - other.createdAt.getTime();
  return [...groups.values()].map((mails) => mails.sort(oldestFirst) as Mails); // no group is empty
}

async function prepareGroup(services: Services, mails: Mails, prepared: Prepared): Promise<void> {
  const [mail] = mails;
  const { dreamBoardId: boardId, kind } = mail;
  const conclude = (result: RecordedMails["result"]) => void prepared.concluded.push({ mails, result });
  if (isAdminMailKind(kind)) return await prepareForAdmins(services, kind, mail, prepared);
  if (mail.webhookEndpointId && isPartnerMailKind(kind)) {
    return await prepareForPartner(services, { kind, endpointId: mail.webhookEndpointId }, mail, prepared);
  }
  if (boardId && isPayeeMailKind(kind)) return await prepareForPayee(services, boardId, mail, prepared);
  if (!boardId || !isHostMailKind(kind)) {
    return conclude({ status: "failed", lastError: `unknown kind of mail: ${kind}` });
  }
  if (kind !== "contribution_received") return await prepareForHost(services, { boardId, kind }, mails, prepared);
  await prepareContributions(services, boardId, mails, prepared);
}

/** Up to five single mails an hour; what is left waits and becomes one digest, with its siblings. */
async function prepareContributions(
  services: Services,
  boardId: string,
  mails: Mails,
  prepared: Prepared,
): Promise<void> {
  const { database } = services;
  const now = services.now();
  const about = { boardId, kind: "contribution_received" } as const;
  const [first] = mails;
  // Only the mails of a repeated call may be in it.
  if (first.callId !== null) return await prepareForHost(services, about, mails, prepared);
  const sentAt = first.attempts > 0 ? [] : await sentWithinTheHour(database, boardId, now);
  const waiting = [...mails];
  for (let mail = waiting.shift(); mail; mail = waiting.shift()) {
    const until = deferUntil(sentAt);
    if (until && first.attempts === 0) {
      const rest: Mails = [mail, ...waiting];
      await deferWithSiblings(database, rest, boardId, { now, until });
      prepared.deferred.push({ mails: rest, until });
      return;
    }
    sentAt.unshift(now);
    const digest = isDigest(mail) ? [...waiting.splice(0), ...(await claimSiblings(database, mail, boardId, now))] : [];
    await prepareForHost(services, about, [mail, ...digest], prepared);
  }
}

async function prepareForHost(
  services: Services,
  { boardId, kind }: { boardId: string; kind: HostMailKind },
  mails: Mails,
  prepared: Prepared,
): Promise<void> {
  const { database, settings } = services;
  const contributionIds = mails.flatMap(({ contributionId }) => contributionId ?? []);
  const truth = await readTruth(database, { boardId, contributionIds }, settings.PUBLIC_ORIGIN);
  const [mail] = mails;
  const { recipient } = mail;
  const secondParent = truth?.addresses.secondParent;
  // Before anything can end this mail for good. The row is judged by itself when it is sent.
  if (secondParent && recipient === "host" && SECOND_PARENT_MAIL_KINDS.includes(kind))
    await requestForSecondParent(database, mail, secondParent.hostId);
  const to = truth ? recipientsOf(mail, truth.addresses, settings) : [];
  const reason = truth ? whySkipped(mail, truth.facts, { to, now: services.now() }) : "the board is gone";
  if (!truth || reason) {
    prepared.concluded.push({ mails, result: { status: "skipped", lastError: reason ?? "" } });
    return;
  }
  const content = composeMail(kind, truth.facts, recipient === "second_parent" ? recipient : "host");
  prepared.letters.push({ ...PLAIN, mails, to, content: renderMail(content) });
}

const PLAIN = { isSecret: false, onceSent: [] } as const;

/**
 * Tells the payee of one payout. A gift-card code is read for every attempt and wiped in the transaction that marks the mail
 * as sent, which follows after Resend has taken it. Whatever dies before that commits, the next attempt sends the same mail
 * under the same key, and Resend drops it. A mail that fails leaves the code sealed. (product-facts 7 and 14)
 */
async function prepareForPayee(
  services: Services,
  boardId: string,
  mail: ClaimedMail,
  { letters, concluded }: Prepared,
): Promise<void> {
  const { database, settings } = services;
  const mails: Mails = [mail];
  const skip = (lastError: string) => void concluded.push({ mails, result: { status: "skipped", lastError } });
  const truth = await readTruth(database, { boardId, contributionIds: [] }, settings.PUBLIC_ORIGIN);
  const payout = truth?.facts.payouts.find(({ id }) => id === mail.payoutId);
  if (!truth || !payout) return skip("the payout is gone");
  const { board } = truth.facts;
  if (board.childName === ANONYMISED_NAME) return skip("the board has been anonymised");
  if (payout.status !== "completed") return skip("the payout is not completed");
  const to = recipientsOf(mail, truth.addresses, settings);
  if (to.length === 0) return void concluded.push({ mails, result: { status: "failed", lastError: "no recipient" } });

  const { id: payoutId, type, externalRef } = payout;
  const isGiftCard = type === "takealot_gift_card";
  const giftCard = isGiftCard && externalRef ? await findGiftCard(services, { payoutId, externalRef }) : null;
  const content = renderMail(composePayeeMail(board, { ...payout, giftCard }));
  const onceSent = isGiftCard ? [forgetGiftCards(services, payoutId, services.now())] : [];
  letters.push({ mails, to, content, isSecret: giftCard !== null, onceSent });
}

async function prepareForAdmins(
  services: Services,
  kind: AdminMailKind,
  mail: ClaimedMail,
  { letters, concluded }: Prepared,
): Promise<void> {
  const { database, settings } = services;
  const mails: Mails = [mail];
  const facts = await readAdminFacts(database, kind, mail, services.now());
  const to = recipientsOf(mail, null, settings);
  const end = (status: "skipped" | "failed", lastError: string) =>
    void concluded.push({ mails, result: { status, lastError } });
  if (!facts) return end("skipped", "nothing needs a decision any more");
  if (to.length === 0) return end("failed", "ADMIN_EMAIL_ALLOWLIST is empty");
  letters.push({ ...PLAIN, mails, to, content: renderMail(composeAdminMail(facts)) });
}

async function prepareForPartner(
  services: Services,
  { kind, endpointId }: { kind: PartnerMailKind; endpointId: string },
  mail: ClaimedMail,
  { letters, concluded }: Prepared,
): Promise<void> {
  const mails: Mails = [mail];
  const read = await readEndpointFacts(services, kind, endpointId);
  const end = (status: "skipped" | "failed", lastError: string) =>
    void concluded.push({ mails, result: { status, lastError } });
  if (!read) return end("skipped", "the endpoint stands otherwise by now");
  const to = recipientsOf(mail, null, services.settings, read.contact);
  if (to.length === 0) return end("failed", "the partner has no contact, and ADMIN_EMAIL_ALLOWLIST is empty");
  letters.push({ ...PLAIN, mails, to, content: renderMail(composePartnerMail(read.facts)) });
}

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
