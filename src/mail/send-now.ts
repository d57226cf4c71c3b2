import type { Services } from "#platform/services";
import type { MailContent } from "./content.ts";
import { renderMail } from "./render.ts";
import { type Fetch, postMail } from "./resend.ts";

const TRIES = 2;

/** The network, for tests to replace. */
export type MailDeps = Readonly<{ fetch: Fetch }>;

const DEPS: MailDeps = { fetch: (url, init) => fetch(url, init) };

/**
 * Sends a mail at once, because a row of `mail_messages` would hold its link. Tries twice under one key, so that one mail arrives.
 * False when the provider took none. `kind`: of the mail, for the log.
 */
export async function sendNow(
  { settings, log, alert, requestId }: Pick<Services, "settings" | "log" | "alert" | "requestId">,
  {
    kind,
    to,
    content,
    idempotencyKey,
  }: Readonly<{ kind: string; to: string; content: MailContent; idempotencyKey: string }>,
  { fetch } = DEPS,
): Promise<boolean> {
  const mail = { ...renderMail(content), to: [to], idempotencyKey, isSecret: true };
  for (let attempt = 1; ; attempt += 1) {
    const posted = await postMail(settings, mail, fetch);
    if (posted.kind === "accepted") return true;
    const isLast = attempt === TRIES || posted.kind === "refused" || posted.kind === "limited";
    const write = isLast ? alert : log;
    write({ event: `${kind}_not_sent`, request_id: requestId, attempt, reason: posted.kind, error: posted.error });
    if (isLast) return false;
  }
}
