import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";
import { refuse } from "../errors.ts";
import { errorPage } from "../ui/error-page.tsx";
import { respond } from "../ui/respond.ts";
import { renderNotFound } from "./message-page.tsx";
import { siteOf } from "./site.ts";

/** Guests get a page, whatever was thrown. */
export function answerError(error: Error, c: Context<AppEnv>): Response | Promise<Response> {
  const { code } = refuse(c, error);
  return code === "not_found" ? answerNotFound(c) : errorPage(c, code);
}

/** For a board or a page that is not there. */
export function answerNotFound(c: Context<AppEnv>): Response {
  const site = siteOf(c.var.services.settings);
  return respond(site, renderNotFound(site.origin), 404);
}
