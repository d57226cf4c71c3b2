import { and, eq, gt, sql } from "drizzle-orm";
import { writeAudit } from "#audit/write-audit";
import { violates } from "#database/errors";
import { emailChanges } from "#database/host-tables";
import { hosts } from "#database/schema";
import type { AccountHost } from "#domain/host-account";
import { newId } from "#domain/ids";
import type { RateRule } from "#domain/rate-limit";
import { sendNow } from "#mail/send-now";
import { confirmNewEmail, emailChanged, newEmailTaken } from "#mail/templates/email-change";
import type { Services } from "#platform/services";
import { takeOrRefuse } from "#rate-limits/take-or-refuse";
import { accountName, callAccount } from "./host-account.ts";
import { linkTokenDigest, mintLinkToken } from "./link-token.ts";

/** How long the link to a new address can be used. */
const CHANGE_MS = 3_600_000;
const CHANGES: RateRule = { name: "email changes", limit: 5, windowMs: 3_600_000, kind: "sliding" };

/** @param name trimmed, at most 100 characters; empty for none */
export async function renameHost(services: Services, host: AccountHost, name: string): Promise<void> {
  const { database, settings, now } = services;
  const renamed = { ...host, name: name === "" ? null : name };
  // Under its address: a name that comes after the erasure of the account is dropped.
  const isThisAccount = and(eq(hosts.id, host.id), eq(hosts.email, host.email));
  await database.update(hosts).set({ name: renamed.name, updatedAt: now() }).where(isThisAccount);
  await callAccount(services, accountName(settings, host.email), (account) => account.describeHost(renamed));
  await audit(services, "host.renamed", host.id);
}

/**
 * Sends a link to the new address. Whether another account has it, only the reader of that address learns.
 * @param email trimmed and in lower case, not the host's own
 * @returns false when the mail was not taken
 * @throws ChipInError `rate_limited` after five changes in an hour, of this host or to this address.
 */
export async function askForEmailChange(services: Services, host: AccountHost, email: string): Promise<boolean> {
  const { database, settings, now } = services;
  for (const subject of [`account:${host.id}`, `mailbox:${email}`]) {
    const sentence = "There were five changes within an hour. Try again later.";
    await takeOrRefuse(services, subject, [CHANGES], () => ({ sentence }));
  }
  const origin = settings.PUBLIC_ORIGIN;
  const [other] = await database.select({ id: hosts.id }).from(hosts).where(eq(hosts.email, email));
  const mail = { kind: "email_change", to: email, idempotencyKey: newId(now()) };
  if (other)
    return await sendNow(services, { ...mail, content: newEmailTaken({ url: `${origin}/create?next=/dashboard` }) });
  const token = mintLinkToken();
  const change = { newEmail: email, tokenDigest: linkTokenDigest(token) ?? "", askedAt: now() };
  await database
    .insert(emailChanges)
    .values({ hostId: host.id, ...change })
    .onConflictDoUpdate({ target: emailChanges.hostId, set: change });
  const url = `${origin}/account/email/confirm?token=${token}`;
  return await sendNow(services, { ...mail, content: confirmNewEmail({ url }) });
}

/** The new address behind this link of the host; null when it was used, replaced or is older than an hour. */
export async function findEmailChange(
  { database, now }: Services,
  hostId: string,
  token: string,
): Promise<string | null> {
  const digest = linkTokenDigest(token);
  if (digest === null) return null;
  const rows = await database
    .select()
    .from(emailChanges)
    .where(isOpen(hostId, digest, now()));
  return rows[0]?.newEmail ?? null;
}

/** `dead`: the link is no more. `taken`: another account has the address by now. */
export type EmailChanged = Readonly<{ outcome: "changed"; email: string } | { outcome: "dead" | "taken" }>;

/**
 * Uses the link up and changes the address, in one statement. Then the account of the old address ends with its logins and drafts, and
 * the old address is told.
 */
export async function confirmEmailChange(services: Services, host: AccountHost, token: string): Promise<EmailChanged> {
  const { database, settings, now } = services;
  const digest = linkTokenDigest(token);
  if (digest === null) return { outcome: "dead" };
  try {
    const { rows } = await database.execute<{ email: string }>(sql`
      WITH used AS (
        DELETE FROM email_changes WHERE ${isOpen(host.id, digest, now())} RETURNING new_email)
      UPDATE hosts SET email = used.new_email, updated_at = ${now().toISOString()}::timestamptz
      FROM used WHERE id = ${host.id} AND email = ${host.email} RETURNING email`);
    const [changed] = rows;
    if (!changed) return { outcome: "dead" };
    await audit(services, "host.email_changed", host.id);
    await callAccount(services, accountName(settings, host.email), (account) => account.erase());
    const notice = { kind: "email_changed", to: host.email, content: emailChanged(), idempotencyKey: newId(now()) };
    await sendNow(services, notice);
    return { outcome: "changed", email: changed.email };
  } catch (error) {
    if (violates(error, "hosts_email_key")) return { outcome: "taken" };
    throw error;
  }
}

function isOpen(hostId: string, digest: string, now: Date) {
  return and(
    eq(emailChanges.hostId, hostId),
    eq(emailChanges.tokenDigest, digest),
    gt(emailChanges.askedAt, new Date(now.getTime() - CHANGE_MS)),
  );
}

function audit(services: Services, action: string, id: string): Promise<void> {
  return writeAudit(services, { action, target: { type: "host", id } });
}
