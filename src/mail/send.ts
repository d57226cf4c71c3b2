import { isUnavailable } from "#database/errors";
import { newId } from "#domain/ids";
import { messageOf } from "#platform/log";
import { parseRetryAfter } from "#platform/retry-after";
import type { Services } from "#platform/services";
import {
  type ClaimedMail,
  claimMails,
  joinCall,
  type MailResult,
  type RecordedMails,
  recordResults,
} from "./outbox.ts";
import { type Letter, type Prepared, prepareMails } from "./prepare.ts";
import { type Fetch, type PostResult, postMail, postMails } from "./resend.ts";
import { afterLimit, nextMailAttempt } from "./retry-policy.ts";

export type MailOutcome =
  /** The row is finished, not due, claimed by another caller or by a digest, or missing. */
  | { outcome: "not_claimed" }
  | { outcome: "sent" }
  | { outcome: "failed" }
  /** The mail is no longer needed. */
  | { outcome: "skipped" }
  | { outcome: "retry"; at: Date }
  /** Put off without an attempt: a busy board, or we send too much. */
  | { outcome: "deferred"; at: Date };

/** The network, for tests to replace. */
export type MailDeps = Readonly<{ fetch: Fetch }>;

const DEPS: MailDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * Makes one attempt to send each mail that is due, with its content read now, in as few calls as possible. Safe to call any number
 * of times: the rows decide whether an attempt is due. The outcomes are by mail; a digest is the outcome of each mail in it.
 * @throws what the database throws; the rows' leases then run out and the attempts are repeated.
 */
export async function sendMails(
  services: Services,
  mailIds: readonly string[],
  deps: MailDeps = DEPS,
): Promise<Map<string, MailOutcome>> {
  const { database } = services;
  const startedAt = services.now();
  const claimed = await claimMails(database, mailIds, startedAt);
  const outcomes = new Map<string, MailOutcome>(mailIds.map((id) => [id, { outcome: "not_claimed" }]));
  const prepared = await prepareMails(services, claimed);
  const note = ({ mails, result }: RecordedMails) => {
    const [first] = mails;
    if (!first) return;
    // One message brings all of them back: the mails of a call are claimed together, and a digest claims its siblings.
    if (result.status === "pending") outcomes.set(first.id, outcomeOf(result));
    else for (const { id } of mails) if (outcomes.has(id)) outcomes.set(id, { outcome: result.status });
    logResult(services, first, mails.length, result);
  };
  for (const { mails, until } of prepared.deferred) outcomes.set(mails[0].id, { outcome: "deferred", at: until });
  for (const recorded of await concludeWithoutSending(services, prepared)) note(recorded);

  let limited: Limited | null = null;
  const calls = callsOf(services, prepared.letters);
  for (const call of calls) {
    const posted: readonly PostResult[] = limited ? [limited] : await postCall(services, call, deps.fetch);
    limited ??= posted.find((one) => one.kind === "limited") ?? null;
    if (!isAlone(call) && posted.every(({ kind }) => kind === "refused")) {
      // Nothing of the call was accepted. One by one, no mail can be the reason that the others are refused.
      calls.push(...call.letters.map(aloneOf));
      continue;
    }
    const now = services.now();
    const resultAt = (at: number) => posted[at] ?? posted[0] ?? { kind: "try_later", error: "no result" };
    const results = call.letters.map((letter, at): RecordedMails => {
      return { mails: letter.mails, result: resultOf(call, letter, resultAt(at), now) };
    });
    const also = call.letters.flatMap(({ onceSent }, at) => (resultAt(at).kind === "accepted" ? onceSent : []));
    await recordResults(database, results, { now, also });
    for (const recorded of results) note(recorded);
  }
  if (limited?.isQuota) services.alert({ event: "mail_quota_used_up", error: limited.error });
  logBatch(services, startedAt, outcomes);
  return outcomes;
}

type Limited = PostResult & { kind: "limited" };

/** `id` is Resend's key of it. A letter that is alone gives its own id. */
type Call = Readonly<{ id: string; letters: readonly [Letter, ...Letter[]] }>;

const aloneOf = (letter: Letter): Call => ({ id: letter.mails[0].id, letters: [letter] });
const isAlone = ({ id, letters: [letter] }: Call) => id === letter.mails[0].id;

/** Letters that were part of a call are sent again by it. Of the others those with a secret are alone; all the rest share one call. */
function callsOf({ now }: Services, letters: readonly Letter[]): Call[] {
  const calls: Call[] = [];
  const shared: Letter[] = [];
  for (const [id, ones] of Map.groupBy(letters, ({ mails: [{ callId }] }) => callId)) {
    const [first, ...rest] = ones;
    if (id !== null && first) calls.push({ id, letters: [first, ...rest] });
    else for (const letter of ones) letter.isSecret ? calls.push(aloneOf(letter)) : shared.push(letter);
  }
  const [first, ...rest] = shared;
  if (first) calls.push(rest.length === 0 ? aloneOf(first) : { id: newId(now()), letters: [first, ...rest] });
  return calls;
}

/** The results of the call's letters, in their order, or one for all of them. */
async function postCall({ settings, database }: Services, call: Call, fetch: Fetch): Promise<PostResult[]> {
  const { id: idempotencyKey, letters } = call;
  const joining = letters.flatMap(({ mails }) => mails.filter(({ callId }) => callId !== idempotencyKey));
  // First: whatever dies from here on, the same call is made again, and Resend drops it if it had taken it.
  await joinCall(database, joining, idempotencyKey);
  if (isAlone(call)) {
    const [{ content, to, isSecret }] = letters;
    return [await postMail(settings, { ...content, to, isSecret, idempotencyKey }, fetch)];
  }
  const mails = letters.map(({ content, to }) => ({ ...content, to }));
  return await postMails(settings, mails, { idempotencyKey, fetch });
}

function resultOf({ id: callId }: Call, { mails }: Letter, posted: PostResult, now: Date): MailResult {
  const [{ attempts, callId: earlierCallId }] = mails;
  switch (posted.kind) {
    case "accepted":
      return { status: "sent", sentAt: now, providerMessageId: posted.id, lastError: null };
    case "refused":
      return { status: "failed", lastError: posted.error };
    case "limited": {
      const { retryAfter, isQuota, error: lastError } = posted;
      const nextAttemptAt = afterLimit({ retryAfterSeconds: parseRetryAfter(retryAfter, now), isQuota }, callId, now);
      // Nothing was accepted by this one. An earlier one may have been.
      return { status: "pending", nextAttemptAt, lastError, counts: false, callId: earlierCallId };
    }
    case "try_later": {
      const nextAttemptAt = nextMailAttempt(attempts + 1, callId, now);
      if (!nextAttemptAt) return { status: "failed", lastError: posted.error };
      return { status: "pending", nextAttemptAt, lastError: posted.error, counts: true, callId };
    }
    default:
      return posted satisfies never;
  }
}

function outcomeOf(result: MailResult): MailOutcome {
  if (result.status !== "pending") return { outcome: result.status };
  return { outcome: result.counts ? "retry" : "deferred", at: result.nextAttemptAt };
}

/** Records the mails that need no call any more, or for which none can be made. */
async function concludeWithoutSending(
  { database, now }: Services,
  { concluded, broken }: Prepared,
): Promise<RecordedMails[]> {
  const results = [...concluded];
  for (const { mails, error } of broken) {
    if (isUnavailable(error)) throw error;
    const [{ id, attempts, callId }] = mails;
    const lastError = messageOf(error);
    const nextAttemptAt = nextMailAttempt(attempts + 1, callId ?? id, now());
    results.push({
      mails,
      result: nextAttemptAt
        ? { status: "pending", nextAttemptAt, lastError, counts: true, callId }
        : { status: "failed", lastError },
    });
  }
  await recordResults(database, results, { now: now() });
  return results;
}

/** One line for what is no success. */
function logResult({ log, alert }: Services, mail: ClaimedMail, told: number, result: MailResult): void {
  const about = { mail_id: mail.id, kind: mail.kind, told };
  switch (result.status) {
    case "sent":
      break;
    case "failed":
      // A person must look.
      alert({ event: "mail_failed", ...about, error: result.lastError });
      break;
    case "skipped":
      log({ event: "mail_not_needed", ...about, reason: result.lastError });
      break;
    case "pending":
      log({ event: "mail_not_taken", ...about, attempt: mail.attempts + 1, error: result.lastError });
      break;
    default:
      result satisfies never;
  }
}

function logBatch({ log, now }: Services, startedAt: Date, outcomes: ReadonlyMap<string, MailOutcome>): void {
  const counts: Record<string, number> = {};
  for (const { outcome } of outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
  log({ event: "mail_batch", messages: outcomes.size, ...counts, duration_ms: now().getTime() - startedAt.getTime() });
}
