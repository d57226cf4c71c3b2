import type { Context } from "hono";
import { parse, serialize } from "hono/utils/cookie";
import { LOGIN_MS } from "#domain/host-account";

/**
 * Browsers take a name with this prefix only from a secure place, for the whole host and for no other one. Chromium and Firefox count
 * http://127.0.0.1 as secure.
 */
const NAME = "__Host-chipin_session";
const OPTIONS = { path: "/", httpOnly: true, secure: true, sameSite: "Lax" } as const;

export function loginCookie({ req }: Pick<Context, "req">): string | undefined {
  return parse(req.header("Cookie") ?? "", NAME)[NAME];
}

export function keepLogin(c: Context, cookie: string): void {
  c.header("Set-Cookie", serialize(NAME, cookie, { ...OPTIONS, maxAge: LOGIN_MS / 1_000 }), { append: true });
}

export function dropLogin(c: Context): void {
  c.header("Set-Cookie", serialize(NAME, "", { ...OPTIONS, maxAge: 0 }), { append: true });
}
