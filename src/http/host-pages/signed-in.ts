import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { findLogin, formToken } from "#accounts/host-account";
import type { Asking, Draft, Use, Waits } from "#domain/host-account";
import { sameSecret } from "#platform/same-secret";
import type { AppEnv, Asked } from "../app-env.ts";
import { fieldsOf } from "../guest-pages/answer-checkout.ts";
import { redirect } from "../ui/respond.ts";
import { respondToHost } from "./host-page.tsx";
import { loginCookie } from "./login-cookie.ts";
import { holdsFile, renderNotReceived, renderSendAgain, renderSignInFirst } from "./send-again-page.tsx";

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
  /** The draft that `askingOf` names; null without such a one. */
  draft: Draft | null;
  /** What the form may not do yet, with the ms until it may. */
  waits: Waits;
}>;

/** What handlers behind `requireHost` find in their context. */
export type HostEnv = AppEnv & { Variables: { host: SignedInHost } };

type Fields = Readonly<Record<string, unknown>>;

/** `fields`: what was posted, none for a page that is looked at. */
type AskingOf = (c: Context<HostEnv>, fields: Fields) => Asking;

/**
 * Lets hosts in who have signed in. Others are sent to sign in, and come back to the page they asked for; what they have sent
 * is on the page that says so. A write must come from a form of ours: with the token of this login in its field `csrf`.
 * `askingOf`: what to read and to count with the login, so that all is one call of the account's object. A file is always counted as a picture.
 * @throws ChipInError `unavailable` when the account cannot be reached.
 */
export function hostRequired(askingOf: AskingOf = () => ({})) {
  return createMiddleware<HostEnv>(async (c, next) => {
    const { services } = c.var;
    const cookie = loginCookie(c);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    const fields = isRead ? {} : await fieldsOf(c);
    const csrf = cookie === undefined ? "" : formToken(services.settings, cookie);
    const isOurs = isRead || (typeof fields.csrf === "string" && sameSecret(fields.csrf, csrf));
    const asking = isOurs ? withUpload(askingOf(c, fields), fields) : {};
    const found = await findLogin(services, cookie, c.req.header("User-Agent") ?? null, asking);
    if (found.state !== "live") {
      const { pathname, search } = new URL(c.req.url);
      if (isRead) return redirect(`/create?next=${encodeURIComponent(pathname + search)}`);
      return respondToHost(c, renderSignInFirst(c, fields), 401);
    }
    if (!isOurs && Object.keys(fields).length === 0) return respondToHost(c, renderNotReceived(c), 400);
    if (!isOurs) return respondToHost(c, renderSendAgain(c, { fields, csrf }), 403);
    const { account, loginId, host, draft, waits } = found;
    c.set("host", { ...host, account, loginId, csrf, draft, waits });
    c.set("services", {
      ...services,
      actor: { kind: "host", hostId: host.id },
      origin: { ...services.origin, email: host.email },
    });
    await next();
  });
}

function withUpload({ uses = [], ...asking }: Asking, fields: Fields): Asking {
  const uploads: readonly Use[] = holdsFile(fields) ? ["upload"] : [];
  return { ...asking, uses: [...uses, ...uploads] };
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
  return { ...host, account, loginId, csrf: formToken(services.settings, cookie), draft: null, waits: {} };
}
