import { createMiddleware } from "hono/factory";
import { serialize } from "hono/utils/cookie";
import type { AppEnv } from "../app-env.ts";
import { askedByCookie, askedByQuery, LANGUAGE_FIELD, offeredLanguages } from "./language.ts";

const MAX_AGE_SECONDS = 365 * 86_400;

/** The language that a guest chose by a link is the language of the pages that follow. */
export const rememberLanguage = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { settings } = c.var.services;
  const offered = offeredLanguages(settings);
  const chosen = c.req.method === "GET" && offered.length > 1 ? askedByQuery(c.req.url, offered) : null;
  if (chosen === null || chosen === askedByCookie(c.req.raw.headers.get("Cookie"), offered)) return;
  const secure = settings.PUBLIC_ORIGIN.startsWith("https:");
  const options = { path: "/", maxAge: MAX_AGE_SECONDS, httpOnly: true, sameSite: "Lax", secure } as const;
  c.header("Set-Cookie", serialize(LANGUAGE_FIELD, chosen, options), { append: true });
});
