import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { findLogin, formToken } from "#accounts/host-account";
import type { Draft } from "#domain/host-account";
import { sameSecret } from "#platform/same-secret";
import type { AppEnv } from "../app-env.ts";
import { fieldsOf } from "../guest-pages/answer-checkout.ts";
import { redirect } from "../ui/respond.ts";
import { type Asked, respondToHost } from "./host-page.tsx";
import { loginCookie } from "./login-cookie.ts";
import { renderSendAgain, renderSignInFirst } from "./send-again-page.tsx";

export type SignedInHost = Readonly<{
  /** Row of `hosts`. */
  id: string;
  email: string;
  name: string | null;
  /** Name of the `HostAccount` object. */
  account: string;
  /** Of this login, as the account object knows it. */
  loginId: string;
  /** For the field `csrf` of every form. */
  csrf: string;
  /** The draft that `draftIdOf` names; null without such a one. */
  draft: Draft | null;
}>;

/** What handlers behind `requireHost` find in their context. */
export type HostEnv = AppEnv & { Variables: { host: SignedInHost } };

/** A login that ran out less than seven days ago. It may save drafts. */
export type LapsedLogin = Readonly<{ account: string; loginId: string }>;

type Options = Readonly<{
  /** Which draft to read with the login, so that both are one call of the account's object. */
  draftIdOf?: (c: Context<HostEnv>) => Promise<string | undefined>;
  /** Called for a write of such a login, to save what was typed. True when it is saved. */
  onLapsed?: (c: Context<HostEnv>, login: LapsedLogin, fields: Readonly<Record<string, unknown>>) => Promise<boolean>;
}>;

/**
 * Lets hosts in who have signed in. Others are sent to sign in, and come back to the page they asked for; what they have sent
 * is on the page that says so. A write must come from a form of ours: with the token of this login in its field `csrf`.
 * @throws ChipInError `unavailable` when the account cannot be reached.
 */
export function hostRequired({ onLapsed, draftIdOf }: Options = {}) {
  return createMiddleware<HostEnv>(async (c, next) => {
    const { services } = c.var;
    const cookie = loginCookie(c);
    const draftId = await draftIdOf?.(c);
    const found = await findLogin(services, cookie, c.req.header("User-Agent") ?? null, draftId);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (found.state !== "live" || cookie === undefined) {
      const { pathname, search } = new URL(c.req.url);
      if (isRead) return redirect(`/create?next=${encodeURIComponent(pathname + search)}`);
      const fields = await fieldsOf(c);
      const isSaved = found.state === "lapsed" && ((await onLapsed?.(c, found, fields)) ?? false);
      return respondToHost(c, renderSignInFirst(c, { fields, isSaved }), 401);
    }
    const csrf = formToken(services.settings, cookie);
    if (!isRead) {
      const fields = await fieldsOf(c);
      if (typeof fields.csrf !== "string" || !sameSecret(fields.csrf, csrf)) {
        return respondToHost(c, renderSendAgain(c, { fields, csrf }), 403);
      }
    }
    const { account, loginId, host, draft } = found;
    c.set("host", { ...host, account, loginId, csrf, draft });
    c.set("services", {
      ...services,
      actor: { kind: "host", hostId: host.id },
      origin: { ...services.origin, email: host.email },
    });
    await next();
  });
}

export const requireHost = hostRequired();

/** The login of a page that also others may see; null when there is none. */
export async function findHost(c: Asked): Promise<SignedInHost | null> {
  const cookie = loginCookie(c);
  if (cookie === undefined) return null;
  const { services } = c.var;
  const found = await findLogin(services, cookie, c.req.header("User-Agent") ?? null);
  if (found.state !== "live") return null;
  const { account, loginId, host } = found;
  return { ...host, account, loginId, csrf: formToken(services.settings, cookie), draft: null };
}
