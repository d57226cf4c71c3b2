import type { Services } from "#platform/services";
import { renderMail } from "./render.ts";
import { type Fetch, postMail } from "./resend.ts";
import { magicLink } from "./templates/magic-link.ts";

const TRIES = 2;

/** The network, for tests to replace. */
export type MailDeps = Readonly<{ fetch: Fetch }>;

const DEPS: MailDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * Sends the mail with a link that signs in, at once: a row of `mail_messages` would hold the link. Tries twice under one key, so that
 * one mail arrives. False when the provider took none.
 */
export async function sendMagicLink(
  { settings, log, alert, requestId }: Pick<Services, "settings" | "log" | "alert" | "requestId">,
  { to, url, idempotencyKey }: Readonly<{ to: string; url: string; idempotencyKey: string }>,
  { fetch } = DEPS,
): Promise<boolean> {
  const mail = { ...renderMail(magicLink({ url })), to: [to], idempotencyKey, isSecret: true };
  for (let attempt = 1; ; attempt += 1) {
    const posted = await postMail(settings, mail, fetch);
    if (posted.kind === "accepted") return true;
    const isLast = attempt === TRIES || posted.kind === "refused" || posted.kind === "limited";
    const write = isLast ? alert : log;
    write({ event: "magic_link_not_sent", request_id: requestId, attempt, reason: posted.kind, error: posted.error });
    if (isLast) return false;
  }
}
